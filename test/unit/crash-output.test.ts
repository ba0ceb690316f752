/** The column `crash` in all formats. */
import { describe, expect, test } from "bun:test";
import { jsonSchema } from "../../src/cli/schema.ts";
import type { CrashSite } from "../../src/exit/crash-site.ts";
import { writeFrames } from "../../src/output/crash-block.ts";
import { crashSites, fakeCrash, fakeFrame } from "../support/fake-crash.ts";
import { fakeExit, killedBy, line, written } from "../support/fake-exit.ts";
import { formatOf, formatOnTerminal } from "../support/fake-host.ts";
import { contextOf } from "../support/fake-records.ts";
import { hostileSample, unsafe } from "../support/hostile-text.ts";
import { lineValidator } from "../support/json-schema.ts";

const killed = { status: killedBy(11), killer: { kind: "kernel", reason: "fault", code: 1 } } as const;
const contextWith = (site: CrashSite | null) => ({ ...contextOf(), crashes: crashSites(site) });
const exitWith = (site: CrashSite | null) => fakeExit(killed, contextWith(site));
const onTerminal = (site: CrashSite | null, options = "", width = 0) => {
  const format = formatOnTerminal(options, { width: () => width, hasHeader: false });
  format.begin!();
  return written((out) => format.exit(out, exitWith(site)));
};

const HOSTILE = new Uint8Array([0x1b, 0xff, 0x22, 0x0a]);
const first = { signal: 11, code: 2, address: 1n << 63n, access: "write", isStackOverflow: true, frame: 1 } as const;
const sites: [string, CrashSite | null][] = [
  ["no crash", null],
  ["a fault", fakeCrash()],
  ["a first fault", fakeCrash({ signal: 6, code: -6, address: null, access: null, first })],
  ["no frames but the first", fakeCrash({ frames: [fakeFrame(null)], missing: "ring_full" })],
  ["unknown values", fakeCrash({ code: 77, address: null, access: null, frames: [fakeFrame(null, { file: null })] })],
  [
    "a frame outside of all files",
    fakeCrash({ frames: [fakeFrame(null, { offset: null, address: null, buildId: null })] }),
  ],
  [
    "hostile texts",
    fakeCrash({ thread: HOSTILE, message: HOSTILE, frames: [fakeFrame(null, { module: HOSTILE, function: HOSTILE })] }),
  ],
];
const violations = lineValidator(jsonSchema());

test.each(sites)("%s in JSON matches the schema", (_, site) => {
  expect(violations(line(formatOf("-j -w"), exitWith(site)))).toEqual([]);
});

test("a crash in JSON: 64-bit numbers are hexadecimal strings", () => {
  const { crash } = JSON.parse(line(formatOf("-j -C crash"), exitWith(fakeCrash({ address: 2n ** 64n - 1n }))));
  expect(crash).toMatchObject({
    code: "SEGV_MAPERR",
    si_code: 1,
    address: "0xffffffffffffffff",
    access: "write",
    frames_truncated: false,
    frames_missing: null,
  });
  expect(crash.frames[0]).toEqual({
    ip: "0x555500001617",
    module: "/usr/bin/app",
    offset: "0x1617",
    address: "0x2617",
    build_id: `8d54aa${"0".repeat(34)}`,
    deleted: false,
    function: "write_null",
    function_offset: 7,
    how: "ip",
    file: "ok",
  });
});

test("a crash in CSV: JSON in one field", () => {
  const field = line(formatOf("-f csv -C crash"), exitWith(fakeCrash()));
  const { crash } = JSON.parse(line(formatOf("-j -C crash"), exitWith(fakeCrash())));
  expect(JSON.parse(field.trim().slice(1, -1).replaceAll('""', '"'))).toEqual(crash);
});

describe("a crash in the table for people:", () => {
  test("the phrase follows the killer", () => {
    expect(onTerminal(fakeCrash())).toContain(
      "← killed by the kernel (fault): write to 0x0 in write_null+0x7 (app+0x1617)\n",
    );
    expect(onTerminal(null)).toContain("← killed by the kernel (fault)\n");
  });

  test("an unknown killer: the phrase alone", () => {
    const format = formatOnTerminal("", { width: () => 0, hasHeader: false });
    format.begin!();
    const text = written((out) => format.exit(out, fakeExit({ status: killedBy(11) }, contextWith(fakeCrash()))));
    expect(text).toContain("← crashed: write to 0x0 in write_null+0x7 (app+0x1617)\n");
  });

  test("the column crash and the phrase: shown once", () => {
    expect(onTerminal(fakeCrash(), "-C +crash").match(/write_null/g)).toHaveLength(1);
  });

  test("--no-crash: the killer alone", () => {
    expect(onTerminal(fakeCrash(), "--no-crash")).toContain("← killed by the kernel (fault)\n");
  });

  test("a narrow terminal: the phrase is cut, and no line is wider", () => {
    for (const width of [60, 80, 100]) {
      for (const each of onTerminal(fakeCrash(), "", width).split("\n")) {
        expect(Bun.stringWidth(each)).toBeLessThanOrEqual(width);
      }
    }
  });
});

describe("a crash in a block:", () => {
  test("the phrase, and a line for each frame", () => {
    expect(onTerminal(fakeCrash(), "-w")).toEndWith(
      " \n    crashed: write to 0x0 in write_null+0x7 (app+0x1617) \n" +
        "    #0  write_null+0x7 (app+0x1617) \n    #1  main+0x7 (app+0x1700)\n",
    );
  });

  test("a guess: a question mark there, and at all frames after it", () => {
    const frames = [fakeFrame("a"), fakeFrame("b", { how: "scan" }), fakeFrame("c")];
    const text = onTerminal(fakeCrash({ frames }), "-w");
    expect([..."abc"].map((name) => text.includes(` ${name}+0x7 (app+0x1617)?`))).toEqual([false, true, true]);
  });

  test("frames that end too early: the reason", () => {
    expect(onTerminal(fakeCrash({ missing: "too_complex" }), "-w")).toEndWith(
      "main+0x7 (app+0x1700) \n    callers are missing: unwinding took too many steps\n",
    );
  });

  test("names of callers in a file that cannot be read: the address of the call, not of the next instruction", () => {
    const frames = [fakeFrame(null, { how: "ip", file: "gone" }), fakeFrame(null, { address: 0x2700n, file: "gone" })];
    expect(onTerminal(fakeCrash({ frames }), "-w")).toEndWith(" 0x2617 0x26ff\n");
  });

  test("a recursion is one line", () => {
    const frames = Array.from({ length: 64 }, () => fakeFrame("overflow"));
    expect(onTerminal(fakeCrash({ frames, isCut: true }), "-w")).toEndWith(
      "    #0  overflow+0x7 (app+0x1617), 64 times \n    more frames follow\n",
    );
  });

  test("a file that cannot be read: the state, and the command that finds the names", () => {
    const frames = [fakeFrame(null, { how: "ip", file: "unreadable" })];
    expect(onTerminal(fakeCrash({ frames, missing: "no_unwind_info" }), "-w")).toEndWith(
      "    #0  app+0x1617 (file unreadable) \n    no callers: the file cannot be read, or has no unwind tables \n" +
        `    names of app: eu-addr2line -f -e "$(debuginfod-find executable 8d54aa${"0".repeat(34)})" 0x2617\n`,
    );
  });

  test("hostile names of modules and functions: nothing unsafe is written", () => {
    const raw: string[] = [];
    const usual = fakeCrash();
    const frame = fakeFrame(null, { file: "gone" });
    for (const bytes of hostileSample()) {
      const site = { ...usual, frames: [{ ...frame, module: bytes, function: bytes }] };
      const text = written((out) => writeFrames(out, site, () => {}));
      if (unsafe.test(text)) raw.push(`${bytes.toHex()} gives ${text}`);
    }
    expect(raw).toEqual([]);
  });
});
