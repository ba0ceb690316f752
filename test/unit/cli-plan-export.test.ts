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

  test.each([
    ["http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/logs"],
    ["https://collector.example/", "https://collector.example/v1/logs"],
    ["http://h:9428/insert/opentelemetry/v1/logs", "http://h:9428/insert/opentelemetry/v1/logs"],
    ["http://h/?tenant=1#x", "http://h/?tenant=1"],
  ])("--otlp %s: requests go to %s", (text, url) => {
    expect(planOf(`--otlp ${text}`)).toMatchObject({
      otlp: { url, protocol: "pb", isCompressed: true, resource: [] },
      spool: undefined,
      hasArguments: false,
      redact: [],
    });
  });

  test.each([
    ["--otlp 127.0.0.1:4318", "not a URL"],
    ["--otlp ftp://h", "not a URL"],
    ["--otlp http://u:p@h", "--otlp-headers"],
    ["--otlp http://h --otlp-protocol grpc", "choose protobuf or json"],
    ["--otlp http://h --resource =x", "not an attribute"],
    ["--otlp http://h --resource Host", "not an attribute"],
    ["--otlp http://h --redact x", "--redact has no effect without --args"],
    ["--otlp http://h --spool-size 1G", "--spool-size has no effect without --spool"],
    ["--otlp http://h --spool /s --spool-size 1K", "the smallest is 1M"],
    ["--prometheus :9464 --otlp-ca f", "--otlp-ca has no effect without --otlp"],
  ])("%s: is refused with %p", (line, message) => {
    expect(() => planOf(line)).toThrow(UsageError);
    expect(() => planOf(line)).toThrow(message);
  });

  test("options of OTLP and of the spool: are in the plan", () => {
    const line =
      "--otlp http://h --otlp-protocol json --otlp-compression none --otlp-headers f --spool /s --spool-size 1G";
    expect(planOf(`${line} --args --redact a --redact b --resource a.b=c=d --resource e=f`)).toMatchObject({
      otlp: {
        protocol: "json",
        isCompressed: false,
        headersFile: "f",
        resource: [
          { key: "a.b", value: "c=d" },
          { key: "e", value: "f" },
        ],
      },
      spool: { directory: "/s", maxBytes: 1024 ** 3 },
      hasArguments: true,
      redact: ["a", "b"],
    });
  });
});
