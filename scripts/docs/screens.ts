/** The parts of documents that show a screen, and the README's picture. */
import { readdirSync, readFileSync } from "node:fs";
import { log, root } from "../build/run.ts";
import type { Generator } from "./blocks.ts";
import { play, type Screen } from "./scene.ts";
import { failures, scenes } from "./scenes.ts";
import { drawSvg } from "./svg.ts";

const PICTURE = "docs/exitsnoop.svg";
const PROGRAMS = `${root}scripts/docs/programs/`;
export const DEFAULT_COLUMNS = 100;

export const programs: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(PROGRAMS).map((name) => [name, readFileSync(PROGRAMS + name, "utf8")]),
);

interface Options {
  /** The binary for the screens of today, and an older one for those of before; none: kept. */
  after: string | undefined;
  before: string | undefined;
  isWanted(name: string): boolean;
}

const screens = new Map<string, Promise<Screen>>();

/** Plays a scene, once for all documents. @throws Error if there is no such scene */
function screen(name: string, columns: number, binary: string): Promise<Screen> {
  const key = `${name} ${columns} ${binary}`;
  const known = screens.get(key);
  if (known) return known;
  const scene = scenes.find((one) => one.name === name);
  if (!scene) throw new Error(`there is no scene ${name}`);
  log(`screen ${name}, ${columns} columns`);
  const playing = play({ ...scene, programs: { ...programs, ...scene.programs } }, columns, binary);
  screens.set(key, playing);
  return playing;
}

/** Returns the generators of `screen NAME [COLUMNS]` and `before NAME COLUMNS`. */
export function screenParts({ after, before, isWanted }: Options): Record<string, Generator> {
  const generator =
    (binary: string | undefined): Generator =>
    async ([name, columns]) => {
      if (!binary || !isWanted(name!)) return null;
      const width = Number(columns ?? DEFAULT_COLUMNS);
      const played = await screen(name!, width, binary).catch((error: Error) => {
        log(`FAIL ${error.message}`);
        process.exitCode = 1;
      });
      if (!played) return null;
      const { frames, text } = played;
      if (name === failures.name && !columns) {
        const title = "exitsnoop shows the failed processes of a service, and which process killed them";
        await Bun.write(root + PICTURE, drawSvg(frames, width, title));
      }
      return `\`\`\`\n${text}\n\`\`\``;
    };
  return { screen: generator(after), before: generator(before) };
}
