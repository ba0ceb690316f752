/** README.md: its screen is what the binary shows now, apart from times and pids. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { play } from "../../scripts/docs/scene.ts";
import { failures } from "../../scripts/docs/scenes.ts";
import { DEFAULT_COLUMNS, programs } from "../../scripts/docs/screens.ts";
import { memory } from "../support/cgroups.ts";
import { binary } from "../support/tracer.ts";

const canPlay = memory !== undefined && Bun.which("tmux") !== null && Bun.which("perl") !== null;
if (!canPlay) console.warn("SKIPPED: the screen of README.md: it needs tmux, perl and a memory cgroup");

/**
 * Replaces what differs from run to run, and removes what depends on kernel.core_pattern. Where
 * lines wrap depends on the length of pids.
 */
function normalized(screen: string): string {
  return screen
    .replace(/^\d\d:\d\d:\d\d\.\d{3} \d+/gm, "TIME PID")
    .replace(/\[\d+\]/g, "[PID]")
    .replace(/\d+(\.\d+)?(us|ms|s)\b/g, "DURATION")
    .replaceAll("+core", "")
    .replace(/in \d+(\.\d+)? s/, "in SECONDS")
    .replace(/\s+/g, " ")
    .trim();
}

test.skipIf(!canPlay)(
  "README.md: the screen has what exitsnoop shows; npm run docs -- --screens updates it",
  async () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const [, shown] = /<!-- generated: screen failures -->\n\n```\n([^]*?)\n```/.exec(readme)!;
    const { text } = await play({ ...failures, programs }, DEFAULT_COLUMNS, binary);
    expect(normalized(text)).toBe(normalized(shown!));
  },
);
