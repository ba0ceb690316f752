import { describe, expect, test } from "bun:test";
import type { CrashSite } from "../../src/exit/crash-site.ts";
import { writeCrashPhrase } from "../../src/output/crash-phrase.ts";
import { bytesOf } from "../../src/text/byte-writer.ts";
import { fakeCrash, fakeFrame } from "../support/fake-crash.ts";
import { written } from "../support/fake-exit.ts";
import { hostileSample, unsafe } from "../support/hostile-text.ts";

const phraseOf = (values: Partial<CrashSite> = {}) => written((out) => writeCrashPhrase(out, fakeCrash(values)));
const libc = (name: string) => fakeFrame(name, { module: bytesOf("/lib/libc.so.6"), offset: 0x8aeecn });
const abort = [libc("__pthread_kill_implementation"), libc("raise"), libc("abort")];

describe("the phrase of a crash site:", () => {
  test.each<[string, Partial<CrashSite>]>([
    ["write to 0x0 in write_null+0x7 (app+0x1617)", {}],
    ["read of 0x18 in write_null+0x7 (app+0x1617)", { access: "read", address: 0x18n }],
    ["write to 0x0 (not allowed) in write_null+0x7 (app+0x1617)", { code: 2 }],
    ["stack overflow in write_null+0x7 (app+0x1617)", { isStackOverflow: true }],
    ["general protection fault in write_null+0x7 (app+0x1617)", { code: 0x80, access: null, address: null }],
    ["division by zero in write_null+0x7 (app+0x1617)", { signal: 8, access: null, address: 1n }],
    ["system call 110 in write_null+0x7 (app+0x1617)", { signal: 31, code: 1, access: null, syscall: 110 }],
    ["raised in write_null+0x7 (app+0x1617)", { signal: 3, code: -6, access: null, senderPid: 42050 }],
    ["in write_null+0x7 (app+0x1617)", { code: 0, access: null, address: null, senderPid: 7 }],
    ["in write_null+0x7 (app+0x1617)", { signal: 6, code: -6, access: null, address: null, senderPid: 7 }],
    ["abort()", { signal: 6, code: -6, access: null, senderPid: 1, nsPid: 1, frames: [fakeFrame("x")] }],
    ["raised in write_null+0x7 (app+0x1617)", { signal: 6, code: 0, access: null, address: null, senderPid: 42050 }],
  ])("%s", (phrase, values) => {
    expect(phraseOf(values)).toBe(phrase);
  });

  test("without the name of the function: module and offset", () => {
    expect(phraseOf({ frames: [fakeFrame(null)] })).toBe("write to 0x0 in app+0x1617");
  });

  test("a jump to an address without a mapping: the caller", () => {
    const nowhere = fakeFrame(null, { module: bytesOf("[null]"), offset: null, how: "ip" });
    expect(phraseOf({ access: "exec", frames: [nowhere, fakeFrame("main")] })).toBe(
      "jump to 0x0, from main+0x7 (app+0x1617)",
    );
  });

  test("a crash in a library: the first function of the program follows", () => {
    expect(phraseOf({ frames: [libc("strlen"), fakeFrame("main")] })).toBe(
      "write to 0x0 in strlen+0x7 (libc.so.6+0x8aeec), from main+0x7 (app+0x1617)",
    );
  });

  test("abort(): its caller, and the message of the C library", () => {
    const aborted = { signal: 6, code: -6, access: null, address: null, senderPid: 42050 };
    expect(phraseOf({ ...aborted, frames: [...abort, fakeFrame("do_abort")], message: bytesOf("free(): bad\n") })).toBe(
      'abort(), from do_abort+0x7 (app+0x1617), "free(): bad"',
    );
    // machinery of abort() in a static program
    const inProgram = ["raise", "abort", "__libc_message.cold", "own"].map((name) => fakeFrame(name));
    expect(phraseOf({ ...aborted, frames: inProgram })).toBe("abort(), from own+0x7 (app+0x1617)");
  });

  test("a handler that called abort(): the first fault follows", () => {
    const frames = [...abort, fakeFrame("on_fault"), libc("__restore_rt"), fakeFrame("inner", { how: "signal" })];
    const first = { signal: 11, code: 1, address: 0n, access: "write", isStackOverflow: true, frame: 5 } as const;
    expect(phraseOf({ signal: 6, code: -6, access: null, senderPid: 42050, frames, first })).toBe(
      "abort(), from on_fault+0x7 (app+0x1617), after SIGSEGV stack overflow in inner+0x7 (app+0x1617)",
    );
  });

  test("a guessed caller has a question mark", () => {
    expect(phraseOf({ frames: [libc("x"), fakeFrame("main", { how: "scan" })] })).toEndWith("main+0x7 (app+0x1617)?");
  });

  test("a frame that is found from a guessed caller has a question mark, and one before it has none", () => {
    const frames = [libc("x"), { ...libc("y"), how: "scan" } as const, fakeFrame("main"), fakeFrame("f")];
    const first = { signal: 11, code: 1, address: 0n, access: "write", isStackOverflow: false, frame: 3 } as const;
    expect(phraseOf({ frames, first })).toEndWith(
      "from main+0x7 (app+0x1617)?, after SIGSEGV write to 0x0 in f+0x7 (app+0x1617)?",
    );
    expect(phraseOf({ frames: [libc("x"), fakeFrame("main"), ...frames] })).toEndWith("main+0x7 (app+0x1617)");
  });

  test("another thread than the main one is named", () => {
    expect(phraseOf({ tid: 42051, thread: bytesOf("worker-7") })).toEndWith(", in thread worker-7[42051]");
  });

  test("texts that look like other parts of the phrase: quoted", () => {
    const forged = bytesOf("a+0x1 (b+0x2), from c");
    expect(phraseOf({ frames: [fakeFrame(null, { function: forged })] })).toContain(
      `in '${new TextDecoder().decode(forged)}'+`,
    );
    expect(phraseOf({ frames: [fakeFrame(null, { module: bytesOf("/x/b c") })] })).toEndWith("in 'b c'+0x1617");
    expect(phraseOf({ tid: 1, thread: bytesOf("x[7] y") })).toEndWith(", in thread 'x[7] y'[1]");
    expect(phraseOf({ message: bytesOf('a", in thread b[7]') })).toEndWith(`, 'a", in thread b[7]'`);
    expect(phraseOf({ message: bytesOf("a\\nb") })).toEndWith(", 'a\\nb'");
  });

  test("a long text is not cut within a character", () => {
    expect(phraseOf({ message: bytesOf("ü".repeat(99)) })).toEndWith(`, "${"ü".repeat(40)}..."`);
    expect(phraseOf({ message: bytesOf(`a${"ü".repeat(99)}`) })).toEndWith(`, "a${"ü".repeat(39)}..."`);
  });

  test("hostile texts: nothing unsafe is written", () => {
    const raw: string[] = [];
    const usual = fakeCrash({ tid: 1 });
    const frame = fakeFrame(null);
    for (const bytes of hostileSample()) {
      const frames = [{ ...frame, module: bytes, function: bytes }];
      const phrase = written((out) => writeCrashPhrase(out, { ...usual, thread: bytes, message: bytes, frames }));
      if (unsafe.test(phrase)) raw.push(`${bytes.toHex()} gives ${phrase}`);
    }
    expect(raw).toEqual([]);
  });

  test("long texts are cut", () => {
    const long = new Uint8Array(100_000).fill(0x61);
    const frames = [fakeFrame(null, { module: long, function: long })];
    expect(phraseOf({ frames, message: long }).length).toBeLessThan(500);
  });
});
