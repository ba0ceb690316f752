/** Maps that are read at intervals: the last samples of ecli and exitsnoop are equal. */
import { describe, expect, test } from "bun:test";
import { temporaryFolder } from "../support/tracer.ts";
import type { Form } from "../support/eunomia/runner.ts";
import { lastLines, sideBySide } from "../support/eunomia/side-by-side.ts";
import { compile, type Meta } from "../support/eunomia/tools.ts";

/** The lines of a histogram: key, two members, empty line; heading, rows, empty line. */
const histogram = (rows: number) => 4 + 1 + rows + 1;

/** The number of calls that fill the map, and the lines of a sample after them. */
interface Sampled {
  name: string;
  calls: number;
  lines: Record<Form, number>;
  edit?: (meta: Meta) => void;
}

const programs: [title: string, sampled: Sampled][] = [
  ["counts", { name: "counts", calls: 7, lines: { plain: 3, json: 3 } }],
  ["prefixes", { name: "prefixes", calls: 7, lines: { plain: 4, json: 4 } }],
  // two keys; a histogram ends with its last row that is not 0
  ["log2-hist", { name: "log2-hist", calls: 40, lines: { plain: histogram(12) + histogram(11), json: 2 } }],
  ["wide-log2-hist", { name: "wide-log2-hist", calls: 200, lines: { plain: 2 * histogram(51), json: 2 } }],
  [
    "counts with several export types",
    { name: "counts", calls: 7, lines: { plain: 3, json: 3 }, edit: exportValueType },
  ],
];

/** Enables several export types; "default" chooses the type of a sampled map's values. */
function exportValueType(meta: Meta): void {
  meta.enable_multiple_export_types = true;
  for (const map of meta.bpf_skel.maps) if (map.sample) map.export_config = "default";
}

describe("a sampled map", () => {
  test.each(programs)("%s: ecli and exitsnoop print equal last samples", async (_, { name, calls, lines, edit }) => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, name, { edit });
    const { ecli, exitsnoop } = await sideBySide(path, { calls, lines: 3 * Math.max(lines.plain, lines.json) });
    for (const form of ["plain", "json"] as const) {
      const expected = lastLines(ecli[form].stdout, lines[form]);
      expect(expected).toHaveLength(lines[form]);
      expect(lastLines(exitsnoop[form].stdout, lines[form])).toEqual(expected);
      // every sample after the last call is equal
      expect(lastLines(exitsnoop[form].stdout, 2 * lines[form])).toEqual([...expected, ...expected]);
      // histograms have no heading
      const [heading] = ecli[form].stdout.split("\n");
      if (heading!.startsWith("TIME")) expect(exitsnoop[form].stdout.split("\n")[0]).toBe(heading!);
    }
  });
});
