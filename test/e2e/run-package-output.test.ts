/** Output of `exitsnoop run` for packages of test/eunomia/programs, without ecc and ecli. */
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { differences } from "../support/eunomia/differences.ts";
import { pack } from "../support/packages.ts";
import { parseLines, runPackage } from "../support/run-package.ts";
import { binary, runToEnd, temporaryFolder } from "../support/tracer.ts";

/** The programs that clang of Debian 12 and test/support/packages.ts can build. */
const buildable = differences.filter(({ program, clang }) => !clang && program !== "usdt");

describe("package that ecli refuses or prints otherwise", () => {
  test.each(buildable)(
    "package $program: exitsnoop $exitsnoop",
    async ({ program, calls, options, edit, last, plain, json }) => {
      using folder = temporaryFolder();
      const path = await pack(folder.path, program, edit);
      for (const [form, expected] of [
        ["plain", plain],
        ["json", json],
      ] as const) {
        if (!expected) continue;
        const { stdout } = await runPackage(path, form, calls, last ? 2 * last : expected.length, options);
        const text = `${expected.join("\n")}\n`;
        // a sampled map is printed repeatedly
        expect(last ? stdout.slice(-text.length) : stdout).toBe(text);
      }
    },
  );
});

test("integers of every size and sign: printed exactly", async () => {
  using folder = temporaryFolder();
  const { stdout } = await runPackage(await pack(folder.path, "integers"), "plain", 66, 67);
  const [, ...rows] = stdout.trimEnd().split("\n");
  expect(rows.length).toBe(66);
  rows.forEach((row, number) => {
    // as programs/integers.bpf.c computes it; a shift uses the lowest six bits of its count
    const bits = number === 0 ? 1n << 63n : BigInt.asUintN(64, -1n) >> BigInt(number & 63);
    const flipped = BigInt.asUintN(64, ~bits);
    const expected = [
      BigInt.asIntN(8, bits >> 56n),
      flipped >> 56n,
      BigInt.asIntN(16, bits >> 48n),
      flipped >> 48n,
      BigInt.asIntN(32, bits >> 32n),
      flipped >> 32n,
      BigInt.asIntN(64, bits),
      flipped,
      BigInt.asIntN(64, -BigInt.asIntN(64, bits)),
      bits,
      (BigInt.asIntN(64, bits) << 64n) | BigInt(number),
      (flipped << 64n) | bits,
    ];
    expect([number, row.split(/ +/).slice(1)]).toEqual([number, expected.map(String)]);
  });
});

test("package that calls kernel functions (kfuncs): runs, and --inspect lists the functions", async () => {
  using folder = temporaryFolder();
  const path = await pack(folder.path, "kernel-functions");
  const { stdout } = await runPackage(path, "json", 2, 2);
  expect(parseLines(stdout)).toEqual([0, 1].map((number) => ({ is_missing: 1, is_there: 1, number, sum: 20 })));
  const inspected = (await runToEnd([binary, "run", "--inspect", path])).stdout;
  expect(inspected).toMatch(
    /^Functions of the kernel that its programs call directly:\n(?: {2}(?:bpf_iter_num_(?:new|next|destroy)|no_such_function)\n){4}\n/m,
  );
  expect(inspected).toContain("Variables of the kernel that its programs use:\n  do_exit\n  no_such_variable\n");
});

test("defaults beyond 2^53: exact in events and in the help", async () => {
  using folder = temporaryFolder();
  const path = await pack(folder.path, "wide-tunables");
  const { stdout } = await runPackage(path, "json", 1, 1);
  expect(stdout).toBe(
    '{"least":-9223372036854775808,"most":18446744073709551615,"negative":-9007199254740993,"odd":9007199254740993,' +
      '"plain":9223372036854775809}\n',
  );
  const help = (await runToEnd([binary, "run", path, "--", "--help"])).stdout.replace(/\s+/g, " ");
  for (const digits of ["18446744073709551615", "9007199254740993", "-9223372036854775808", "9223372036854775809"]) {
    expect(help).toContain(`(default: ${digits})`);
  }
});

test.each([
  ["most", 2n ** 64n],
  ["least", -(2n ** 63n) - 1n],
])("default of %s that does not fit its type: refused with all its digits", async (name, value) => {
  using folder = temporaryFolder();
  const path = await pack(folder.path, "wide-tunables");
  const text = readFileSync(path, "utf8");
  const old = name === "most" ? "18446744073709551615" : "-9223372036854775808";
  writeFileSync(path, text.replace(`"default":${old}`, `"default":${value}`));
  const { status, stderr } = await runToEnd([binary, "run", path]);
  expect({ status, stderr }).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(`--${name} ${value}: expected`),
  });
});
