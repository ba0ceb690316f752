/** The systemd unit of the flight recorder, which the Debian package installs. */
import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { plan } from "../support/fake-host.ts";
import { temporaryFolder } from "../support/tracer.ts";

const NAME = "exitsnoop-recorder.service";
const unit = readFileSync(new URL(`../../scripts/release/debian/${NAME}`, import.meta.url), "utf8");
const settings = new Map(Array.from(unit.matchAll(/^(\w+)=(.*)$/gm), ([, key, value]) => [key!, value!]));

test("recorder unit: the command line keeps every column in the directory that systemd creates", () => {
  const [, options] = /^\/usr\/bin\/exitsnoop (.*)$/.exec(settings.get("ExecStart")!)!;
  const { outputs, format, columns, count, duration } = plan(options!);
  expect(outputs).toEqual([
    {
      directory: `/var/log/${settings.get("LogsDirectory")}`,
      suffix: ".jsonl",
      keep: { bytes: 200 * 1024 ** 2, ms: 7 * 86_400_000 },
    },
  ]);
  expect({ format, count, duration }).toMatchObject({ format: "json", count: Infinity, duration: Infinity });
  expect(columns.length).toBeGreaterThan(40);
});

test("recorder unit: nothing is set that stops the tracer", () => {
  for (const forbidden of ["MemoryDenyWriteExecute", "PrivateUsers", "ProcSubset", "SystemCallFilter"])
    expect(settings.has(forbidden)).toBeFalse();
  expect(settings.get("CapabilityBoundingSet")).toBe(settings.get("AmbientCapabilities"));
  // only the owner may write to the directory
  expect(settings.get("LogsDirectoryMode")).toBe("0700");
});

test.skipIf(!Bun.which("systemd-analyze"))("recorder unit: systemd accepts it, and rates its exposure below 3", () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/${NAME}`;
  // the program and its manual page are not installed here
  writeFileSync(file, unit.replace("/usr/bin/exitsnoop", "/bin/true").replace(/^Documentation=.*\n/m, ""));
  const verify = Bun.spawnSync(["systemd-analyze", "verify", file]);
  expect(verify.stderr.toString()).toBe("");
  const { stdout } = Bun.spawnSync(["systemd-analyze", "security", "--offline=true", "--no-pager", file]);
  const [, exposure] = /Overall exposure level for \S+: (\d+\.\d)/.exec(stdout.toString()) ?? [];
  // older versions of systemd only rate units that are loaded
  if (exposure !== undefined) expect(Number(exposure)).toBeLessThan(3);
});
