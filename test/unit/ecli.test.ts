import { describe, expect, test } from "bun:test";
import { createFormat } from "../../src/output/index.ts";
import { exited, header, killedBy, line, lookOf } from "../support/fake-exit.ts";

// what the real `ecli run package.json` (ecli-rs 0.2.9) prints for the tutorial
const ecli = createFormat("ecli", lookOf());

test("the header is ecli's, with its spaces at the end", () => {
  expect(header(ecli)).toBe("TIME     PID    PPID   EXIT_CODE DURATION_NS COMM   \n");
});

test("a row is ecli's: the PID one column right of its heading, nothing behind the name", () => {
  expect(line(ecli)).toBe("21:40:09  42050 42049  0         1234567     which");
});

test("an empty name leaves the spaces before it", () => {
  expect(line(ecli, { comm: "" })).toBe("21:40:09  42050 42049  0         1234567     ");
});

describe("each value stands at its heading's offset", () => {
  test("where it is short", () => {
    expect(line(ecli, { pid: 2, ppid: 1, lived: 5n, comm: "sh" })).toBe(
      "21:40:09  2     1      0         5           sh",
    );
  });

  test("or after one space where the line is already there or past", () => {
    // 6 digits of a PID end right at PPID's heading, 7 digits past it
    expect(line(ecli, { pid: 123_456 })).toBe("21:40:09  123456 42049 0         1234567     which");
    expect(line(ecli, { pid: 4_194_304, ppid: 4_194_303 })).toBe("21:40:09  4194304 4194303 0      1234567     which");
    expect(line(ecli, { lived: 2n ** 64n - 1n })).toBe("21:40:09  42050 42049  0         18446744073709551615 which");
  });
});

test("a death by signal has the code that the tutorial's program takes: the second byte of the status, 0", () => {
  expect(line(ecli, { status: killedBy(9) })).toBe("21:40:09  42050 42049  0         1234567     which");
  expect(line(ecli, { status: killedBy(11, true) })).toBe("21:40:09  42050 42049  0         1234567     which");
  expect(line(ecli, { status: exited(255) })).toBe("21:40:09  42050 42049  255       1234567     which");
});

test("a hostile name: escaped, though ecli would print it raw or die", () => {
  expect(line(ecli, { comm: new Uint8Array([0x61, 0x1b, 0x0a, 0xff]) })).toEndWith(" $'a\\x1b\\n\\xff'");
});

test("a name with blanks, quotes or backslashes: printed raw, as ecli prints it", () => {
  for (const comm of ["tmux: server", "killed by su[1]", "it's", "a\\x1b"]) {
    expect(line(ecli, { comm })).toEndWith(` ${comm}`);
  }
});

test("neither colors nor another form of time change anything: it is a contract", () => {
  expect(line(createFormat("ecli", lookOf({ time: "iso", hasColor: true })))).toBe(line(ecli));
  expect(header(createFormat("ecli", lookOf({ time: "none", hasColor: true })))).toBe(header(ecli));
});
