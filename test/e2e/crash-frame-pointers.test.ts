/** Crash sites of code without unwind tables, of which some functions have frame pointers. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { assemble, define } from "../support/assembly.ts";
import { compareWithGdb, compileCrash, type Crash, crashesOf, functionsOf, hasGdb } from "../support/crash-sites.ts";
import { fixture } from "../support/tracer.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync("/tmp/exitsnoop-frames-");
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function crashOf(program: string, ...words: string[]): Promise<Crash> {
  const [event] = await crashesOf([[program, ...words]]);
  return event!.crash!;
}

const framed = (body: string) => `	pushq %rbp\n	movq %rsp, %rbp\n${body}\n	popq %rbp\n	ret`;
const main = define("main", framed("	call caller"));
const noStack = '	.section .note.GNU-stack, "", @progbits';

describe.skipIf(process.arch !== "x64")("functions without a frame pointer, below one with it:", () => {
  test.each<[string, string[], string[]]>([
    [
      "a call of a call",
      [
        define("caller", framed("	call middle")),
        define("middle", "	subq $8, %rsp\n	call crash\n	addq $8, %rsp\n	ret"),
        define("crash", "	movl %eax, 0"),
      ],
      ["crash", "middle", "caller", "main"],
    ],
    [
      "an indirect call, as of a function in another file",
      [define("crash", "	subq $8, %rsp\n	movl %eax, 0"), define("caller", framed("	leaq crash(%rip), %rax\n	call *%rax"))],
      ["crash", "caller", "main"],
    ],
    [
      "a jump to a function with a frame pointer: it is not taken for one without",
      [
        define("crash", framed("	leaq after(%rip), %rax\n	pushq %rax\n	pushq $0\n	movl %eax, 0")),
        define("other", "	call crash\nafter:\n	ret"),
        define("caller", "	jmp crash"),
      ],
      ["crash", "main"],
    ],
  ])("%s", async (name, functions, expected) => {
    const source = ["	.text", ...functions, main, noStack].join("\n");
    const crash = await crashOf(assemble(folder, name.replaceAll(/\W+/g, "-"), source));
    expect(functionsOf(crash)).toEqual(expected);
  });

  test("a function of a stripped file that is called from far away: the call is found", async () => {
    const source = [
      "	.text",
      define("caller", framed("	call crash\n	nop")),
      main,
      "	.fill 0x20000, 1, 0x90",
      define("before", framed("	nop")),
      define("crash", "	movl %eax, 0"),
      noStack,
    ].join("\n");
    const program = assemble(folder, "far", source);
    const named = await crashOf(program);
    expect(functionsOf(named)).toEqual(["crash", "caller", "main"]);
    expect(Bun.spawnSync(["strip", program]).success).toBe(true);
    const ips = (crash: Crash) => crash.frames.slice(0, 3).map((frame) => frame.ip);
    expect(ips(await crashOf(program))).toEqual(ips(named));
  });

  // Go's sigpanic() is entered as if the faulting instruction had called it
  test("a function of a goroutine, below its first one: both are found", async () => {
    const source = [
      "	.text",
      define("goexit", "	nop\n	ret"),
      define("sigpanic", "	pushq %rbp\n	movq %rsp, %rbp\n	movl %eax, 0"),
      define("faulting", "	nop\n	nop\nfault:\n	movl %eax, 0\n	ret"),
      define("first", framed("	call called")),
      define("called", "	leaq fault(%rip), %rax\n	pushq %rax\n	jmp sigpanic"),
      define("main", "	leaq goexit+1(%rip), %rax\n	pushq %rax\n	xorl %ebp, %ebp\n	xorl %eax, %eax\n	jmp first"),
      noStack,
    ].join("\n");
    const { frames, frames_missing } = await crashOf(assemble(folder, "goroutine", source));
    expect(frames.map((frame) => [frame.function, frame.how])).toEqual([
      ["sigpanic", "ip"],
      ["faulting", "fp"],
      ["first", "scan"],
      ["goexit", "fp"],
    ]);
    expect(frames_missing).toBeNull();
  });

  test("addresses of an executable stack on it: not taken for return addresses", async () => {
    const source = [
      "	.text",
      define("crash", "	subq $24, %rsp\n	movq %rsp, (%rsp)\n	movl $0, 8(%rsp)\n	movl %eax, 0"),
      define("caller", "	subq $8, %rsp\n	call crash\n	addq $8, %rsp\n	ret"),
      define("main", "	xorl %ebp, %ebp\n	pushq %rsp\n	call caller\n	popq %rax\n	ret"),
      '	.section .note.GNU-stack, "x", @progbits',
    ].join("\n");
    const crash = await crashOf(assemble(folder, "executable-stack", source));
    expect(functionsOf(crash)).toEqual(["crash", "caller", "main"]);
    expect(crash.frames.filter(({ module }) => module === "[stack]")).toEqual([]);
  });

  // the code that a handler returns to follows another function without a gap, as in musl
  test("the return from a handler: not named after the function before it", async () => {
    const source = [
      "	.text",
      define("caller", "	subq $8, %rsp\n	ud2"),
      define("handler", "	movl %eax, 0"),
      define("before", "	ret"),
      "	.globl restorer\nrestorer:\n	movq $15, %rax\n	syscall",
      define(
        "main",
        framed(`	movl $13, %eax
	movl $4, %edi
	leaq action(%rip), %rsi
	xorl %edx, %edx
	movl $8, %r10d
	syscall
	call caller`),
      ),
      "	.data\n	.balign 8\naction:	.quad handler, 0x04000004, restorer, 0",
      noStack,
    ].join("\n");
    const { frames } = await crashOf(assemble(folder, "handler-return", source));
    expect(frames.slice(0, 4).map((frame) => [frame.function, frame.how])).toEqual([
      ["handler", "ip"],
      [null, "call"],
      ["caller", "signal"],
      ["main", "scan"],
    ]);
  });
});

test.skipIf(process.arch !== "x64")("an entry point without unwind tables: it has no caller", async () => {
  // the words above are no return addresses in a program that is not damaged
  const start = "	.globl _start\n_start:\n	leaq after(%rip), %rax\n	pushq %rax\n	call caller\n	hlt";
  const other = define("other", "	call caller\nafter:\n	ret");
  const source = ["	.text", define("caller", "	pushq $0\n	movl %eax, 0"), start, other, noStack].join("\n");
  const { frames, frames_missing } = await crashOf(assemble(folder, "entry", source, ["-nostdlib", "-static"]));
  expect(frames.map((frame) => frame.function)).toEqual(["caller", null]);
  expect(frames_missing).toBeNull();
});

test("a handler at an invalid address: the function that the signal interrupted", async () => {
  const compiled = compileCrash(folder, "invalid-handler", ["-O1", "-fno-omit-frame-pointer"]);
  const crash = await crashOf(compiled, "invalid-handler");
  expect(crash.frames[2]!.how).toBe("signal");
  expect(functionsOf(crash).slice(-5)).toEqual(["raise", "invalid_handler", "inner", "outer", "main"]);
  if (!hasGdb) return;
  const [compared] = await compareWithGdb([[compiled, "invalid-handler"]]);
  expect(compared!.ours).toEqual(compared!.gdb);
});

test.skipIf(process.arch !== "x64")("a coroutine of makecontext(): its first function has no caller", async () => {
  const { frames, frames_missing } = await crashOf(fixture("crash"), "coroutine");
  expect(frames.map((frame) => frame.function).slice(0, 2)).toEqual(["write_null", "run_coroutine"]);
  expect(frames.map((frame) => frame.how)).toEqual(["ip", "cfi", "cfi"]);
  expect(frames_missing).toBeNull();
});
