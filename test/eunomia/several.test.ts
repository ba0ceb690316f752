/** Several export types: each map with a type, or members, of its own. Among maps the order of events is nobody's. */
import { describe, expect, test } from "bun:test";
import { temporaryFolder } from "../support/tracer.ts";
import { type Outcome, sideBySide } from "./side-by-side.ts";
import { compile, type Meta } from "./tools.ts";

/** Sets each map's export_config; a map that is not named has none, which is "no_export". */
function exporting(configs: (typeId: (name: string) => number) => Record<string, unknown>) {
  return (meta: Meta) => {
    const types = configs((name) => meta.export_types.find((type) => type.name === name)!.type_id);
    meta.enable_multiple_export_types = true;
    for (const map of meta.bpf_skel.maps) if (map.name in types) map.export_config = types[map.name];
  };
}

async function outcome(edit: (meta: Meta) => void, lines: number): Promise<Outcome> {
  using folder = temporaryFolder();
  const { path } = await compile(folder.path, "several-types", { edit });
  // in plain form each map has a heading
  return await sideBySide(path, { calls: 6, lines: lines + 1 });
}

function expectAlike({ ecli, ours }: Outcome, lines: number): void {
  for (const form of ["plain", "json"] as const) {
    const [theirs, own] = [ecli[form].stdout.split("\n"), ours[form].stdout.split("\n")];
    const headings = form === "plain" ? 2 : 0;
    expect(own.slice(0, headings)).toEqual(theirs.slice(0, headings));
    expect(own.slice(headings).toSorted()).toEqual(theirs.slice(headings).toSorted());
    expect(own).toHaveLength(headings + lines + 1);
  }
}

describe("several export types", () => {
  test("by the number of a type", async () => {
    const edit = exporting((typeId) => ({
      events: { btf_type_id: typeId("event") },
      others: { btf_type_id: typeId("other") },
      hidden: "no_export",
    }));
    expectAlike(await outcome(edit, 6), 6);
  });

  test("by members that the package names", async () => {
    const edit = exporting((typeId) => ({
      others: {
        custom_members: [{ name: "as_other", offset: 0, btf_type_id: typeId("other") }],
      },
      hidden: {
        custom_members: [{ name: "as_event", offset: 0, btf_type_id: typeId("event") }],
      },
    }));
    expectAlike(await outcome(edit, 9), 9);
  });
});
