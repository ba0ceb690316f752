/** Maps that are read at intervals: the last reading of both is the same. */
import { describe, expect, test } from "bun:test";
import { temporaryFolder } from "../support/tracer.ts";
import type { Form } from "./runner.ts";
import { sideBySide } from "./side-by-side.ts";
import { compile, type Meta } from "./tools.ts";

/** The programs, how many calls fill their maps, and how many lines a reading then has. */
const programs: { name: string; calls: number; lines: Record<Form, number>; edit?: (meta: Meta) => void }[] = [
  { name: "counts", calls: 7, lines: { plain: 3, json: 3 } },
  { name: "prefixes", calls: 7, lines: { plain: 4, json: 4 } },
  // two keys, each: itself, two members and an empty line; a heading, the rows up to the last that counts, an empty line
  { name: "log2-hist", calls: 40, lines: { plain: 4 + 1 + 12 + 1 + 4 + 1 + 11 + 1, json: 2 } },
  { name: "wide-log2-hist", calls: 200, lines: { plain: 2 * (4 + 1 + 51 + 1), json: 2 } },
  { name: "counts", calls: 7, lines: { plain: 3, json: 3 }, edit: exportByDefault },
];

/** With several export types a sampled map has the type of its values, if it says so. */
function exportByDefault(meta: Meta): void {
  meta.enable_multiple_export_types = true;
  for (const map of meta.bpf_skel.maps) if (map.sample) map.export_config = "default";
}

describe("in ecli and in ours", () => {
  for (const { name, calls, lines, edit } of programs) {
    test(edit ? `${name}, by its own type` : name, async () => {
      using folder = temporaryFolder();
      const { path } = await compile(folder.path, name, { edit });
      const { ecli, ours } = await sideBySide(path, { calls, lines: 3 * Math.max(lines.plain, lines.json) });
      for (const form of ["plain", "json"] as const) {
        const expected = lastLines(ecli[form].stdout, lines[form]);
        expect(expected).toHaveLength(lines[form]);
        expect(lastLines(ours[form].stdout, lines[form])).toEqual(expected);
        // and so it is each time
        expect(lastLines(ours[form].stdout, 2 * lines[form])).toEqual([...expected, ...expected]);
        // a histogram has no heading
        const [heading] = ecli[form].stdout.split("\n");
        if (heading!.startsWith("TIME")) expect(ours[form].stdout.split("\n")[0]).toBe(heading!);
      }
    });
  }
});

function lastLines(text: string, count: number): string[] {
  return text.split("\n").slice(0, -1).slice(-count);
}
