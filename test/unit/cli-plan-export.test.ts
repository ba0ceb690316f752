import { describe, expect, test } from "bun:test";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { planExport } from "../../src/cli/plan-export.ts";
import { subcommands } from "../../src/cli/subcommands.ts";
import { UsageError } from "../../src/errors.ts";

function planOf(line: string) {
  const { parsed, operand } = parseCommandLine(subcommands.export, line.split(" ").filter(Boolean));
  return planExport(parsed, operand);
}

describe("planExport():", () => {
  test.each([
    ["127.0.0.1:9464", { host: "127.0.0.1", port: 9464 }],
    [":9464", { host: "::", port: 9464 }],
    ["[::1]:1", { host: "::1", port: 1 }],
    ["[fe80::1:2]:1", { host: "fe80::1:2", port: 1 }],
    ["[::ffff:10.0.0.1]:1", { host: "::ffff:10.0.0.1", port: 1 }],
    ["0.0.0.0:1", { host: "0.0.0.0", port: 1 }],
    ["localhost:65535", { host: "127.0.0.1", port: 65535 }],
  ])("--prometheus %s: is an address", (text, prometheus) => {
    expect(planOf(`--prometheus ${text}`)).toMatchObject({ prometheus, file: undefined, startsAtEnd: false });
  });

  test.each([
    "9464",
    "127.0.0.1",
    "::1:9464",
    "host:9464",
    "127.0.0.1:0",
    ":65536",
    "1.2.3:1",
    "1.2.3.256:1",
    "01.2.3.4:1",
    "[::1::]:1",
    "[g::]:1",
    "[1.2.3.4]x:1",
    "[::1]",
    "127.0.0.1:9464/metrics",
  ])("--prometheus %s: is refused, with an example", (text) => {
    expect(() => planOf(`--prometheus ${text}`)).toThrow(UsageError);
  });

  test("without a destination: is refused, with an example", () => {
    expect(() => planOf("exits.jsonl")).toThrow("exitsnoop export needs a destination");
  });

  test("--from-end without a FILE: is refused", () => {
    expect(() => planOf("--from-end --prometheus :9464")).toThrow("--from-end is for a FILE");
    expect(planOf("--from-end --prometheus :9464 --as 1000 FILE")).toMatchObject({ startsAtEnd: true, user: "1000" });
  });
});
