import { describe, expect, test } from "bun:test";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { planAgent } from "../../src/cli/plan-agent.ts";
import { subcommands } from "../../src/cli/subcommands.ts";
import { UsageError } from "../../src/errors.ts";
import { fakeHost } from "../support/fake-host.ts";

const TO_PROMETHEUS = ["--prometheus", "127.0.0.1:9464"];

function plan(...args: string[]) {
  const { parsed } = parseCommandLine(subcommands.agent, args);
  return planAgent(parsed, args, subcommands.agent, fakeHost());
}

describe("exitsnoop agent", () => {
  test("each option goes to the process that has it", () => {
    const { tracerArgs, exporterArgs } = plan("-x", ...TO_PROMETHEUS, "-n", "a,b", "--as=daemon", "-n!c", "--oom");
    expect(tracerArgs).toEqual(["--json", "--wide", "--failed", "--name=a,b", "--name=!c", "--oom"]);
    expect(exporterArgs).toEqual(["export", "--confirm", "--prometheus=127.0.0.1:9464", "--as=daemon"]);
  });

  test("-v goes to both; -q not to the tracer, whose message reports that it is attached", () => {
    expect(plan("-v", ...TO_PROMETHEUS)).toMatchObject({
      tracerArgs: ["--json", "--wide", "--verbose"],
      exporterArgs: ["export", "--confirm", "--verbose", "--prometheus=127.0.0.1:9464"],
    });
    expect(plan("-q", ...TO_PROMETHEUS).tracerArgs).toEqual(["--json", "--wide"]);
  });

  test("--args is the exporter's option, not the tracer's filter of that name", () => {
    const { tracerArgs, exporterArgs } = plan("--otlp", "http://127.0.0.1:4318", "--args", "-n", "a");
    expect(tracerArgs).toEqual(["--json", "--wide", "--name=a"]);
    expect(exporterArgs.slice(2)).toEqual(["--otlp=http://127.0.0.1:4318", "--args"]);
  });

  test("--redact is the tracer's option: neither the agent nor the exporter gets what it replaces", () => {
    const redact = ["--redact=--token=(.*)", "--redact=secret"];
    const { tracerArgs, exporterArgs } = plan("--otlp", "http://127.0.0.1:4318", "--args", ...redact);
    expect(tracerArgs).toEqual(["--json", "--wide", ...redact]);
    expect(exporterArgs.slice(2)).toEqual(["--otlp=http://127.0.0.1:4318", "--args"]);
  });

  test("the state file has a default, without which the agent starts all the same", () => {
    expect(plan(...TO_PROMETHEUS)).toMatchObject({
      stateFile: "/var/lib/exitsnoop/agent.state",
      isStateRequired: false,
      latency: 250,
    });
    expect(plan(...TO_PROMETHEUS, "--state", "/run/a", "--latency", "1s")).toMatchObject({
      stateFile: "/run/a",
      isStateRequired: true,
      latency: 1000,
    });
  });

  test.each([
    [[], "exitsnoop agent needs a destination"],
    [[...TO_PROMETHEUS, "--min-duration", "2s", "--max-duration", "1s"], "--min-duration"],
    [["--otlp", "http://127.0.0.1:4318", "--redact", "a"], "--redact has no effect without --args"],
    [[...TO_PROMETHEUS, "-u", "!root,root"], "--user: !0 leaves nothing to select"],
  ] as [string[], string][])("%p is refused before anything starts", (args, message) => {
    expect(() => plan(...args)).toThrow(UsageError);
    expect(() => plan(...args)).toThrow(message);
  });

  test.each(["--pid=1", "--tree=1", "--count=1", "--for=1s", "--output=x", "--from-end", "-C=pid"])(
    "%s is no option of the agent",
    (option) => {
      expect(() => plan(...TO_PROMETHEUS, option)).toThrow(UsageError);
    },
  );
});
