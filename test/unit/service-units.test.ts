/** The systemd units that the packages install: the flight recorder and the agent. */
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { planAgent } from "../../src/cli/plan-agent.ts";
import { subcommands } from "../../src/cli/subcommands.ts";
import { fakeHost, plan } from "../support/fake-host.ts";
import { temporaryFolder } from "../support/tracer.ts";

const read = (path: string) => readFileSync(new URL(`../../scripts/release/${path}`, import.meta.url), "utf8");

function readUnit(name: string) {
  const text = read(`systemd/${name}`);
  const settings = new Map(Array.from(text.matchAll(/^(\w+)=(.*)$/gm), ([, key, value]) => [key!, value!]));
  const [, options] = /^\/usr\/bin\/exitsnoop (.*)$/.exec(settings.get("ExecStart")!)!;
  return { text, settings, options: options! };
}

const recorder = readUnit("exitsnoop-recorder.service");
const agent = readUnit("exitsnoop-agent.service");

test("recorder unit: the command line keeps every column in the directory that systemd creates", () => {
  const { outputs, format, columns, count, duration } = plan(recorder.options);
  expect(outputs).toEqual([
    {
      directory: `/var/log/${recorder.settings.get("LogsDirectory")}`,
      suffix: ".jsonl",
      keep: { bytes: 200 * 1024 ** 2, ms: 7 * 86_400_000 },
    },
  ]);
  expect({ format, count, duration }).toMatchObject({ format: "json", count: Infinity, duration: Infinity });
  expect(columns.length).toBeGreaterThan(40);
  // only the owner may write to the directory
  expect(recorder.settings.get("LogsDirectoryMode")).toBe("0700");
});

describe("agent unit", () => {
  const fromEnvironment = /^Environment="EXITSNOOP_AGENT_OPTIONS=(.*)"$/m;

  test("the command line exports with the options of the environment, and has its state where systemd creates it", () => {
    const [, options] = fromEnvironment.exec(agent.text)!;
    const words = agent.options.replace("$EXITSNOOP_AGENT_OPTIONS", options!).split(" ");
    expect(words.shift()).toBe("agent");
    const { parsed } = parseCommandLine(subcommands.agent, words);
    const { stateFile, isStateRequired, exporterArgs } = planAgent(parsed, words, subcommands.agent, fakeHost());
    expect(stateFile).toBe(`/var/lib/${agent.settings.get("StateDirectory")}/state`);
    expect(isStateRequired).toBeTrue();
    expect(exporterArgs).toEqual(["export", "--confirm", "--prometheus=127.0.0.1:9464"]);
  });

  test("the file with options that the packages install has the unit's default, as a comment", () => {
    const [, options] = fromEnvironment.exec(agent.text)!;
    const file = agent.settings.get("EnvironmentFile")!.replace(/^-\/etc\/default\//, "");
    expect(read(`default/${file}`)).toContain(`\n#EXITSNOOP_AGENT_OPTIONS="${options}"\n`);
  });

  test("an agent that hangs is ended by a signal that the runtime does not take for a bug of its own", () => {
    expect(agent.settings.get("WatchdogSec")).toBe("60s");
    expect(agent.settings.get("WatchdogSignal")).toBe("SIGKILL");
  });

  test("the agent ends its children in order: systemd signals it alone, and waits long enough", () => {
    expect(agent.settings.get("KillMode")).toBe("mixed");
    // src/agent/agent.ts waits up to 5 + 2 s for the tracer and 15 + 2 s for the exporter
    expect(Number.parseInt(agent.settings.get("TimeoutStopSec")!, 10)).toBeGreaterThan(24);
  });
});

describe.each([
  ["exitsnoop-recorder.service", recorder, 1.9],
  ["exitsnoop-agent.service", agent, 3.5],
] as const)("%s", (name, { text, settings }, maxExposure) => {
  test("the unit sets nothing that stops the tracer", () => {
    for (const forbidden of ["MemoryDenyWriteExecute", "PrivateUsers", "ProcSubset", "ProtectProc"])
      expect(settings.has(forbidden)).toBeFalse();
    expect(settings.get("CapabilityBoundingSet")).toBe(settings.get("AmbientCapabilities"));
    // a call that systemd's filter refuses must not kill
    expect(settings.get("SystemCallErrorNumber")).toBe("EPERM");
  });

  test.skipIf(!Bun.which("systemd-analyze"))(
    `systemd accepts it, and rates its exposure ${maxExposure} at most`,
    () => {
      using folder = temporaryFolder();
      const file = `${folder.path}/${name}`;
      // the program and its manual page are not installed here
      writeFileSync(file, text.replace("/usr/bin/exitsnoop", "/bin/true").replace(/^Documentation=.*\n/m, ""));
      const verify = Bun.spawnSync(["systemd-analyze", "verify", file]);
      expect(verify.stderr.toString()).toBe("");
      const { stdout } = Bun.spawnSync(["systemd-analyze", "security", "--offline=true", "--no-pager", file]);
      const [, exposure] = /Overall exposure level for \S+: (\d+\.\d)/.exec(stdout.toString()) ?? [];
      // older versions of systemd only rate units that are loaded
      if (exposure !== undefined) expect(Number(exposure)).toBeLessThanOrEqual(maxExposure);
    },
  );
});
