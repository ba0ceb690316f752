/** Crash sites of code whose unwind tables are missing, or describe a signal frame. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { assemble, define } from "../support/assembly.ts";
import { fixture } from "../support/tracer.ts";
import { compareWithGdb, compileCrash, type Crash, crashesOf, functionsOf, hasGdb } from "../support/crash-sites.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync("/tmp/exitsnoop-guess-");
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A program without unwind tables, whose main() calls caller() and that calls crash(). */
const withoutTables = (crash: string) =>
  [
    "	.text",
    define("crash", crash),
    define("next", "	ret"),
    define("other", "	subq $8, %rsp\n	call next\nafter_next:\n	addq $8, %rsp\n	ret"),
    define("caller", "	subq $8, %rsp\n	call other\n	call crash\n	addq $8, %rsp\n	ret"),
    define("main", "	xorl %ebp, %ebp\n	subq $8, %rsp\n	call caller\n	addq $8, %rsp\n	ret"),
    '	.section .note.GNU-stack, "", @progbits',
  ].join("\n");

async function crashOf(program: string, ...words: string[]): Promise<Crash> {
  const [event] = await crashesOf([[program, ...words]]);
  return event!.crash!;
}

describe.skipIf(process.arch !== "x64")("a scan for the caller:", () => {
  test("a call that is the last instruction: the function of the call is looked for, not the next one", async () => {
    // another address on the stack is that after a call of the next function
    const crash = "	subq $24, %rsp\n	leaq after_next(%rip), %rax\n	movq %rax, 8(%rsp)\n	call abort";
    const found = await crashOf(assemble(folder, "last-call", withoutTables(crash)));
    const names = functionsOf(found);
    expect(names.slice(names.indexOf("crash"))).toEqual(["crash", "caller", "main"]);
    expect(found.frames[names.indexOf("caller")]!.how).toBe("scan");
  });

  test("an unrelated address far away, and a call of the function after it: the call", async () => {
    const crash = `	subq $616, %rsp
	movq %rsp, %rdi
	movl $77, %ecx
	xorl %eax, %eax
	rep stosq
	leaq after_next(%rip), %rax
	movq %rax, 560(%rsp)
	movl %eax, 0`;
    const found = await crashOf(assemble(folder, "far-call", withoutTables(crash)));
    expect(functionsOf(found)).toEqual(["crash", "caller", "main"]);
  });

  test("a signal handler: the function that the signal interrupted", async () => {
    const flags = ["-O1", "-fomit-frame-pointer", "-fno-asynchronous-unwind-tables"];
    const found = await crashOf(compileCrash(folder, "handler", flags), "handler-fault");
    const names = functionsOf(found);
    expect(names.slice(names.lastIndexOf("write_null"))).toEqual([
      "write_null",
      "handler_fault",
      "inner",
      "outer",
      "main",
    ]);
  });
});

test.skipIf(process.arch !== "x64")("the stack of a goroutine: its first frame is the last one", async () => {
  const goroutine = [
    "	.text",
    define("goexit", "	nop\n	ret"),
    define("crash", "	movl %eax, 0"),
    define("first", "	call crash"),
    define("main", "	leaq goexit+1(%rip), %rax\n	pushq %rax\n	pushq $0\n	movq %rsp, %rbp\n	xorl %eax, %eax\n	jmp first"),
    '	.section .note.GNU-stack, "", @progbits',
  ].join("\n");
  const { frames, frames_missing } = await crashOf(assemble(folder, "goroutine", goroutine));
  expect(frames.map((frame) => [frame.function, frame.how])).toEqual([
    ["crash", "ip"],
    ["first", "call"],
    ["goexit", "fp"],
  ]);
  expect(frames_missing).toBeNull();
});

test.skipIf(process.arch !== "x64")(
  "an overwritten return address: not written, and the callers are guesses",
  async () => {
    const password = Buffer.from("password").readBigUInt64LE().toString(16);
    const smashed = [
      "	.text",
      define("smashed", `	.cfi_startproc\n	movabsq $0x${password}, %rax\n	movq %rax, (%rsp)\n	ret\n	.cfi_endproc`),
      define("caller", "	subq $8, %rsp\n	call smashed\n	addq $8, %rsp\n	ret"),
      define("main", "	xorl %ebp, %ebp\n	subq $8, %rsp\n	call caller\n	addq $8, %rsp\n	ret"),
      '	.section .note.GNU-stack, "", @progbits',
    ].join("\n");
    const crash = await crashOf(assemble(folder, "smashed", smashed));
    expect(JSON.stringify(crash)).not.toContain(password);
    expect(functionsOf(crash)).toEqual(["smashed", "main"]);
    expect(crash.frames.map(({ how }) => how).slice(0, 2)).toEqual(["ip", "scan"]);
  },
);

/*
 * SIGILL at the first byte of interrupted(); its handler crashes. The handler returns to code that
 * is known by its unwind tables alone: registers are in struct ucontext at the stack pointer.
 */
const signalFrame = `
	.text
	.cfi_sections .eh_frame
${define("before", "	nop")}
${define("interrupted", "	.cfi_startproc\n	ud2\n	ret\n	.cfi_endproc")}
${define("handler", "	.cfi_startproc\n	movl %eax, 0\n	ret\n	.cfi_endproc")}
	.cfi_startproc
	.cfi_signal_frame
	/* CFA: *(rsp + 160); rip at rsp + 168, rbp at rsp + 120 */
	.cfi_escape 0x0f, 0x04, 0x77, 0xa0, 0x01, 0x06
	.cfi_escape 0x10, 0x10, 0x03, 0x77, 0xa8, 0x01
	.cfi_escape 0x10, 0x06, 0x03, 0x77, 0xf8, 0x00
${define("trampoline", "	nop\nrestorer:\n	pushq $15\n	popq %rax\n	syscall")}
	.cfi_endproc
${define(
  "main",
  `	.cfi_startproc
	subq $8, %rsp
	.cfi_adjust_cfa_offset 8
	movl $13, %eax
	movl $4, %edi
	leaq action(%rip), %rsi
	xorl %edx, %edx
	movl $8, %r10d
	syscall
	call interrupted
	addq $8, %rsp
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc`,
)}
	.data
	.balign 8
	/* SA_SIGINFO | SA_RESTORER */
action:	.quad handler, 0x04000004, restorer, 0
	.section .note.GNU-stack, "", @progbits
`;

describe.skipIf(process.arch !== "x64")("a signal frame that only its unwind tables tell:", () => {
  test("the interrupted function, whose first instruction it is", async () => {
    const crash = await crashOf(assemble(folder, "signal-frame", signalFrame));
    expect(functionsOf(crash)).toEqual(["handler", "trampoline", "interrupted", "main"]);
    expect(crash.frames[2]).toMatchObject({ how: "signal", function_offset: 0 });
  });

  test.skipIf(!hasGdb)("the frames equal those of gdb", async () => {
    const [compared] = await compareWithGdb([[assemble(folder, "signal-frame-gdb", signalFrame)]]);
    expect(compared!.ours).toEqual(compared!.gdb);
  });
});

describe("addresses in many files on the stack:", () => {
  /** Returns the crash of a program that maps copies of a file in a folder. */
  async function crashWith(count: number, where: string): Promise<Crash> {
    const parent = join(folder, where);
    mkdirSync(parent, { recursive: true });
    const files = Array.from({ length: count }, (_, i) => join(parent, `${i}`));
    for (const file of files) copyFileSync("/bin/true", file);
    return crashOf(fixture("crash-mappings"), ...files);
  }

  test("30 files: each is opened", async () => {
    const crash = await crashWith(30, "few");
    expect(crash.frames_missing).not.toBe("too_complex");
    const files = crash.frames.filter(({ module }) => module.startsWith("/"));
    expect(files.length).toBeGreaterThan(1);
    expect(files.filter(({ file }) => file !== "ok")).toEqual([]);
  });

  test("110 files that only root may read, 40 folders deep: given up, with the reason", async () => {
    mkdirSync(join(folder, "secret"), { mode: 0o700 });
    const crash = await crashWith(110, `secret${"/d".repeat(40)}`);
    expect(crash.frames_missing).toBe("too_complex");
  });
});
