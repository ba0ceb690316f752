/** Packages from C sources and the descriptions that ecc wrote for them. */
import { expect, test } from "bun:test";
import { inflateSync } from "node:zlib";
import { makePackage, type Meta, packText } from "../../scripts/build/package.ts";
import exitsnoopMeta from "../../scripts/build/package/exitsnoop.meta.json" with { type: "json" };
import recorderMeta from "../../scripts/build/package/recorder-package.meta.json" with { type: "json" };

const root = new URL("../../", import.meta.url).pathname;
const source = `${root}bpf/exitsnoop.bpf.c`;

function variables({ bpf_skel }: Meta) {
  return bpf_skel.data_sections.flatMap((section) => section.variables);
}

test("makePackage() of a source that does not compile: throws clang's message with the source's name", async () => {
  await expect(makePackage(`${root}test/fixtures/exit-statuses/main.c`, exitsnoopMeta)).rejects.toThrow(/main\.c/);
});

test.each<[what: string, name: string, change: (meta: Meta) => void]>([
  ["a variable", "only_failed", (meta) => meta.bpf_skel.data_sections[1]!.variables.shift()],
  ["a map", "rb", (meta) => meta.bpf_skel.maps.shift()],
  ["a program", "handle_exit", (meta) => meta.bpf_skel.progs.shift()],
  ["a member", "struct event", (meta) => meta.export_types[0]!.members.pop()],
])(
  "makePackage() with a description that lacks %s of the object: throws an error with its name",
  async (_, name, change) => {
    const meta = structuredClone(exitsnoopMeta) as unknown as Meta;
    change(meta);
    await expect(makePackage(source, meta)).rejects.toThrow(`${name} is not as in the package's description`);
  },
);

test("packText(): inflates to the object, and is reproducible", async () => {
  const made = await makePackage(source, exitsnoopMeta);
  const text = packText(made);
  expect(packText(await makePackage(source, exitsnoopMeta))).toBe(text);
  const { bpf_object, bpf_object_size, meta } = JSON.parse(text);
  const object = inflateSync(Buffer.from(bpf_object, "base64"));
  expect(object.equals(made.object)).toBe(true);
  expect(bpf_object_size).toBe(object.length);
  expect(bpf_object).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
  expect(meta).toEqual(made.meta);
});

test.each([
  ["exitsnoop", exitsnoopMeta],
  ["recorder-package", recorderMeta],
])("the package of %s: uses only what the released ecli supports", async (name, described) => {
  const { meta, object } = await makePackage(`${root}bpf/${name}.bpf.c`, described);
  const { bpf_skel, export_types } = meta;
  expect(bpf_skel.obj_name.length).toBeGreaterThanOrEqual(8);
  expect(export_types.length).toBe(1);
  expect(bpf_skel.data_sections.map((section) => section.name).toSorted()).toEqual([".bss", ".rodata"]);
  // ecli reads no other types, and overwrites a bool without a default with false
  const readable = ["bool", "int", "unsigned int", "unsigned long long"];
  for (const { name: option, type, cmdarg } of variables(meta)) {
    if (option.startsWith("__eunomia_dummy")) continue;
    expect(readable, option).toContain(type as string);
    expect(cmdarg, option).toMatchObject({
      default: expect.anything(),
      long: expect.any(String),
      help: expect.any(String),
    });
  }
  // ecli prints one type of events, and stops silently at a record of another
  const rings = bpf_skel.maps.filter((map) => map.name === "rb" || map.name === "ring");
  expect(rings.length).toBe(1);
  expect(new TextDecoder("latin1").decode(object)).not.toContain(root);
});
