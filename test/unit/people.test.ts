import { describe, expect, test } from "bun:test";
import { ByteWriter } from "../../src/output/index.ts";
import {
  EXIT_TIME,
  exited,
  fakeExit,
  type Fields,
  header,
  killedBy,
  line,
  textOf,
  written,
} from "../support/fake-exit.ts";
import { formatOnTerminal } from "../support/fake-host.ts";
import { contextOf } from "../support/fake-records.ts";
import { hostileSample, unsafe } from "../support/hostile-text.ts";

const at = (width: number, options = "") => formatOnTerminal(options, { width: () => width });
/** Returns the lines of one exit. */
function linesOf(width: number, fields: Partial<Fields>, options = "", context = contextOf()): string[] {
  const format = formatOnTerminal(options, { width: () => width, hasHeader: false });
  format.begin!();
  return written((out) => format.exit(out, fakeExit(fields, context)))
    .split("\n")
    .slice(0, -1);
}

const killed: Partial<Fields> = { status: killedBy(15), killer: { kind: "process", pid: 4242, comm: "timeout" } };
const oom: Partial<Fields> = { status: killedBy(9), killer: { kind: "oom", code: 128 }, oomCgroup: 7n };
const inApp = contextOf({ 7: "/app/worker" });

describe("the table for people:", () => {
  test("the header and a line on a wide terminal", () => {
    expect(header(at(120))).toBe("TIME         PID     PARENT                 EXIT_CODE    DURATION COMMAND \n");
    expect(linesOf(120, { exitTime: EXIT_TIME + 5_999_999n })).toEqual([
      "21:40:09.005 42050   bash[42049]            0               1.2ms which ls",
    ]);
  });

  test("80 columns: PARENT is left out", () => {
    expect(header(at(80))).toBe("TIME         PID     EXIT_CODE    DURATION COMMAND \n");
    expect(linesOf(80, {})).toEqual(["21:40:09.000 42050   0               1.2ms which ls"]);
  });

  test("PARENT is shown from the width on at which COMMAND has 32 columns", () => {
    expect(header(at(97))).not.toContain("PARENT");
    expect(header(at(98))).toContain("PARENT");
    // a terminal of unknown width
    expect(header(at(0))).toContain("PARENT");
  });

  test("a table without COMMAND: PARENT is shown if the line fits", () => {
    const width = header(at(0, "-C=-command")).trimEnd().length;
    expect(header(at(width, "-C=-command"))).toContain("PARENT");
    expect(header(at(width - 1, "-C=-command"))).not.toContain("PARENT");
  });

  test("the killer follows COMMAND", () => {
    expect(linesOf(80, { ...killed, args: ["sleep", "60"] })).toEqual([
      "21:40:09.000 42050   SIGTERM         1.2ms sleep 60 ← killed by timeout[4242]",
    ]);
    expect(linesOf(200, { ...oom, args: ["python3", "-c", "x = 1"] }, "", inApp)).toEqual([
      "21:40:09.000 42050   bash[42049]            SIGKILL         1.2ms python3 -c 'x = 1' ← killed by the kernel (OOM in /app/worker)",
    ]);
  });

  test("a long command is cut at the edge, and for a killer that leaves it 16 columns", () => {
    const args = ["a".repeat(100)];
    expect(linesOf(80, { args })).toEqual([`21:40:09.000 42050   0               1.2ms ${"a".repeat(36)}…`]);
    const itself: Partial<Fields> = { status: killedBy(9), killer: { kind: "process", pid: 42_050 }, args };
    const [text, ...others] = linesOf(80, itself);
    expect(others).toEqual([]);
    expect(text).toEndWith(`${"a".repeat(16)}… ← killed by itself`);
    expect(Bun.stringWidth(text!)).toBe(80);
  });

  test("a killer that does not fit beside 16 columns has an indented line of its own", () => {
    expect(linesOf(81, { ...oom, args: ["python3", "-c", "x = bytearray(200 << 20)"] }, "", inApp)).toEqual([
      "21:40:09.000 42050   SIGKILL         1.2ms python3 -c 'x = bytearray(200 << 20)' ",
      "             ← killed by the kernel (OOM in /app/worker)",
    ]);
    const [first, second] = linesOf(60, { ...killed, args: ["a".repeat(100)] });
    expect(first).toBe(`21:40:09.000 42050   SIGTERM         1.2ms ${"a".repeat(15)}… `);
    expect(second).toBe("             ← killed by timeout[4242]");
  });

  test("a very narrow terminal: COMMAND keeps 16 columns and the killer is complete", () => {
    for (const width of [1, 20, 40]) {
      expect(linesOf(width, { ...killed, args: ["a".repeat(100)] })).toEqual([
        `21:40:09.000 42050   SIGTERM         1.2ms ${"a".repeat(15)}… `,
        width === 40 ? "             ← killed by timeout[4242]" : "    ← killed by timeout[4242]",
      ]);
    }
  });

  test("an exact fit before a killer's line: the space at its end does not begin another line", () => {
    const [first] = linesOf(80, { ...oom, args: ["a".repeat(100)] }, "", inApp);
    expect([Bun.stringWidth(first!), first!.at(-1)]).toEqual([80, " "]);
  });

  test("no line is wider than the terminal, whatever the width of the characters", () => {
    for (const args of [["漢".repeat(90)], ["ü".repeat(90)], ["e\u0301".repeat(90)], ["🦀".repeat(50), "x"], ["a b"]]) {
      for (let width = 60; width < 130; width += 3) {
        for (const fields of [{ args }, { ...killed, args }, { ...oom, args }]) {
          for (const text of linesOf(width, fields, "", inApp)) {
            expect(Bun.stringWidth(text.trimEnd())).toBeLessThanOrEqual(width);
          }
        }
      }
    }
  });

  test("COMMAND is the name if the arguments are unknown, none or empty", () => {
    for (const args of [null, [], [""], ["", ""]])
      expect(linesOf(80, { args, comm: "kworker/0:1" })[0]).toEndWith(" kworker/0:1");
    expect(linesOf(80, { args: ["nginx: worker", "", ""] })[0]).toEndWith(" 'nginx: worker'");
  });

  test("arguments beyond what a line can show are not read, and marked as cut", () => {
    const [text] = linesOf(80, { args: ["a".repeat(900), "b".repeat(5000)] });
    expect(text).toHaveLength(80);
    expect(linesOf(80, { args: ["\u200b".repeat(2000)] })[0]).toHaveLength(80);
    expect(linesOf(0, { args: ["a"], isCut: true })[0]).toEndWith(" a ...");
  });

  test("hostile names and arguments never reach the terminal raw", () => {
    let count = 0;
    for (const bytes of hostileSample()) {
      if (bytes.includes(0)) continue;
      const name = bytes.slice(0, 15);
      const killer = { kind: "process", comm: name } as const;
      const fields = { comm: name, parentComm: name, status: killedBy(9), killer };
      // one width for each text: what is escaped does not depend on where a line is cut
      const width = [0, 60, 120][count++ % 3]!;
      // without arguments, COMMAND is the name
      for (const args of [[bytes], null]) {
        for (const text of linesOf(width, { ...fields, args })) if (unsafe.test(text)) expect(text).toBe("safe text");
      }
    }
  });
});

describe("the table for people, options:", () => {
  test("a locale without UTF-8: ASCII for the arrow and the ellipsis", () => {
    const format = formatOnTerminal("", { width: () => 80, isUtf8: false, hasHeader: false });
    expect(line(format, { ...killed, args: ["sleep", "60"] })).toEndWith("sleep 60 <- killed by timeout[4242]");
    expect(line(format, { args: ["a".repeat(100)] })).toEndWith(` ${"a".repeat(34)}...`);
  });

  test("--threads: TID, and COMM is the thread's name instead of COMMAND", () => {
    expect(header(at(120, "-T"))).toBe(
      "TIME         PID     TID     PARENT                 EXIT_CODE    DURATION COMM \n",
    );
    expect(linesOf(120, { tid: 42_051, threadComm: "worker" }, "-T")[0]).toEndWith("1.2ms worker");
  });

  test("--time: local and utc have milliseconds, other forms are the table's", () => {
    expect(linesOf(120, { exitTime: 1_000_000_000n }, "--utc")[0]).toStartWith("00:00:01.000 42050");
    expect(linesOf(120, { exitTime: 1_500_000_000n }, "--time iso")[0]).toStartWith(
      "1970-01-01T00:00:01.500000000Z 42050",
    );
    expect(linesOf(120, {}, "--time none")[0]).toStartWith("42050   bash[42049]");
  });

  test("-C: a column is added before COMMAND, others are removed", () => {
    expect(header(at(120, "-C=+uid,-parent"))).toBe("TIME         PID     EXIT_CODE    DURATION USER     COMMAND \n");
    expect(linesOf(120, {}, "-C=-ppid,-comm")[0]).toBe("21:40:09.000 42050   0               1.2ms");
  });

  test("-C +exe: the column before COMMAND is cut to its width, not at the edge of the terminal", () => {
    const [text] = linesOf(160, { exe: `/usr/bin/${"a".repeat(60)}`, args: ["ls"] }, "-C +exe");
    expect(text).toEndWith(` 1.2ms /usr/bin/${"a".repeat(14)}… ls`);
  });

  test("a name of wide characters before COMMAND: COMMAND stays in its column", () => {
    const columnOfCommand = (parentComm: string) => {
      const [text] = linesOf(120, { parentComm, args: ["ls"] }, "-C=-exit_code,-duration");
      return Bun.stringWidth(text!.slice(0, text!.lastIndexOf(" ls")));
    };
    expect(columnOfCommand("漢字")).toBe(columnOfCommand("bash"));
  });

  test("a killer without COMMAND: follows the last column", () => {
    expect(linesOf(120, killed, "-C=-command")[0]).toEndWith(" SIGTERM         1.2ms ← killed by timeout[4242]");
  });

  test("--label: the first column", () => {
    expect(header(at(120, "--label web-1"))).toStartWith("LABEL TIME         PID");
    expect(linesOf(120, {}, "--label web-1")[0]).toStartWith("web-1 21:40:09.000 42050");
  });

  test("colour is for the status of failures, and every column stays in place", () => {
    for (const fields of [{}, { status: exited(1) }, killed, { ...oom, args: ["漢字"] }]) {
      const colored = formatOnTerminal("--color always", { width: () => 80, hasHeader: false });
      const plain = formatOnTerminal("", { width: () => 80, hasHeader: false });
      for (const format of [colored, plain]) format.begin!();
      const text = written((out) => colored.exit(out, fakeExit(fields, inApp)));
      expect(Bun.stripANSI(text)).toBe(written((out) => plain.exit(out, fakeExit(fields, inApp))));
      const painted = Array.from(text.matchAll(/\x1b\[3\dm([^\x1b]*)\x1b\[0m/g), ([, status]) => status);
      expect(painted).toEqual(fields.status === undefined ? [] : [expect.stringMatching(/^(1|SIGTERM|SIGKILL)$/)]);
    }
  });
});

describe("the table for people on a screen:", () => {
  const isHeader = (text: string) => text.startsWith("TIME");

  test("the header comes again after each screenful, also if killers take lines", () => {
    for (const fields of [{}, { ...oom, args: ["a".repeat(90)] }]) {
      const format = formatOnTerminal("", { width: () => 80, height: () => 24 });
      const out = new ByteWriter();
      format.header!(out);
      format.begin!();
      const exitTime = BigInt(Date.now()) * 1_000_000n;
      for (let i = 0; i < 100; i++) format.exit(out, fakeExit({ ...fields, exitTime }, inApp));
      const lines = textOf(out).split("\n").slice(0, -1);
      const headers = lines.flatMap((text, i) => (isHeader(text) ? [i] : []));
      expect(headers.length).toBeGreaterThan(3);
      // a header and the lines up to the next one leave a line for the cursor
      for (let i = 1; i < headers.length; i++) expect(headers[i]! - headers[i - 1]!).toBe(23);
    }
  });

  test("--no-header: no header at all", () => {
    const format = formatOnTerminal("--no-header", { width: () => 80, height: () => 24 });
    format.begin!();
    const text = written((out) => {
      for (let i = 0; i < 100; i++) format.exit(out, fakeExit());
    });
    expect(text).not.toContain("TIME");
  });

  test("a terminal that becomes too narrow for PARENT, or wide enough: another header", () => {
    let width = 120;
    const format = formatOnTerminal("", { width: () => width, height: () => 24 });
    const batch = (columns: number) => {
      width = columns;
      format.begin!();
      return written((out) => format.exit(out, fakeExit()));
    };
    header(format);
    expect(batch(120)).not.toContain("TIME");
    expect(batch(80)).toMatch(/^TIME +PID +EXIT_CODE/);
    expect(batch(79)).not.toContain("TIME");
    expect(batch(120)).toMatch(/^TIME +PID +PARENT/);
  });

  test("the date before the first exit of a day, not before the first exit of the trace", () => {
    const format = formatOnTerminal("", { width: () => 80, utcOffset: () => 3600 });
    const midnight = BigInt(Date.UTC(2026, 10, 29, 23)) * 1_000_000n;
    const exitAt = (ns: bigint) => written((out) => format.exit(out, fakeExit({ exitTime: midnight + ns })));
    expect(exitAt(-1n)).toStartWith("23:59:59.999");
    expect(exitAt(0n)).toStartWith("2026-11-30 \n00:00:00.000 ");
    // the records of another CPU arrive late
    expect(exitAt(-5n)).toStartWith("23:59:59.999");
    expect(exitAt(9n)).toStartWith("00:00:00.000");
    expect(exitAt(86_400_000_000_000n)).toStartWith("2026-12-01 \n");
    expect(exitAt(-86_400_000_000_000n)).toStartWith("2026-11-29 \n");
  });

  test("the date at midnight UTC with --utc, and none in forms of time that have one", () => {
    const exitsAround = (options: string) => {
      const format = formatOnTerminal(options, { width: () => 80 });
      return written((out) => {
        for (const exitTime of [86_399_000_000_000n, 86_400_000_000_000n]) format.exit(out, fakeExit({ exitTime }));
      });
    };
    expect(exitsAround("--utc")).toContain("\n1970-01-02 \n");
    for (const form of ["iso", "unix", "delta", "none"])
      expect(exitsAround(`--time ${form}`).split("\n")).toHaveLength(3);
  });
});
