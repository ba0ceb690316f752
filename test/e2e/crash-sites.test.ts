/** The column `crash`, compared with gdb on a core dump of the same process. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { compareWithGdb, compileCrash, type Crash, crashesOf, functionsOf, hasGdb } from "../support/crash-sites.ts";
import { fixture, runToEnd, Tracer } from "../support/tracer.ts";

const program = fixture("crash");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync("/tmp/exitsnoop-crash-");
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function crashOf(...words: string[]): Promise<Crash> {
  const [event] = await crashesOf([[program, ...words]]);
  return event!.crash!;
}

const ways = [
  ...["write-null", "read-null", "jump-null", "wild-pointer", "write-constant", "abort", "assert", "divide"],
  ...["illegal", "raise-quit", "library", "free-twice", "past-end", "overflow", "refused-call", "handled-fault"],
  ...["handled-overflow", "handler-fault", "many-mappings", "untouched-array", "nested-handlers"],
];

if (!hasGdb) console.warn("SKIPPED: gdb is not installed, or core dumps are not files in the working directory");

describe.skipIf(!hasGdb)("the frames of a crash equal those of gdb:", () => {
  test.each<[string, string[]]>([
    ["with frame pointers", ["-O1", "-fno-omit-frame-pointer"]],
    ["optimized, without frame pointers", ["-O2", "-fomit-frame-pointer"]],
    ["at a fixed address", ["-O1", "-no-pie"]],
    ["stripped", ["-O2", "-s"]],
    ["static", ["-O2", "-static"]],
    ["without build id", ["-O1", "-Wl,--build-id=none"]],
  ])("a program compiled %s", async (name, flags) => {
    const compiled = compileCrash(folder, name.replaceAll(/\W+/g, "-"), flags);
    const commands = [...ways.map((way) => [compiled, way]), [compiled, "write-null", "thread"]];
    for (const { command, ours, gdb } of await compareWithGdb(commands)) {
      expect(gdb.length, command).toBeGreaterThan(1);
      expect(ours, command).toEqual(gdb);
    }
  });

  test.skipIf(process.arch !== "x64")("32-bit programs: system calls in the vdso, and signal handlers", async () => {
    const ways = [["raise"], ["siginfo"], ["plain"], ["siginfo", "alternate"], ["plain", "alternate"]];
    const commands = ways.map((words) => [fixture("crash-32"), ...words]);
    for (const { command, ours, gdb, crash } of await compareWithGdb(commands)) {
      expect(gdb.length, command).toBeGreaterThan(4);
      expect(ours, command).toEqual(gdb);
      expect(functionsOf(crash!).slice(-3), command).toEqual(["middle", "begin", "_start"]);
    }
  });

  test.each<[string, string[]]>([
    ["with unwind tables", ["-O1"]],
    ["with frame pointers alone", ["-O1", "-fno-omit-frame-pointer", "-fno-asynchronous-unwind-tables"]],
  ])("frames of 1 KB, %s: those up to the end of the recorded part, and no guess", async (name, flags) => {
    const compiled = compileCrash(folder, `large-${name.replaceAll(/\W+/g, "-")}`, flags);
    const commands = ["large-frames", "large-overflow"].flatMap((way) => [
      [compiled, way],
      [compiled, way, "thread"],
    ]);
    for (const { command, ours, gdb, crash } of await compareWithGdb(commands)) {
      expect(ours.length, command).toBeWithin(25, 40);
      expect(ours, command).toEqual(gdb.slice(0, ours.length));
      expect(crash, command).toMatchObject({ frames_truncated: true, frames_missing: null });
    }
  });
});

test("a write to 0: the fault, the function and its callers", async () => {
  const crash = await crashOf("write-null");
  expect(crash).toMatchObject({
    code: "SEGV_MAPERR",
    si_code: 1,
    address: "0x0",
    access: "write",
    stack_overflow: false,
    thread: "crash",
    syscall: null,
    message: null,
    first: null,
    frames_missing: null,
  });
  expect(functionsOf(crash)).toEqual(["write_null", "inner", "outer", "main"]);
  expect(crash.frames[0]).toMatchObject({ ip: crash.ip, module: program, how: "ip", file: "ok", deleted: false });
  expect(crash.frames[1]).toMatchObject({ how: "cfi" });
  expect(crash.frames[0]!.build_id).toMatch(/^[0-9a-f]{40}$/);
});

test("a jump to 0: the caller is found by the return address on top of the stack", async () => {
  const crash = await crashOf("jump-null");
  expect(crash).toMatchObject({ address: "0x0", access: "exec" });
  expect(crash.frames[0]).toMatchObject({ module: "[null]", offset: null });
  expect(crash.frames[1]).toMatchObject({ function: "jump_null", how: "call" });
});

test.each<[string, Partial<Crash>]>([
  ["read-null", { code: "SEGV_MAPERR", address: "0x18", access: "read" }],
  ["wild-pointer", { code: "SI_KERNEL", address: null, access: null }],
  ["write-constant", { code: "SEGV_ACCERR", access: "write" }],
  ["divide", { code: "FPE_INTDIV", access: null }],
  ["past-end", { code: "BUS_ADRERR" }],
  ["overflow", { code: "SEGV_MAPERR", access: "write", stack_overflow: true, frames_truncated: true }],
  ["refused-call", { code: "SYS_SECCOMP", address: null }],
])("a crash by %s: its cause", async (way, expected) => {
  expect(await crashOf(way)).toMatchObject(expected);
});

test("an overflow in another thread: recognized by the guard page, and the thread is named", async () => {
  const crash = await crashOf("overflow", "thread");
  expect(crash).toMatchObject({ code: "SEGV_ACCERR", stack_overflow: true, thread: "worker" });
});

test("a frame whose array was never written to: the callers above its missing pages are found", async () => {
  const crash = await crashOf("untouched-array");
  expect(functionsOf(crash)).toEqual(["write_null", "untouched_array", "inner", "outer", "main"]);
});

test("a frame that ends with the recorded part of the stack: the rest is said to be cut off", async () => {
  // without randomization, the environment decides where a stack of frames of 1 KB begins
  const commands = Array.from({ length: 72 }, (_, i) => [
    ...["setarch", "-R", "env", "-i", `PADDING=${"x".repeat(16 * i)}`],
    ...[program, "large-overflow"],
  ]);
  const ends = (await crashesOf(commands)).map(({ crash }) => [crash?.frames_truncated, crash?.frames_missing]);
  expect(ends).toEqual(commands.map(() => [true, null]));
});

test("an overflow by frames of 16 KiB: the functions above the missing pages are found", async () => {
  const crash = await crashOf("overflow-wide");
  expect(crash).toMatchObject({ stack_overflow: true, access: "write" });
  expect(functionsOf(crash).slice(0, 4)).toEqual(Array.from({ length: 4 }, () => "overflow_widely"));
});

test.each([
  ["assert", /^crash: .*crash\.c:\d+: .*Assertion `sink == 77' failed\.\n?$/],
  ["free-twice", /^double free or corruption/],
])("abort() of the C library after %s: its message", async (way, message) => {
  const crash = await crashOf(way);
  expect(crash.message).toMatch(message);
});

test.each<[string, boolean]>([
  ["handled-fault", false],
  ["handled-overflow", true],
])("%s whose handler calls abort(): the first fault", async (way, isOverflow) => {
  const crash = await crashOf(way);
  const { first, frames } = crash;
  expect(crash.code).toBe("SI_TKILL");
  expect(first).toMatchObject({ signal: "SIGSEGV", code: "SEGV_MAPERR", access: "write", stack_overflow: isOverflow });
  expect(frames[first!.frame]!.how).toBe("signal");
  expect(frames[first!.frame]!.function).toBe(isOverflow ? "overflow" : "write_null");
});

test("a handler that faults itself and calls no function: the frames that it interrupted", async () => {
  const crash = await crashOf("handler-fault");
  const functions = ["write_null", "handler_fault", "inner", "outer", "main"];
  expect(functionsOf(crash)[0]).toBe("on_fault_fault");
  expect(functionsOf(crash).slice(-5)).toEqual(functions);
  expect(crash.first).toMatchObject({ signal: "SIGSEGV", access: "write" });
});

test("a child without exec: its crash has names", async () => {
  const { events } = await (async () => {
    const tracer = await Tracer.start(["-j", "-C", "+crash", "-s", "ABRT"]);
    await Bun.spawn([program, "child"], { stderr: "ignore" }).exited;
    return tracer.end();
  })();
  const crash = (events[0] as unknown as { crash: Crash }).crash;
  expect(functionsOf(crash).slice(-5)).toEqual(["call_abort", "in_child", "inner", "outer", "main"]);
});

test.each([
  ["400 of 800", "many-mappings", "many_mappings"],
  ["110 of 220", "some-mappings", "some_mappings"],
])("%s mappings are executable, more than are recorded: those of the stack come first", async (_, way, name) => {
  const crash = await crashOf(way);
  expect(functionsOf(crash).slice(-5)).toEqual(["call_abort", name, "inner", "outer", "main"]);
  expect(crash.frames_missing).toBeNull();
});

test("more executable mappings than are recorded, and a handler on another stack: those of both stacks", async () => {
  const crash = await crashOf("handled-far");
  expect(functionsOf(crash).slice(-5)).toEqual(["in_library", "handled_far", "inner", "outer", "main"]);
});

test("a crash that a filter leaves out: forgotten, and the others have their own", async () => {
  const tracer = await Tracer.start(["-j", "-C", "+crash", "-x", "--args", "*read-null*"]);
  for (const way of ["write-null", "read-null"]) await runToEnd([program, way]);
  const { events } = await tracer.end();
  expect(events.map((event) => functionsOf((event as unknown as { crash: Crash }).crash)[0])).toEqual(["read_null"]);
});

test("the default JSON and --no-crash: no key crash", async () => {
  for (const options of [[], ["-w", "--no-crash"]]) {
    const [event] = await crashesOf([[program, "write-null"]], options);
    expect(event).not.toHaveProperty("crash");
  }
});

test("a process that exited or was killed by a signal that does not dump core: crash is null", async () => {
  const [exited, killed] = await crashesOf([["/bin/true"], ["/bin/sh", "-c", "kill -TERM $$"]], ["-C", "+crash"]);
  expect([exited!.crash, killed!.crash]).toEqual([null, null]);
});

test("--all-signals: where the main thread was", async () => {
  const [event] = await crashesOf([["/bin/sh", "-c", "kill -TERM $$"]], ["-C", "+crash", "--all-signals"]);
  expect(event!.signal).toBe("SIGTERM");
  expect(event!.crash!.frames.length).toBeGreaterThan(1);
});

test("200 crashes at once, with a small ring: no exit is lost, and each has its crash or the reason", async () => {
  const tracer = await Tracer.start(["-j", "-C", "+crash", "-s", "SEGV", "--ring-size", "256K"]);
  await runToEnd([program, "write-null", "200", "at-once"]);
  const { events, stderr } = await tracer.end();
  expect(stderr).toMatch(/ 0 lost$/m);
  expect(events.length).toBe(200);
  const missing = events.filter((event) => (event as unknown as { crash: Crash | null }).crash === null).length;
  const lost = [...stderr.matchAll(/(\d+) crash sites? lost/g)].map((match) => Number(match[1]));
  expect(missing).toBe(lost.reduce((sum, count) => sum + count, 0));
  for (const event of events as unknown as { crash: Crash | null }[]) {
    const reason = event.crash?.frames_missing;
    if (event.crash && event.crash.frames.length === 1) expect(reason).toBe("ring_full");
  }
});
