/**
 * `npm run docs`: makes the generated parts of README.md and docs/ again, except screens.
 *
 *   --check             writes nothing; fails if a part or a figure is not up to date
 *   --screens [NAME]    makes the screens as well, or this one: as root, after `npm run build`
 *   --before BINARY     makes the screens of docs/dev/screens.md that an older binary shows
 */
import { parseArgs } from "node:util";
import { log, root } from "../build/run.ts";
import { replaceParts } from "./blocks.ts";
import { documents, formatted, isWanted, staticParts } from "./documents.ts";
import { correctFigures } from "./figures.ts";
import { screenParts } from "./screens.ts";

const { values: options, positionals } = parseArgs({
  options: { check: { type: "boolean" }, screens: { type: "boolean" }, before: { type: "string" } },
  allowPositionals: true,
});

const stale: string[] = [];
for (const path of documents()) {
  const old = await Bun.file(root + path).text();
  const screens = screenParts({
    after: options.screens ? `${root}dist/exitsnoop` : undefined,
    before: options.before,
    isWanted: isWanted(positionals),
  });
  const text = await formatted(path, correctFigures(await replaceParts(old, { ...staticParts, ...screens })));
  if (text === old) continue;
  stale.push(path);
  if (!options.check) await Bun.write(root + path, text);
  log(`${options.check ? "stale" : "wrote"} ${path}`);
}
if (options.check && stale.length) {
  log("run: npm run docs");
  process.exit(1);
}
