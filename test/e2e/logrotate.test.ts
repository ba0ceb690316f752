/** The real logrotate(8), with the configurations of docs/privileges.md, while processes exit. */
import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { burst, startService } from "../support/reopening.ts";
import { parseClosingLine, runToEnd, temporaryFolder, type Tracer } from "../support/tracer.ts";

const ROTATIONS = 12;
const LOG = "/var/log/exitsnoop/exits.json";
const RELOAD = "systemctl try-reload-or-restart exitsnoop.service";

/** Returns the configuration in docs/privileges.md that has a directive. */
function documented(directive: string): string {
  const text = readFileSync(new URL("../../docs/privileges.md", import.meta.url), "utf8");
  const blocks = [...text.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, block]) => block!);
  return blocks.find((block) => block.startsWith(`${LOG} {`) && block.includes(directive))!;
}

/** A folder for a log, in which only root may write: logrotate refuses others. */
function logFolder() {
  const folder = temporaryFolder();
  chmodSync(folder.path, 0o755);
  mkdirSync(`${folder.path}/logs`, { mode: 0o755 });
  return { ...folder, log: `${folder.path}/logs/exits.json` };
}

/** Returns the exits of all files of a log, rotated, compressed or not. */
function exitsIn(logs: string): { pid: number; time: string }[] {
  return readdirSync(logs).flatMap((name) => {
    const bytes = readFileSync(`${logs}/${name}`);
    const content = name.endsWith(".gz") ? gunzipSync(bytes) : bytes;
    expect([name, content.includes(0)]).toEqual([name, false]);
    return content
      .toString()
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { pid: number; time: string });
  });
}

describe("logrotate", () => {
  test.each(["copytruncate", "postrotate"])(
    "%s: no NUL bytes, no exit lost, none twice",
    async (directive) => {
      using folder = logFolder();
      const { log, path } = folder;
      const tracer = await startService(["-j", "-o", log, "--ring-size", "16M", "--latency", "20ms"]);
      const configuration = documented(directive)
        .replace(LOG, log)
        .replace(RELOAD, `/bin/kill -HUP ${tracer.process.pid}`)
        .replace("rotate 8", "rotate 1000");
      writeFileSync(`${path}/logrotate.conf`, configuration, { mode: 0o644 });
      let [rotations, exits] = [0, 0];
      const exiting = (async () => {
        for (; rotations < ROTATIONS; exits += 51) await burst(50);
      })();
      for (; rotations < ROTATIONS; rotations++) {
        const command = ["logrotate", "--force", "--state", `${path}/state`, `${path}/logrotate.conf`];
        expect(await runToEnd(command)).toMatchObject({ status: 0, stderr: "" });
        await Bun.sleep(100);
      }
      await exiting;
      const { status, stderr } = await tracer.end();
      expect({ status, ...parseClosingLine(stderr) }).toEqual({ status: 0, seen: exits, lost: 0 });
      const events = exitsIn(`${path}/logs`);
      expect(new Set(events.map(({ pid, time }) => `${pid} ${time}`)).size).toBe(exits);
      expect(events.length).toBe(exits);
      expect(readdirSync(`${path}/logs`).length).toBeGreaterThan(ROTATIONS / 2);
    },
    120_000,
  );

  test("service that is restarted: the log keeps the exits of all runs", async () => {
    using folder = logFolder();
    let total = 0;
    for (let run = 0; run < 3; run++) {
      const tracer: Tracer = await startService(["-j", "-o", folder.log]);
      await burst(10);
      const { stderr } = await tracer.end("SIGTERM");
      total += parseClosingLine(stderr).seen;
    }
    expect(total).toBe(33);
    expect(exitsIn(`${folder.path}/logs`).length).toBe(total);
  });
});
