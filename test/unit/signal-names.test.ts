import { describe, expect, test } from "bun:test";
import { constants } from "node:os";
import { signalName, signalNumber } from "../../src/record/signal-names.ts";

const SIGRTMIN = 34;
const SIGRTMAX = 64;
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

test("signalName: signals 1 to 31 have the platform's names", () => {
  const numbers: Record<string, number | undefined> = constants.signals;
  for (const signal of range(1, 31)) expect([signal, numbers[signalName(signal)]]).toEqual([signal, signal]);
});

/** Converts the shell's RTMAX-N, for the upper half of the realtime signals, to RTMIN+N. */
const toRtmin = (name: string) =>
  name.replace(/^RTMAX(?:-(\d+))?$/, (_, below = "0") => `RTMIN+${SIGRTMAX - SIGRTMIN - Number(below)}`);

test("signalName: of two names for a signal, returns the one that kill -l prints", () => {
  const all = [...range(1, 31), ...range(SIGRTMIN, SIGRTMAX)];
  const { stdout } = Bun.spawnSync(["sh", "-c", `for n in ${all.join(" ")}; do kill -l $n; done`]);
  const names = stdout.toString().trim().split("\n");
  expect(names).toHaveLength(all.length);
  for (const [i, signal] of all.entries()) {
    // dash has no name for 16, SIGSTKFLT
    if (names[i] === String(signal)) continue;
    expect(signalName(signal)).toBe(`SIG${toRtmin(names[i]!.replace(/^SIG/, ""))}`);
  }
});

test("signalName: realtime signals count up from SIGRTMIN, as in systemd", () => {
  expect(signalName(34)).toBe("SIGRTMIN");
  expect(signalName(35)).toBe("SIGRTMIN+1");
  expect(signalName(40)).toBe("SIGRTMIN+6");
  expect(signalName(64)).toBe("SIGRTMIN+30");
});

test("signalName: a signal without a name is SIG and its number", () => {
  expect([32, 33, 65, 127].map(signalName)).toEqual(["SIG32", "SIG33", "SIG65", "SIG127"]);
});

describe("signalNumber: returns the number", () => {
  test("for the name of each signal, in upper and lower case, with and without SIG", () => {
    for (const signal of [...range(1, 31), ...range(SIGRTMIN, SIGRTMAX)]) {
      const name = signalName(signal);
      for (const text of [name, name.toLowerCase(), name.replace("SIG", ""), name.replace("SIG", "sig")]) {
        expect([text, signalNumber(text)]).toEqual([text, signal]);
      }
    }
  });

  test("for each name of the platform", () => {
    for (const [name, number] of Object.entries(constants.signals)) {
      // signals of libuv that Linux does not have
      if (name === "SIGBREAK" || name === "SIGLOST") continue;
      expect([name, signalNumber(name)]).toEqual([name, number]);
    }
  });

  test("for each name that kill -l of bash prints", () => {
    const { stdout } = Bun.spawnSync(["bash", "-c", "kill -l"]);
    const listed = [...stdout.toString().matchAll(/(\d+)\) (\S+)/g)];
    expect(listed.length).toBeGreaterThan(60);
    for (const [, number, name] of listed) expect([name, signalNumber(name!)]).toEqual([name, Number(number)]);
  });

  test("for a number as text", () => {
    for (const signal of range(1, 64)) expect(signalNumber(String(signal))).toBe(signal);
  });

  test("for RTMIN+N and RTMAX-N up to 30, and undefined past the other end", () => {
    for (let offset = 0; offset <= 30; offset++) {
      expect(signalNumber(`RTMIN+${offset}`)).toBe(SIGRTMIN + offset);
      expect(signalNumber(`SIGRTMAX-${offset}`)).toBe(SIGRTMAX - offset);
    }
    for (const text of ["RTMIN+31", "RTMIN-1", "RTMAX+1", "RTMAX-31"]) expect(signalNumber(text)).toBeUndefined();
  });
});

test.each([
  "",
  "SIG",
  "0",
  "65",
  "-9",
  "9.0",
  "1e1",
  " 9",
  "KILL ",
  "KILLED",
  "SIGSIGKILL",
  "RTMIN+",
  "RTMIN+6x",
  "constructor",
])("signalNumber(%p): undefined", (text) => {
  expect(signalNumber(text)).toBeUndefined();
});
