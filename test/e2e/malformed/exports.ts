/** Malformed export types, samples, histograms and stack traces. */
import { type BtfEditor, idOf, withTypes } from "./btf-editor.ts";
import { type Json, json, type Malformed, object } from "./malformed.ts";
import { typeId } from "./valid-package.ts";

const INT = 1;
const ARRAY = 3;
const STRUCT = 4;
const UNION = 5;
const ENUM = 6;
const FWD = 7;
const FUNC = 12;
const DATASEC = 15;
const TYPE = "meta.export_types[0]";
const MAP = "meta.bpf_skel.maps[0]";

const type = (name: string, says: string, change: (type: Json) => void): Malformed =>
  json(name, says, (root) => change(root.meta.export_types[0]));

const types: Malformed[] = [
  type("a wrong type name", `${TYPE}.name`, (one) => (one.name = "\x1b[31mevent\n")),
  type("a wrong size", `${TYPE}.size`, (one) => one.size++),
  type("a size of 2 GB", `${TYPE}.size`, (one) => (one.size = 2 ** 31)),
  type("a size of 0", `${TYPE}.size`, (one) => (one.size = 0)),
  ...[0, 99_999, 2 ** 32 - 1, idOf(INT, "int"), idOf(ENUM, "color")].map((id) =>
    type(`the type ${id}`, `${TYPE}.type_id`, (one) => (one.type_id = id)),
  ),
  type("the id of another struct", `${TYPE}.name`, (one) => (one.type_id = idOf(STRUCT, "inner"))),
  type("one member too few", `${TYPE}.members`, (one) => one.members.pop()),
  type("one member too many", `${TYPE}.members`, (one) => one.members.push(one.members[0])),
  type("no members", `${TYPE}.members`, (one) => (one.members = [])),
  type("a member with a wrong name", `${TYPE}.members[1].name`, (one) => (one.members[1].name = "\x1b]0;x\x07")),
  type("members in another order", `${TYPE}.members[0].name`, (one) => one.members.reverse()),
  type("5000 members", `${TYPE}.members`, (one) => (one.members = Array(5000).fill(one.members[0]))),
  json("no type", "meta.export_types", (root) => (root.meta.export_types = [])),
  json("100,000 types", "more than 262144", (root) => {
    root.meta.export_types = Array(100_000).fill({ name: "event", members: [], size: 1, type_id: 1 });
  }),
];

/** Returns a case with enable_multiple_export_types and another description of a map. */
const configured = (name: string, says: string, map: Json, index = 0): Malformed =>
  json(name, says, (root) => {
    root.meta.enable_multiple_export_types = true;
    Object.assign(root.meta.bpf_skel.maps[index], map);
  });

const members = (...custom_members: Json[]) => ({ export_config: { custom_members } });
const int = idOf(INT, "int");
const sample = { interval: 100, type: "default_kv" };

const configurations: Malformed[] = [
  configured(
    "export_config default for a ring",
    "meta.bpf_skel.maps[1].export_config",
    { export_config: "default" },
    1,
  ),
  ...[0, 99_999, 2 ** 32 - 1].flatMap((id) => [
    configured(`a ring of type ${id}`, "maps[1].export_config", { export_config: { btf_type_id: id } }, 1),
    configured(`a sample of type ${id}`, `${MAP}.export_config`, { sample, export_config: { btf_type_id: id } }),
    configured(
      `a member of type ${id}`,
      "maps[1].export_config",
      members({ name: "x", offset: 0, btf_type_id: id }),
      1,
    ),
  ]),
  configured(
    "overlapping members",
    "maps[1].export_config",
    members({ name: "a", offset: 0, btf_type_id: int }, { name: "b", offset: 2, btf_type_id: int }),
    1,
  ),
  configured(
    "a member at 2^32-1",
    "maps[1]: its events have 4294967299 bytes",
    members({ name: "a", offset: 2 ** 32 - 1, btf_type_id: int }),
    1,
  ),
  configured("a value that is larger than the map's", "counts", {
    sample,
    export_config: { btf_type_id: typeId("event") },
  }),
];

const sampled = (name: string, says: string, map: Json, index = 0): Malformed =>
  json(name, says, (root) => {
    // the runner prints the last map
    root.meta.bpf_skel.maps = [root.meta.bpf_skel.maps[index]];
    Object.assign(root.meta.bpf_skel.maps[0], map);
  });

const fields = {
  pid: "pid",
  cpu_id: "pid",
  comm: "comm",
  kstack_sz: "pid",
  ustack_sz: "pid",
  kstack: "comm",
  ustack: "comm",
};
const stack = (field_map: Json) => ({ intepreter: { stack_trace: { field_map, with_symbols: true } } });

const samples: Malformed[] = [
  sampled("samples of a ring", "cannot be sampled", { sample }, 1),
  sampled(
    "samples of a data section",
    "has no types for its key and value",
    { sample: { ...sample, type: "log2_hist" } },
    2,
  ),
  ...["log2_hist", "linear_hist"].map((type) =>
    configured(`a ${type} of a value without slots`, "a histogram needs", {
      sample: { ...sample, type },
      export_config: { btf_type_id: idOf(STRUCT, "inner") },
    }),
  ),
  sampled("a stack trace of an event without one", "a stack trace needs", stack({}), 1),
  sampled("a stack trace of members that are no stacks", "a stack trace needs", stack(fields), 1),
  sampled("a stack trace of missing members", "no member no_such", stack({ ...fields, comm: "no_such" }), 1),
  sampled(
    "a stack trace with an escape sequence in a name",
    "field_map.comm: control or format",
    stack({ comm: "\x1b[31m" }),
    1,
  ),
];

/** Returns a case whose ring has events of a type that `make` adds; `make` returns its id. */
const printed = (name: string, says: string | RegExp, make: (btf: BtfEditor) => number): Malformed => {
  let id = 0;
  return object(
    name,
    says,
    (bytes) =>
      withTypes(bytes, (btf) => {
        id = make(btf);
      }),
    {
      meta: (meta) => {
        meta.enable_multiple_export_types = true;
        meta.bpf_skel.maps[1].export_config = { btf_type_id: id };
      },
    },
  );
};

/** Adds a struct or union with these members, all at offset 0. */
function holder(btf: BtfEditor, kind: number, size: number, ...held: number[]): number {
  const tail = held.flatMap((id) => [btf.text("m"), id, 0]);
  return btf.add(kind, btf.text("holder"), size, tail, held.length);
}

const shapes: Malformed[] = [
  printed("an event of 2 GB", "at most 1 MB is printed", (btf) => btf.add(STRUCT, btf.text("huge"), 2 ** 31)),
  printed("an event of 2 MB", "at most 1 MB is printed", (btf) => {
    const bytes = btf.add(ARRAY, 0, 0, [int, int, 2 ** 19]);
    return holder(btf, STRUCT, 2 ** 21, bytes);
  }),
  printed("2^60 values in 4 bytes", "more than 262144 values", (btf) => {
    let id = int;
    for (let i = 0; i < 60; i++) id = holder(btf, UNION, 4, id, id);
    return holder(btf, STRUCT, 4, id);
  }),
  printed("an array of 2^31 times nothing", "more than 262144 values", (btf) => {
    const nothing = btf.add(STRUCT, btf.text("nothing"), 0);
    return holder(btf, STRUCT, 4, btf.add(ARRAY, 0, 0, [nothing, int, 2 ** 31]));
  }),
  printed("an array of 1000 empty structs", "an array whose elements have no size", (btf) => {
    const nothing = btf.add(STRUCT, btf.text("nothing"), 0);
    return holder(btf, STRUCT, 4, btf.add(ARRAY, 0, 0, [nothing, int, 1000]));
  }),
  printed("nested arrays of empty structs", /an array whose elements have no size|more than 262144 values/, (btf) => {
    let id = btf.add(STRUCT, btf.text("nothing"), 0);
    for (let i = 0; i < 20; i++) id = btf.add(ARRAY, 0, 0, [id, int, 2 ** 31]);
    return holder(btf, STRUCT, 4, id);
  }),
  printed("a million numbers", "more than 262144 values", (btf) => {
    const byte = btf.add(INT, btf.text("byte"), 1, [8]);
    return holder(btf, STRUCT, 1_000_000, btf.add(ARRAY, 0, 0, [byte, int, 1_000_000]));
  }),
  printed("void", "maps[1].export_config", () => 0),
  printed("a function", "cannot be printed", (btf) => btf.find(FUNC)),
  printed("a section", "cannot be printed", (btf) => btf.find(DATASEC)),
  printed("a forward declaration", "cannot be printed", (btf) => btf.add(FWD, btf.text("declared"), 0)),
  printed("a struct with a forward declaration as a member", "cannot be printed", (btf) =>
    holder(btf, STRUCT, 4, btf.add(FWD, btf.text("declared"), 0)),
  ),
  printed("60,000 members", "more than 4096 members", (btf) => {
    const id = btf.count;
    const name = btf.text("m");
    const tail = Array.from({ length: 60_000 }, () => [name, int, 0]).flat();
    btf.append(Uint32Array.from([name, (UNION << 24) | 60_000, 4, ...tail]));
    return btf.add(STRUCT, name, 4, [name, id, 0, ...Array(5000).fill([name, id, 0]).flat()], 5001);
  }),
];

export const malformedExports: Malformed[] = [...types, ...configurations, ...samples, ...shapes];
