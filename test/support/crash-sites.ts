/** Runs crashing programs under the tracer, and compares their frames with those of gdb. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ExitEvent, Tracer } from "./tracer.ts";

export interface Frame {
  ip: string;
  module: string;
  offset: string | null;
  address: string | null;
  build_id: string | null;
  deleted: boolean;
  function: string | null;
  function_offset: number | null;
  how: string;
  file: string | null;
}

export interface Crash {
  code: string | null;
  si_code: number;
  address: string | null;
  access: string | null;
  stack_overflow: boolean;
  tid: number;
  thread: string;
  ip: string;
  syscall: number | null;
  message: string | null;
  first: { signal: string; code: string; access: string; stack_overflow: boolean; frame: number } | null;
  frames: Frame[];
  frames_truncated: boolean;
  frames_missing: string | null;
}

export type CrashEvent = ExitEvent & { args?: string[] | null; crash: Crash | null };

/** True if the machine can compare with gdb: core dumps are files in the working directory. */
export const hasGdb =
  Bun.which("gdb") !== null && /^core$|^core\.%p$/.test(readFileSync("/proc/sys/kernel/core_pattern", "utf8").trim());

/**
 * Runs commands under one tracer. Returns the events of each command's own process.
 * @param folderOf returns the folder to run a command in, with core dumps; undefined: without.
 */
export async function crashesOf(
  commands: readonly (readonly string[])[],
  options: readonly string[] = ["-C", "+crash", "-s", "any"],
  folderOf: (index: number) => string | undefined = () => undefined,
  via: string[] = [],
): Promise<CrashEvent[]> {
  const tracer = await Tracer.start(["-j", ...options], { via });
  const pids: number[] = [];
  for (const [i, command] of commands.entries()) {
    const folder = folderOf(i);
    const shell = `cd ${folder ?? "/tmp"}; ulimit -c ${folder ? "unlimited" : 0}; exec "$@"`;
    const child = Bun.spawn(["/bin/sh", "-c", shell, "sh", ...command], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    });
    await child.exited;
    pids.push(child.pid);
  }
  const { events, stderr, status } = await tracer.end();
  if (status !== 0 || !/ 0 lost$/m.test(stderr)) throw new Error(`status ${status}: ${stderr}`);
  return pids.map((pid) => (events as CrashEvent[]).find((event) => event.pid === pid)!);
}

/** Returns the names of functions up to main(). */
export function functionsOf({ frames }: Crash): (string | null)[] {
  const names = frames.map((frame) => frame.function);
  const main = names.indexOf("main");
  return main < 0 ? names : names.slice(0, main + 1);
}

const GDB_SCRIPT = `import gdb
ips = []
frame = gdb.newest_frame()
try:
    while frame is not None and len(ips) < 64:
        # these exist in the source only
        if frame.type() not in (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME): ips.append("0x%x" % frame.pc())
        frame = frame.older()
except gdb.error: pass
print("IPS " + " ".join(ips))
`;
const GDB_SETTINGS = ["debuginfod enabled off", "backtrace past-main on", "backtrace past-entry off"];

/** Returns the instruction pointers that gdb finds in the core dump of a program in a folder. */
function framesByGdb(program: string, folder: string): string[] {
  const script = join(folder, "frames.py");
  writeFileSync(script, GDB_SCRIPT);
  const core = readdirSync(folder).find((name) => name.startsWith("core"));
  const settings = GDB_SETTINGS.flatMap((setting) => ["-ex", `set ${setting}`]);
  const gdb = ["gdb", "-nx", "-batch", ...settings, "-ex", `source ${script}`, program, join(folder, core!)];
  const { stdout } = Bun.spawnSync(gdb, { stderr: "ignore" });
  return /^IPS (.*)$/m.exec(stdout.toString())?.[1]?.split(" ") ?? [];
}

interface Comparison {
  command: string;
  crash: Crash | null;
  ours: string[];
  gdb: string[];
}

/** Runs commands with core dumps under one tracer, and compares the frames with gdb's. */
export async function compareWithGdb(commands: readonly (readonly string[])[]): Promise<Comparison[]> {
  const folder = mkdtempSync("/tmp/exitsnoop-cores-");
  try {
    const folders = commands.map((_, i) => join(folder, `${i}`));
    for (const each of folders) mkdirSync(each);
    const events = await crashesOf(commands, undefined, (i) => folders[i]);
    return events.map(({ crash }, i) => ({
      command: commands[i]!.join(" "),
      crash,
      ours: crash?.frames.map(({ ip }) => ip) ?? [],
      gdb: framesByGdb(commands[i]![0]!, folders[i]!),
    }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Compiles test/fixtures/crash.c in another way. Returns the program's path. */
export function compileCrash(folder: string, name: string, flags: readonly string[]): string {
  const program = join(folder, name);
  const source = new URL("../fixtures/crash.c", import.meta.url).pathname;
  const clang = ["clang", "-pthread", "-D_GNU_SOURCE", ...flags, "-o", program, source];
  const { success, stderr } = Bun.spawnSync(clang);
  if (!success) throw new Error(stderr.toString());
  return program;
}
