/**
 * Packages with several export types: each map has a type of its own. The order of events from
 * different maps is undefined.
 */
import { describe, expect, test } from "bun:test";
import { temporaryFolder } from "../support/tracer.ts";
import { sideBySide } from "../support/eunomia/side-by-side.ts";
import { compile, type Meta } from "../support/eunomia/tools.ts";

/** Sets export_config of the maps named; the other maps have none, which means "no_export". */
function withExportConfigs(configs: (typeId: (name: string) => number) => Record<string, unknown>) {
  return (meta: Meta) => {
    const ofMaps = configs((name) => meta.export_types.find((type) => type.name === name)!.type_id);
    meta.enable_multiple_export_types = true;
    for (const map of meta.bpf_skel.maps) if (map.name in ofMaps) map.export_config = ofMaps[map.name];
  };
}

/** Checks that both runners print `lines` equal lines, in any order. */
async function expectEqualOutput(edit: (meta: Meta) => void, lines: number): Promise<void> {
  using folder = temporaryFolder();
  const { path } = await compile(folder.path, "several-types", { edit });
  // in plain form each of the two maps has a heading
  const { ecli, exitsnoop } = await sideBySide(path, { calls: 6, lines: lines + 1 });
  for (const form of ["plain", "json"] as const) {
    const [theirs, own] = [ecli[form].stdout.split("\n"), exitsnoop[form].stdout.split("\n")];
    const headings = form === "plain" ? 2 : 0;
    expect(own.slice(0, headings)).toEqual(theirs.slice(0, headings));
    expect(own.slice(headings).toSorted()).toEqual(theirs.slice(headings).toSorted());
    expect(own).toHaveLength(headings + lines + 1);
  }
}

describe("several export types", () => {
  test("types by btf_type_id: ecli and exitsnoop print equal events", async () => {
    const edit = withExportConfigs((typeId) => ({
      events: { btf_type_id: typeId("event") },
      others: { btf_type_id: typeId("other") },
      hidden: "no_export",
    }));
    await expectEqualOutput(edit, 6);
  });

  test("types by custom_members: ecli and exitsnoop print equal events", async () => {
    const edit = withExportConfigs((typeId) => ({
      others: {
        custom_members: [{ name: "as_other", offset: 0, btf_type_id: typeId("other") }],
      },
      hidden: {
        custom_members: [{ name: "as_event", offset: 0, btf_type_id: typeId("event") }],
      },
    }));
    await expectEqualOutput(edit, 9);
  });
});
