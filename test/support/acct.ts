/** BSD process accounting, acct(2): the kernel's own record of each process that ended. */
import { readFileSync, writeFileSync } from "node:fs";
import { runToEnd, temporaryFolder } from "./tracer.ts";

/** `struct acct_v3` of include/uapi/linux/acct.h. */
const RECORD_BYTES = 64;
const Offset = { version: 1, exitCode: 4, pid: 16, ppid: 20, userTime: 32, systemTime: 34, comm: 48 };
const VERSION = 3;
/** AHZ: the times are in hundredths of a second. */
const NS_PER_TICK = 10_000_000;

interface AcctRecord {
  pid: number;
  ppid: number;
  /** The wait status. */
  status: number;
  comm: string;
  cpuNs: number;
}

/** Expands a comp_t: 13 bits, and an exponent to the base 8. */
const expanded = (value: number) => (value & 0x1fff) * 8 ** (value >> 13);

function parseAcct(bytes: Buffer): AcctRecord[] {
  return Array.from({ length: Math.floor(bytes.length / RECORD_BYTES) }, (_, i) => {
    const record = bytes.subarray(i * RECORD_BYTES, (i + 1) * RECORD_BYTES);
    if ((record[Offset.version]! & 0x0f) !== VERSION) throw new Error("not a record of version 3");
    const name = record.subarray(Offset.comm);
    const end = name.indexOf(0);
    const ticks = expanded(record.readUInt16LE(Offset.userTime)) + expanded(record.readUInt16LE(Offset.systemTime));
    return {
      pid: record.readUInt32LE(Offset.pid),
      ppid: record.readUInt32LE(Offset.ppid),
      status: record.readUInt32LE(Offset.exitCode),
      comm: name.toString("utf8", 0, end < 0 ? name.length : end),
      cpuNs: ticks * NS_PER_TICK,
    };
  });
}

/**
 * Runs `act` while the kernel accounts for processes. Undefined if it cannot: without acct(2), or
 * without accton(8).
 */
export async function accounted<T>(act: () => Promise<T>): Promise<{ value: T; records: AcctRecord[] } | undefined> {
  if (!Bun.which("accton")) return undefined;
  using folder = temporaryFolder();
  const file = `${folder.path}/pacct`;
  writeFileSync(file, "");
  if ((await runToEnd(["accton", file])).status !== 0) return undefined;
  try {
    const value = await act();
    return { value, records: parseAcct(readFileSync(file)) };
  } finally {
    await runToEnd(["accton", "off"]);
  }
}
