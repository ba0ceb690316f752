import { describe, expect, spyOn, test } from "bun:test";
import fc from "fast-check";
import { ByteSlice } from "../../src/exit/byte-slice.ts";
import { Redactor, SearchBudget } from "../../src/exit/redactor.ts";
import { MAX_STORED_ARGS } from "../../src/record/layout.ts";
import { ByteWriter } from "../../src/text/byte-writer.ts";
import { Redaction } from "../../src/text/redact.ts";
import { fakeExit, killedBy } from "../support/fake-exit.ts";
import { addSender, contextOf } from "../support/fake-records.ts";
import { always } from "../support/property.ts";

/** Returns arguments, given as bytes with a NUL after each, with secrets replaced. */
function redacted(expressions: string[], bytes: Uint8Array, isCut = false, budget?: SearchBudget): Buffer {
  // as in a batch, between other bytes
  const around = Buffer.concat([Buffer.from("secret\0"), bytes, Buffer.from("secret\0")]);
  const args = new ByteSlice().set(around, 7, 7 + bytes.length);
  const result = new Redactor(expressions, budget).redact(args, isCut, new ByteWriter(), new ByteSlice());
  return Buffer.from(result.bytes.subarray(result.start, result.end));
}

const joined = (args: readonly string[]) => Buffer.from(args.map((argument) => `${argument}\0`).join(""));
const words = (bytes: Buffer) => bytes.toString().split("\0").slice(0, -1);

describe("Redactor.redact(), arguments as bytes:", () => {
  test.each([
    [["app", "--password=x", "run"], String.raw`--password=(\S+)`, ["app", "--password=[redacted]", "run"]],
    [["app", "-p", "x", "run"], String.raw`-p \S+`, ["app", "[redacted]", "[redacted]", "run"]],
    [["app", "-p", "x y", "run"], "x y", ["app", "-p", "[redacted]", "run"]],
    [["secret"], "secret", ["[redacted]"]],
    [["a", "", "secret", "", "b"], String.raw`a\s+secret`, ["[redacted]", "", "[redacted]", "", "b"]],
    [["ünï", "日本=🙂x", "z"], "=(.)", ["ünï", "日本=[redacted]x", "z"]],
    [["🙂🙂", "tail"], "^.", ["[redacted]🙂", "tail"]],
    [["app", "run"], "secret", ["app", "run"]],
    [[""], "x|", [""]],
  ])("%j by %p: %j", (args, expression, expected) => {
    expect(words(redacted([expression], joined(args)))).toEqual(expected);
  });

  test("bytes that are no UTF-8 stay as they are outside of a match, and are U+FFFD for the expression", () => {
    const args = Buffer.from("a\xff\0key=\xe9\xffx\0\xc3\0", "latin1");
    expect(redacted(["key=(\ufffd+)"], args).toString("latin1")).toBe("a\xff\0key=[redacted]x\0\xc3\0");
  });

  test("without arguments: none, also if they are cut", () => {
    expect(redacted(["^"], Buffer.alloc(0), true)).toHaveLength(0);
  });

  test("random arguments: the result equals that of Redaction for strings", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "=", " ", "é", "🙂", "\n"), maxLength: 6 });
    const expression = fc.constantFrom(
      "a",
      "a+|b",
      "[^ ]=(.)",
      String.raw`(a)|b\s`,
      " ",
      "=",
      String.raw`\S\s\S`,
      "🙂|é",
    );
    // no search is stopped, as one would be if this process got no CPU for 100 ms
    using _ = spyOn(performance, "now").mockReturnValue(0);
    always(
      fc.tuple(fc.array(word, { maxLength: 6 }), fc.array(expression, { minLength: 1, maxLength: 3 }), fc.boolean()),
      ([args, expressions, isCut]) => {
        const expected = args.length ? new Redaction(expressions).redact(args, isCut) : [];
        expect(words(redacted(expressions, joined(args), isCut))).toEqual(expected);
      },
      2000,
    );
  });
});

describe("Redactor.redact(), half of a secret:", () => {
  test("an argument that is cut is replaced as a whole, with or without its NUL", () => {
    for (const end of ["", "\0"]) {
      const args = Buffer.from(`app\0a b key=0123${end}`);
      expect(redacted([String.raw`key=(\w{32})`], args, true).toString()).toBe(`app\0[redacted]${end}`);
    }
  });

  test("beyond the searched length each argument is replaced, and the one that the length divides", () => {
    const args = joined(["app", `key=${"s".repeat(20_000)} `, "tail", "key=1"]);
    const found = redacted(["key=(s+x)"], args);
    expect(words(found)).toEqual(["app", "[redacted]", "[redacted]", "[redacted]"]);
  });

  test.each([16_380, 16_382, 16_383, 16_384, 16_385])("an argument of %d bytes, and others after it", (length) => {
    const [first, ...others] = words(redacted(["x+y"], joined(["🙂".repeat(length / 4), "secret", "secret"])));
    expect(first!.length).toBeLessThan(2 * length);
    expect(others.join()).not.toContain("secret".repeat(2));
    expect(words(redacted(["x+y"], joined(["a".repeat(length), "secret", "secret"]))).slice(1)).toEqual([
      "[redacted]",
      "[redacted]",
    ]);
  });
});

describe("Exit.args with a redactor:", () => {
  const redactor = new Redactor([String.raw`key=(\w+)`, String.raw`token=(\w{32})`]);
  const context = () => ({ ...contextOf(), redactor });
  const argsOf = ({ args: { bytes, start, end } }: { args: ByteSlice }) =>
    words(Buffer.from(bytes.subarray(start, end)));

  test("the arguments of an exit and of its sender do not share a buffer", () => {
    const shared = context();
    addSender(shared, { pid: 7, exitTimeSinceBoot: 99n, args: ["pkill", "key=b"] });
    const fields = { status: killedBy(9), senderTimeNs: 99n, killer: { kind: "process", pid: 7 } } as const;
    const exit = fakeExit({ ...fields, args: ["app", "key=a", "x"] }, shared);
    const own = exit.args;
    expect(argsOf(exit.sender!)).toEqual(["pkill", "key=[redacted]"]);
    expect(exit.args).toBe(own);
    expect(argsOf(exit)).toEqual(["app", "key=[redacted]", "x"]);
  });

  test("the next record has its own arguments", () => {
    const exit = fakeExit({ args: ["app", "key=a"] }, context());
    expect(argsOf(exit)).toEqual(["app", "key=[redacted]"]);
    exit.record.bytes.set(Buffer.from("new\0key=b"), exit.unredactedArgs.start);
    exit.update(0, 0);
    expect(argsOf(exit)).toEqual(["new", "key=[redacted]"]);
  });

  test("arguments that the recorder has cut: the last one is replaced", () => {
    expect(argsOf(fakeExit({ args: ["app", "token=0123"], isCut: true }, context()))).toEqual(["app", "[redacted]"]);
    expect(argsOf(fakeExit({ args: ["app", "token=0123"] }, context()))).toEqual(["app", "token=0123"]);
  });

  test("arguments of a sender that are as long as the recorder cuts them: the last one is replaced", () => {
    for (const [length, expected] of [
      [MAX_STORED_ARGS - 1, "token=0"],
      [MAX_STORED_ARGS, "[redacted]"],
    ] as const) {
      const shared = context();
      const filler = "a".repeat(length - "token=0".length - 2);
      addSender(shared, { pid: 7, exitTimeSinceBoot: 99n, args: [filler, "token=0"] });
      const fields = { status: killedBy(9), senderTimeNs: 99n, killer: { kind: "process", pid: 7 } } as const;
      expect(argsOf(fakeExit(fields, shared).sender!)).toEqual([filler, expected]);
    }
  });
});

describe("Redactor, hostile arguments:", () => {
  test("a command line that takes too long is replaced from there on, and counted", () => {
    const redactor = new Redactor(["a.*z|a"]);
    const args = joined(["a".repeat(16_000)]);
    const start = performance.now();
    const slice = new ByteSlice().set(args, 0, args.length);
    const { bytes, end } = redactor.redact(slice, false, new ByteWriter(), new ByteSlice());
    expect(performance.now() - start).toBeLessThan(3000);
    expect(Buffer.from(bytes.subarray(0, end)).toString()).toMatch(/^(\[redacted\])+\0$/);
    expect(redactor.unsearched).toBe(1);
  });

  test("once searches have used up their share of the time, command lines are replaced as a whole, and counted", () => {
    let now = 0;
    const budget = new SearchBudget(() => now);
    const redactor = new Redactor(["secret"], budget);
    const redact = () => {
      const args = joined(["app", "", "x"]);
      const slice = new ByteSlice().set(args, 0, args.length);
      const { bytes, start, end } = redactor.redact(slice, false, new ByteWriter(), new ByteSlice());
      return words(Buffer.from(bytes.subarray(start, end)));
    };
    expect(redact()).toEqual(["app", "", "x"]);
    budget.begin();
    now += 2000;
    budget.end();
    expect(redact()).toEqual(["[redacted]", "", "[redacted]"]);
    expect(redactor.unsearched).toBe(1);
    now += 1001;
    expect(redact()).toEqual(["app", "", "x"]);
    expect(redactor.unsearched).toBe(1);
  });
});
