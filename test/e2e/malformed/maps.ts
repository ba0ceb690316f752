/** Maps with invalid sizes, definitions or names. */
import { type BtfEditor, setMap, setMapName, setMapType, withTypes } from "./btf-editor.ts";
import { ElfEditor } from "./elf-editor.ts";
import { json, type Malformed, object } from "./malformed.ts";

const INT = 1;
const PTR = 2;
const STRUCT = 4;
const VAR = 14;
const DATASEC = 15;

const map = (
  name: string,
  says: string | RegExp,
  change: (btf: BtfEditor) => unknown,
  more: Parameters<typeof object>[3] = {},
): Malformed => object(name, says, (bytes) => withTypes(bytes, change), more);

const claims: Malformed[] = [
  map("2^32-1 entries", "MB of kernel memory", (btf) => setMap(btf, "counts", "max_entries", 2 ** 32 - 1)),
  map("2^31 entries", "MB of kernel memory", (btf) => setMap(btf, "counts", "max_entries", 2 ** 31)),
  map("a ring of 2 GB", "MB of kernel memory", (btf) => setMap(btf, "ring", "max_entries", 2 ** 31)),
  map("a ring of 2^32-1 bytes", "MB of kernel memory", (btf) => setMap(btf, "ring", "max_entries", 2 ** 32 - 1)),
  map("values of 2 GB", "MB of kernel memory", (btf) => {
    const huge = btf.add(STRUCT, btf.text("huge"), 2 ** 31);
    setMapType(btf, "counts", "value", btf.add(PTR, 0, huge));
  }),
];

const definitions: Malformed[] = [
  map("an unknown type", "the kernel rejected", (btf) => setMap(btf, "counts", "type", 9999), { isLoaded: true }),
  map("no type", /rejected|libbpf cannot open/, (btf) => setMap(btf, "counts", "type", 0), { isLoaded: true }),
  map("a struct_ops without a struct", "a struct_ops without a struct", (btf) => setMap(btf, "counts", "type", 26)),
  map("an arena with a fixed address", "asks for a fixed address", (btf) => {
    setMap(btf, "counts", "type", 33);
    setMapName(btf, "counts", "key", "map_extra");
    setMap(btf, "counts", "map_extra", 2 ** 20);
    setMapName(btf, "counts", "value", "map_flags");
    setMap(btf, "counts", "map_flags", 2 ** 10);
  }),
  map("a max_entries member of type int", "libbpf cannot open bpf_object", (btf) => {
    setMapType(btf, "counts", "max_entries", btf.find(INT, "int"));
  }),
  map("a max_entries member that points to itself", "bpf_object", (btf) => {
    setMapType(btf, "counts", "max_entries", btf.add(PTR, 0, btf.count));
  }),
  map("keys of no size", "libbpf cannot open bpf_object", (btf) =>
    setMapType(btf, "counts", "key", btf.add(PTR, 0, 0)),
  ),
  map("values of no size", "libbpf cannot open bpf_object", (btf) =>
    setMapType(btf, "counts", "value", btf.add(PTR, 0, 0)),
  ),
  map("an unknown member of a definition", "libbpf cannot open bpf_object", (btf) => {
    btf.set(btf.get(btf.find(VAR, "counts"), 2), 3, btf.text("no_such_field"));
  }),
  map("a definition of type int", "bpf_object", (btf) => {
    btf.set(btf.find(VAR, "counts"), 2, btf.find(INT, "int"));
  }),
  map("a static map", "libbpf cannot open bpf_object", (btf) => btf.set(btf.find(VAR, "counts"), 3, 0)),
  map("a map whose variable has another name", "bpf_object", (btf) =>
    btf.set(btf.find(VAR, "counts"), 0, btf.text("renamed")),
  ),
  map("an object without a .maps section", "bpf_object", (btf) =>
    btf.set(btf.find(DATASEC, ".maps"), 0, btf.text(".x")),
  ),
  map("60,000 maps of one definition", /libbpf cannot open bpf_object|more than/, (btf) => {
    const variable = btf.find(VAR, "counts");
    btf.set(btf.find(DATASEC, ".maps"), 0, btf.text(".maps_before"));
    const entries = Array.from({ length: 60_000 }, () => [variable, 0, 32]).flat();
    btf.append(Uint32Array.from([btf.text(".maps"), (DATASEC << 24) | 60_000, 0, ...entries]));
  }),
];

/** Returns a case whose first map has this name, in the object and in the description. */
const named = (name: string, says: string, to: string, more: Partial<Malformed> = {}): Malformed =>
  object(
    name,
    says,
    (bytes) => {
      const elf = new ElfEditor(
        Buffer.from(withTypes(bytes, (btf) => btf.set(btf.find(VAR, "counts"), 0, btf.text(to)))),
      );
      const names = elf.content(".strtab");
      elf.replace(elf.find(".strtab"), Buffer.concat([names, Buffer.from(`${to}\0`, "latin1")]));
      return elf.setSymbol(elf.findSymbol("counts"), { name: names.length }).bytes;
    },
    { meta: (meta) => (meta.bpf_skel.maps[0].name = to), ...more },
  );

const names: Malformed[] = [
  named("a map's name with a line feed", "control or format characters", "a\nb"),
  named("a map's name with escape sequences", "control or format characters", "\x1b[31m"),
  named("a map's name with .. as in a path", "the kernel rejected", "../../../tmp/x", { isLoaded: true }),
  named("a map's name of 400 bytes", "meta.bpf_skel.maps[0].name", "x".repeat(400)),
  ...["", "no such map", "ring\n", "\x1b]0;title\x07", "\u202egnir", "__proto__", "ring\0", "x".repeat(256)].map(
    (name) =>
      json(`a map with the name ${JSON.stringify(name).slice(0, 40)}`, "meta.bpf_skel.maps[1].name", (root) => {
        root.meta.bpf_skel.maps[1].name = name;
      }),
  ),
  json("one map twice", "meta.bpf_skel.maps[4].name: counts", (root) => {
    root.meta.bpf_skel.maps.push(root.meta.bpf_skel.maps[0]);
  }),
  json("100,000 maps", "more than 262144", (root) => {
    root.meta.bpf_skel.maps = Array(100_000).fill({ name: "ring", ident: "ring" });
  }),
  json("5000 maps", "meta.bpf_skel.maps", (root) => {
    root.meta.bpf_skel.maps = Array(5000).fill({ name: "ring", ident: "ring" });
  }),
];

export const malformedMaps: Malformed[] = [...claims, ...definitions, ...names];
