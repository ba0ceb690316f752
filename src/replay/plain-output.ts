/** Writes the output of a replay where the native core is not needed, or cannot be loaded. */
import { fstatSync, readlinkSync, statSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { isatty, type WriteStream } from "node:tty";
import type { UtcOffset } from "../output/time.ts";
import type { Write } from "../output/index.ts";
import { utcOffset } from "../system/clock.ts";
import { stopWritesOnSignals } from "../system/signals.ts";
import type { Output } from "../trace/output.ts";

const STDOUT = 1;
const STDERR = 2;
/** See Write: a failure is -(bytes written before * ERRNO_LIMIT + errno). */
const ERRNO_LIMIT = 4096;
/** The delay before a full non-blocking pipe is written again, ms. */
const RETRY_MS = 5;

/**
 * Returns outputs that are written without the native core if all are files, as a write to a file
 * does not wait for a reader. For pipes and terminals it loads the native core, with which a signal
 * ends the wait; if that fails, they are written without it.
 */
export function plainOutputs(outputs: readonly Output[]): readonly Output[] {
  try {
    if (outputs.some(({ fd }) => !fstatSync(fd).isFile())) {
      stopWritesOnSignals();
      return outputs;
    }
  } catch {
    // the descriptor is closed, which a write reports, or the native core cannot be loaded
  }
  return outputs.map((output) => ({ ...output, write: plainWrite(output.fd) }));
}

/** Returns a function that writes to a descriptor, and waits for a slow reader. */
function plainWrite(fd: number): Write {
  return (bytes, length) => {
    for (let done = 0; done < length;) {
      try {
        done += writeSync(fd, bytes, done, length - done);
      } catch (error) {
        const { errno = -constants.errno.EIO } = error as NodeJS.ErrnoException;
        if (errno !== -constants.errno.EAGAIN) return -(done * ERRNO_LIMIT - errno);
        Bun.sleepSync(RETRY_MS);
      }
    }
    return length;
  };
}

/** Returns the columns and lines of a terminal; 0 if fd is another file, or its size unknown. */
export function terminalSize(fd: number): readonly [width: number, height: number] {
  if ((fd !== STDOUT && fd !== STDERR) || !isatty(fd)) return [0, 0];
  const stream = (fd === STDOUT ? process.stdout : process.stderr) as WriteStream;
  return stream.getWindowSize?.() ?? [0, 0];
}

const ZONES = "/usr/share/zoneinfo";

/**
 * Returns the function for local times that a trace uses, which needs the native core, if the
 * engine may not know the time zone: TZ can contain rules instead of a name. Undefined: the engine
 * knows the zone.
 */
export function localOffset({ TZ }: NodeJS.ProcessEnv): UtcOffset | undefined {
  return isKnownZone(TZ) ? undefined : utcOffset;
}

function isKnownZone(zone: string | undefined): boolean {
  try {
    if (zone === undefined) return readlinkSync("/etc/localtime").includes("zoneinfo/");
    return /^[A-Za-z_]+(\/[\w+-]+)*$/.test(zone) && statSync(`${ZONES}/${zone}`).isFile();
  } catch (error) {
    // without /etc/localtime, the local time is UTC
    return zone === undefined && (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}
