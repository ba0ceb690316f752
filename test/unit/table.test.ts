import { describe, expect, test } from "bun:test";
import { createFormat } from "../../src/output/formats.ts";
import { type TimeForm, timeForms } from "../../src/output/index.ts";
import { EXIT_TIME, exited, type Fields, formatOptions, header, killedBy, line } from "../support/fake-exit.ts";

const table = (time: TimeForm = "local") => createFormat("table", formatOptions({ time }));
const SIGKILL = 9;
const SIGSEGV = 11;
const SIGVTALRM = 26;

test("the table: the header and an ordinary row", () => {
  expect(header(table())).toBe("TIME     PID     PPID    EXIT_CODE        DURATION_NS COMM\n");
  expect(line(table())).toBe("21:40:09 42050   42049   0                    1234567 which");
});

test("the table: has the columns of the tutorial, in its order", () => {
  expect(header(table()).trim().split(/ +/)).toEqual(["TIME", "PID", "PPID", "EXIT_CODE", "DURATION_NS", "COMM"]);
});

test("EXIT_CODE of a killed process: the signal instead of a code, and +core after a core dump", () => {
  expect(line(table(), { status: killedBy(SIGKILL) })).toContain(" SIGKILL  ");
  expect(line(table(), { status: killedBy(SIGSEGV, true) })).toBe(
    "21:40:09 42050   42049   SIGSEGV+core         1234567 which",
  );
  expect(line(table(), { status: exited(137) })).toContain(" 137  ");
});

test("COMM: a hostile name is escaped, an empty name leaves the end of the row empty", () => {
  expect(line(table(), { comm: "a\x1b[2Jb\n" })).toEndWith(" $'a\\x1b[2Jb\\n'");
  expect(line(table(), { comm: "" })).toBe("21:40:09 42050   42049   0                    1234567 ");
});

describe("a value that is too wide for its column", () => {
  test("pushes the next columns until one has room", () => {
    expect(line(table(), { pid: 2_147_483_647 })).toBe("21:40:09 2147483647 42049 0                   1234567 which");
    expect(line(table(), { ppid: 2_147_483_647 })).toBe("21:40:09 42050   2147483647 0                 1234567 which");
    expect(line(table(), { status: killedBy(SIGVTALRM, true) })).toBe(
      "21:40:09 42050   42049   SIGVTALRM+core       1234567 which",
    );
  });

  test("appears in full", () => {
    expect(line(table(), { duration: 2n ** 64n - 1n })).toBe(
      "21:40:09 42050   42049   0            18446744073709551615 which",
    );
  });

  test("has one space after it if all later columns are pushed", () => {
    const wide: Partial<Fields> = { pid: 2_147_483_647, ppid: 2_147_483_647, duration: 2n ** 64n - 1n };
    expect(line(table(), { ...wide, status: killedBy(SIGVTALRM, true) })).toBe(
      "21:40:09 2147483647 2147483647 SIGVTALRM+core 18446744073709551615 which",
    );
  });
});

describe("the TIME column", () => {
  test("has the width of its form of time, which moves the next columns", () => {
    const headings = timeForms.map((form) => [form, header(table(form)).indexOf("PID")]);
    expect(Object.fromEntries(headings)).toEqual({ local: 9, utc: 9, iso: 31, unix: 21, delta: 11, none: 0 });
    for (const form of timeForms) {
      expect(line(table(form)).indexOf("42050")).toBe(header(table(form)).indexOf("PID"));
    }
  });

  test("can be left out with its heading", () => {
    expect(header(table("none"))).toBe("PID     PPID    EXIT_CODE        DURATION_NS COMM\n");
    expect(line(table("none"))).toBe("42050   42049   0                    1234567 which");
  });

  test("shows the time of the exit", () => {
    expect(line(table("unix"), { exitTime: EXIT_TIME + 42n })).toStartWith(
      `${EXIT_TIME / 1_000_000_000n}.000000042 42050`,
    );
    expect(line(table("iso"), { exitTime: 0n })).toStartWith("1970-01-01T00:00:00.000000000Z 42050");
  });
});
