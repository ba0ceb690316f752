/** Packages out of C sources: what ecc says of one that has everything, and where ours says it otherwise on purpose. */
import { expect, test } from "bun:test";
import { inflateSync } from "node:zlib";
import { makePackage, type Package, packText } from "../../scripts/build/package.ts";
import type { Meta } from "../../scripts/build/package/skeleton.ts";
import expected from "../fixtures/packages/everything.meta.json" with { type: "json" };

const folder = new URL("../fixtures/packages/", import.meta.url).pathname;
const everything = await makePackage(`${folder}everything.bpf.c`, `${folder}everything.h`);
const own = (name: string) => new URL(`../../bpf/${name}`, import.meta.url).pathname;

/** The ids are the compiler's. */
function withoutIds({ export_types, ...meta }: Meta) {
  return { ...meta, export_types: export_types.map(({ type_id: _, ...rest }) => rest) };
}

function variables({ bpf_skel }: Meta) {
  return Object.fromEntries(
    bpf_skel.data_sections.flatMap(({ variables }) => variables.map((variable) => [variable.name, variable])),
  );
}

test("is what ecc says, but where that would break the released ecli", () => {
  const ecc = structuredClone(expected) as unknown as Meta;
  // it refuses a section of that name
  ecc.bpf_skel.data_sections = ecc.bpf_skel.data_sections.filter(({ name }) => name !== ".data");
  const of = variables(ecc);
  // it has no reader for these names
  for (const name of ["far", "undescribed", "zero"]) of[name]!.type = "unsigned long long";
  // and makes false of a bool that has no default
  of["bare"]!["cmdarg"] = { default: true };
  of["other"]!["cmdarg"] = { long: "other", default: false };
  expect(withoutIds(everything.meta)).toEqual(withoutIds(ecc));
});

test("names the exported structs by their ids in the object's own BTF", () => {
  const ids = everything.meta.export_types.map(({ type_id }) => type_id);
  expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  expect(everything.meta.export_types.map(({ name }) => name).toSorted()).toEqual(["everything", "inner"]);
});

test("without a header exports nothing, and has no pointers to types", async () => {
  const { meta } = await makePackage(own("exitsnoop.bpf.c"));
  expect(meta.export_types).toEqual([]);
  expect(meta.bpf_skel.data_sections.map(({ name }) => name)).toEqual([".rodata"]);
  expect(meta.bpf_skel.maps.map((map) => map["ident"])).toEqual(["rb", "rodata"]);
});

test("a source that does not compile is refused in clang's words, with its own name and line", async () => {
  const source = `${folder}../deaths.c`;
  await expect(makePackage(source)).rejects.toThrow(/deaths\.c/);
});

test("the text inflates to the object, and is the same each time", async () => {
  const text = packText(everything);
  const again = packText(await makePackage(`${folder}everything.bpf.c`, `${folder}everything.h`));
  expect(again).toBe(text);
  const { bpf_object, bpf_object_size, meta } = JSON.parse(text);
  const object = inflateSync(Buffer.from(bpf_object, "base64"));
  expect(object.equals(everything.object)).toBe(true);
  expect(bpf_object_size).toBe(object.length);
  expect(bpf_object).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
  expect(meta).toEqual(everything.meta);
});

/** In the order that serde_json, and so ecc, writes them. */
test("keys are sorted", () => {
  const { meta } = JSON.parse(packText(everything)) as Package;
  const keys = (value: unknown): boolean =>
    !value ||
    typeof value !== "object" ||
    (Array.isArray(value) || Object.keys(value).join() === Object.keys(value).toSorted().join()
      ? Object.values(value).every(keys)
      : false);
  expect(keys(meta)).toBe(true);
});

test.each(["exitsnoop", "recorder-package"])("%s has nothing in it that breaks the released ecli", async (name) => {
  const { meta, object } = await makePackage(own(`${name}.bpf.c`), own(`${name}.h`));
  const { bpf_skel, export_types } = meta;
  expect(bpf_skel.obj_name.length).toBeGreaterThanOrEqual(8);
  expect(export_types.length).toBe(1);
  const sections = bpf_skel.data_sections.map((section) => section.name);
  expect(sections.toSorted()).toEqual([".bss", ".rodata"]);
  const options = Object.values(variables(meta)).filter((variable) => !variable.name.startsWith("__eunomia_dummy"));
  const readable = ["bool", "int", "unsigned int", "unsigned long long"];
  for (const { name: option, type, cmdarg } of options) {
    expect(readable, option).toContain(type);
    expect(cmdarg, option).toMatchObject({
      default: expect.anything(),
      long: expect.any(String),
      help: expect.any(String),
    });
  }
  // it would go on in silence after a record of another kind
  const rings = bpf_skel.maps.filter((map) => map["name"] === "rb" || map["name"] === "ring");
  expect(rings.length).toBe(1);
  expect(new TextDecoder("latin1").decode(object)).not.toContain(folder.slice(0, folder.indexOf("test/")));
});
