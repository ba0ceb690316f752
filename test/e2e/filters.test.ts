/**
 * The BPF program applies the filters, so an exit that is filtered out takes no room in the ring.
 */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { SimultaneousExits } from "../support/simultaneous-exits.ts";
import { parseClosingLine, fixture, runToEnd, shell, temporaryFolder, Tracer } from "../support/tracer.ts";

/** Lets all processes of the batch exit under a tracer. Returns the printed exit codes, sorted. */
async function printed(batch: SimultaneousExits, args: string[]): Promise<(number | null)[]> {
  const tracer = await Tracer.start(["--json", ...args]);
  await batch.exitAll();
  const { status, events, stderr } = await tracer.end();
  expect(status).toBe(0);
  expect(parseClosingLine(stderr).lost).toBe(0);
  const own = events.filter(({ pid, ppid }) => ppid === batch.process.pid && batch.pids.includes(pid));
  // with --pid no other event may appear
  if (args.some((arg) => /^(-p|--pid)/.test(arg))) expect(own.length).toBe(events.length);
  return own.map(({ exit_code }) => exit_code).toSorted((a, b) => a! - b!);
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe("--failed", () => {
  test("--failed omits exit code 0 and prints the codes 1 to 255", async () => {
    await using batch = await SimultaneousExits.start(257);
    expect(await printed(batch, ["-x"])).toEqual(upTo(256).slice(1));
  });

  test("--failed prints a process that a signal killed", async () => {
    const tracer = await Tracer.start(["--json", "--failed"]);
    const child = Bun.spawn(["sleep", "60"]);
    child.kill("SIGKILL");
    await child.exited;
    const { events } = await tracer.end();
    const own = events.filter(({ pid, ppid }) => pid === child.pid && ppid === process.pid);
    expect(own).toMatchObject([{ exit_code: null, signal: "SIGKILL" }]);
    expect(events.filter(({ exit_code }) => exit_code === 0)).toEqual([]);
  });
});

describe("--pid", () => {
  const ways: [string, (pids: number[]) => string[]][] = [
    ["-p A", ([a]) => ["-p", `${a}`]],
    ["-pA", ([a]) => [`-p${a}`]],
    ["--pid A,B", ([a, b]) => ["--pid", `${a},${b}`]],
    ["--pid=A,B,A", ([a, b]) => [`--pid=${a},${b},${a}`]],
    ["-p A --pid B -p C", ([a, b, c]) => ["-p", `${a}`, "--pid", `${b}`, "-p", `${c}`]],
    ["-p A,B -p C,D", ([a, b, c, d]) => ["-p", `${a},${b}`, "-p", `${c},${d}`]],
  ];

  test.each(ways)("%s prints these processes and no others", async (way, argsOf) => {
    await using batch = await SimultaneousExits.start(10);
    expect(await printed(batch, argsOf(batch.pids))).toEqual(upTo(new Set(way.match(/[A-D]/g)).size));
  });

  test("--pid with --failed prints only failed exits of these processes", async () => {
    await using batch = await SimultaneousExits.start(10);
    expect(await printed(batch, ["-x", "-p", batch.pids.slice(0, 4).join(",")])).toEqual([1, 2, 3]);
  });

  test("--pid of 600 processes prints all exit codes, including 0", async () => {
    await using batch = await SimultaneousExits.start(600);
    const codes = upTo(600).map((i) => i & 0xff);
    expect(await printed(batch, ["-p", batch.pids.join(",")])).toEqual(codes.toSorted((a, b) => a - b));
  });

  test("--pid with 5000 other exits while the tracer is stopped, in a ring of 4K: loses none, since they take no room", async () => {
    const tracer = await Tracer.start(["--no-header", "--ring-size", "4K", "--pid", String(process.pid)]);
    tracer.process.kill("SIGSTOP");
    const driver = await runToEnd([fixture("exit-statuses"), "burst", "5000"]);
    tracer.process.kill("SIGCONT");
    const { status, stdout, stderr } = await tracer.end();
    expect({ driver: driver.status, status, stdout }).toEqual({ driver: 0, status: 0, stdout: "" });
    expect(stderr).toMatch(/^Tracing process exits, Ctrl-C to end\n0 exits in [^\n]*, 0 lost\n$/);
  });
});

/**
 * A script that mounts an ext4 image, prints the pid of its journal thread, and ends that thread by
 * unmounting the image. Exits with 77 if it cannot mount one.
 */
const journal = `
  PATH=$PATH:/usr/sbin:/sbin
  mount -t tmpfs tmpfs . && cd "$PWD" && mkdir disk || exit 77
  truncate -s 64M image && mkfs.ext4 -q image && mount -o loop image disk || exit 77
  while read -r device place rest; do [ "$place" != "$PWD/disk" ] || name="jbd2/\${device#/dev/}-8"; done </proc/mounts
  for process in /proc/[0-9]*; do
    { read -r comm <"$process/comm"; } 2>/dev/null || continue
    [ "$comm" != "$name" ] || echo "\${process#/proc/} $comm"
  done
  umount disk || exit 1`;

test("kernel thread: its exit is not printed", async () => {
  using folder = temporaryFolder();
  const tracer = await Tracer.start(["--json"]);
  const script = await runToEnd(["unshare", "--mount", ...shell(journal)], { cwd: folder.path });
  const [, thread, name] = /^(\d+) (jbd2\S+)$/m.exec(script.stdout) ?? [];
  for (let i = 0; thread && existsSync(`/proc/${thread}`) && i < 500; i++) await Bun.sleep(10);
  const { events } = await tracer.end();
  if (script.status === 77) {
    console.warn(`SKIPPED: no kernel thread can be made to exit here: ${script.stderr.trim()}`);
    return;
  }
  expect({ status: script.status, stderr: script.stderr }).toEqual({ status: 0, stderr: "" });
  expect(name).toBeString();
  expect(existsSync(`/proc/${thread}`)).toBe(false);
  expect(events.filter(({ ppid, comm }) => ppid === script.pid && comm === "umount").length).toBe(1);
  expect(events.filter(({ comm }) => comm === name)).toEqual([]);
  expect(events.filter(({ ppid, comm }) => ppid === 2 && /^(jbd2|kworker|loop)\b/.test(comm))).toEqual([]);
});
