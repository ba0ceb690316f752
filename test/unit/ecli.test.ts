import { describe, expect, test } from "bun:test";
import { createFormat } from "../../src/output/formats.ts";
import { exited, header, killedBy, line, formatOptions } from "../support/fake-exit.ts";

// the expected lines are what `ecli run package.json` (ecli-rs 0.2.9) prints for the tutorial
const ecli = createFormat("ecli", formatOptions());

test("format ecli: the header equals ecli's, with its trailing spaces", () => {
  expect(header(ecli)).toBe("TIME     PID    PPID   EXIT_CODE DURATION_NS COMM   \n");
});

test("format ecli: a row equals ecli's, with PID one column right of its heading", () => {
  expect(line(ecli)).toBe("21:40:09  42050 42049  0         1234567     which");
});

test("format ecli: an empty name keeps the spaces before it", () => {
  expect(line(ecli, { comm: "" })).toBe("21:40:09  42050 42049  0         1234567     ");
});

describe("format ecli:", () => {
  test("a short value: the next begins at its heading's offset", () => {
    expect(line(ecli, { pid: 2, ppid: 1, duration: 5n, comm: "sh" })).toBe(
      "21:40:09  2     1      0         5           sh",
    );
  });

  test("a value that reaches the next heading: the next begins after one space", () => {
    // a PID of 6 digits ends at PPID's heading, one of 7 digits after it
    expect(line(ecli, { pid: 123_456 })).toBe("21:40:09  123456 42049 0         1234567     which");
    expect(line(ecli, { pid: 4_194_304, ppid: 4_194_303 })).toBe("21:40:09  4194304 4194303 0      1234567     which");
    expect(line(ecli, { duration: 2n ** 64n - 1n })).toBe(
      "21:40:09  42050 42049  0         18446744073709551615 which",
    );
  });
});

test("format ecli: EXIT_CODE of a process killed by a signal is the second byte of its wait status", () => {
  expect(line(ecli, { status: killedBy(9) })).toBe("21:40:09  42050 42049  0         1234567     which");
  expect(line(ecli, { status: killedBy(11, true) })).toBe("21:40:09  42050 42049  0         1234567     which");
  expect(line(ecli, { status: exited(255) })).toBe("21:40:09  42050 42049  255       1234567     which");
});

test("format ecli: a hostile name is escaped, although ecli prints it raw or exits", () => {
  expect(line(ecli, { comm: new Uint8Array([0x61, 0x1b, 0x0a, 0xff]) })).toEndWith(" $'a\\x1b\\n\\xff'");
});

test("format ecli: a name with blanks, quotes or backslashes is printed raw, as by ecli", () => {
  for (const comm of ["tmux: server", "killed by su[1]", "it's", "a\\x1b"]) {
    expect(line(ecli, { comm })).toEndWith(` ${comm}`);
  }
});

test("format ecli with colors or another form of time: unchanged", () => {
  expect(line(createFormat("ecli", formatOptions({ time: "iso", hasColor: true })))).toBe(line(ecli));
  expect(header(createFormat("ecli", formatOptions({ time: "none", hasColor: true })))).toBe(header(ecli));
});
