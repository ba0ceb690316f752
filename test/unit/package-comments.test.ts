import { describe, expect, test } from "bun:test";
import { Comments } from "../../scripts/build/package/comments.ts";

const ofVariable = (source: string, name = "x") => new Comments(source).ofVariable(name);

describe("a comment belongs to the declaration behind it", () => {
  test.each([
    ["///", "/// words\nint x;"],
    ["//!", "//! words\nint x;"],
    ["/** */", "/** words */\nint x;"],
    ["/*! */", "/*! words */ int x;"],
    ["with an empty line between", "/// words\n\nint x;"],
    ["with words of C between", '/// words\nconst volatile int x SEC("a") = 1;'],
    ["with a comment that documents nothing between", "/// words\n// or not\nint x;"],
    ["after another", "/// others\nint y;\n/// words\nint x;"],
    ["after a string that looks like one", 'char y[] = "/// others";\n/// words\nint x;'],
    ["though it is named elsewhere before", "int y(void) { return x; }\n/// words\nint x;"],
    ["over several lines, of which the last counts", "/// others\n/// words\nint x;"],
    ["over the lines of a block", "/**\n * others\n * words\n */\nint x;"],
  ])("%s", (_, source) => {
    expect(ofVariable(source)).toEqual({ description: "words" });
  });

  test.each([
    ["//", "// words\nint x;"],
    ["/* */", "/* words */\nint x;"],
    ["four slashes", "//// words\nint x;"],
    ["a line of stars", "/*** words */\nint x;"],
    ["another declaration between", "/// words\nint y;\nint x;"],
    ["the preprocessor between", "/// words\n#define Y\nint x;"],
    ["that of a function with such a parameter", "/// words\nint y(int x)\n{\n}\nint x;"],
    ["that of one whose value names it", "/// words\nint *y = &x;\nint x;"],
    ["behind it", "int x;\n/// words\n"],
    ["in a function", "int y(void)\n{\n/// words\n}\nint x;"],
    ["of a longer name", "/// words\nint xx;\nint x;"],
  ])("not %s", (_, source) => {
    expect(ofVariable(source)).toEqual({});
  });

  test("a name that is nowhere has none", () => {
    expect(ofVariable("/// words\nint y;")).toEqual({});
  });
});

describe("@key value", () => {
  test.each([
    ["JSON", '@cmdarg {"default": 0, "short": "p"}', { cmdarg: { default: 0, short: "p" } }],
    ["a number", "@flags 5", { flags: 5 }],
    ["words", "@attach eth0", { attach: "eth0" }],
    ["what is no JSON", "@cmdarg {default: 0}", { cmdarg: "{default: 0}" }],
    ["nothing", "@link", {}],
    ["words before it", "words @flags 5", { description: "words", flags: 5 }],
    ["a backslash", "\\flags 5", { flags: 5 }],
    ["a name that ends where letters and digits do", "@a1_b 5", { a1: "_b 5" }],
    ["an inline command, whose word is none of the text", "@c word and more", { c: "and more" }],
  ])("%s", (_, text, described) => {
    expect(ofVariable(`/// ${text}\nint x;`)).toEqual(described);
  });

  test("an empty line ends it", () => {
    expect(ofVariable("/// @flags 5\n///\n/// words\nint x;")).toEqual({ flags: 5, description: "words" });
  });

  test("block commands take all lines up to the next paragraph, as text", () => {
    const source = "/// @brief one\n/// two\n///\n/// words\n/// @version 1\nint x;";
    expect(ofVariable(source)).toEqual({ brief: "one\n two", description: "words", version: "1" });
  });
});

test("of a map the comment stands before its struct", () => {
  const source = '/// @sample {"interval": 5}\nstruct {\n\t__uint(type, 1);\n} m SEC(".maps");\n/// words\nint x;';
  expect(new Comments(source).ofMap("m")).toEqual({ sample: { interval: 5 } });
});

test("of a program it stands before its section", () => {
  const source = 'int p(void *ctx);\n/// words\nSEC("tp/a/b")\nint p(void *ctx)\n{\n}';
  expect(new Comments(source).ofProgram("p")).toEqual({ description: "words" });
});

/** clang has no place in the source for what a macro's expansion declares. */
test("a program whose name a macro writes has none", () => {
  const source = '/// words\nSEC("kprobe/x")\nint BPF_KPROBE(p, int a)\n{\n}';
  expect(new Comments(source).ofProgram("p")).toEqual({});
});
