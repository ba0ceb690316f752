/** Random command lines: exitsnoop accepts them, or refuses them with a message. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { UsageError } from "../../../src/errors.ts";
import { type Option, options } from "../../../src/cli/options/index.ts";
import { parse, parseCommandLine } from "../../../src/cli/parse.ts";
import { subcommands } from "../../../src/cli/subcommands.ts";
import { duration, ringSize } from "../../../src/cli/values/common.ts";
import { planTrace } from "../../../src/cli/plan.ts";
import * as v from "valibot";
import { fakeHost } from "../../support/fake-host.ts";
import { always, character, onlyThrows } from "../../support/property.ts";

const known = Object.entries(options as Record<string, Option>).flatMap(([name, { short }]) => [
  `--${name}`,
  `--${name}=`,
  ...(short ? [`-${short}`] : []),
]);
const word = fc.oneof(
  fc.constantFrom(...known),
  fc.constantFrom(
    "1",
    "1,2",
    "json",
    "root",
    "KILL",
    "10s",
    "4M",
    "-",
    "--",
    "sh",
    "*",
    "/",
    "help",
    "always",
    "nobody",
  ),
  fc.tuple(fc.constantFrom(...known), fc.string({ maxLength: 8 })).map((parts) => parts.join("")),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: character, maxLength: 300 }),
);
const line = fc.array(word, { maxLength: 8 });

/** Allows a UsageError only, with a message of one printable line. */
function acceptsOrRefuses(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(error.message).not.toBe("");
    expect(error.message.length).toBeLessThan(2000);
  }
}

describe("random command lines", () => {
  test("exitsnoop: returns a plan or throws a UsageError", () => {
    always(line, (words) => acceptsOrRefuses(() => planTrace(parse(words), fakeHost())), 1000);
  });

  test("run and package: parse the line or throw a UsageError", () => {
    always(line, (words) => {
      acceptsOrRefuses(() => parseCommandLine(subcommands.run, words));
      acceptsOrRefuses(() => parseCommandLine(subcommands.package, words));
    });
  });

  test("exitsnoop -- COMMAND: leaves the words of the command unchanged", () => {
    always(fc.array(fc.string({ unit: character }), { minLength: 1, maxLength: 6 }), (words) => {
      onlyThrows(UsageError, () => expect(parse(["-x", "--", ...words]).command).toEqual(words));
    });
  });
});

describe("random numbers with units", () => {
  test("duration: accepts 1 ms to 365 days in any unit, exactly", () => {
    const ms = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
    always(fc.tuple(fc.nat(400), fc.constantFrom(...(Object.keys(ms) as (keyof typeof ms)[]))), ([count, unit]) => {
      const result = v.safeParse(duration, `${count}${unit}`);
      const expected = count * ms[unit];
      expect(result.success).toBe(expected >= 1 && expected <= 365 * ms.d);
      if (result.success) expect(result.output).toBe(expected);
    });
  });

  test("duration and ringSize: accept no text with a value out of range", () => {
    always(
      fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."0123456789.smhdKMGe+-x".split("")), maxLength: 30 })),
      (text) => {
        for (const [schema, max] of [
          [duration, 365 * 86_400_000],
          [ringSize, 1024 ** 3],
        ] as const) {
          const result = v.safeParse(schema, text);
          if (!result.success) continue;
          expect(result.output).toBeGreaterThanOrEqual(1);
          expect(result.output).toBeLessThanOrEqual(max);
        }
      },
    );
  });
});
