/** Each member of the schema: missing, of another type, null, negative, fractional, too large. */
import { type Json, json, type Malformed } from "./malformed.ts";

type Kind = "text" | "name" | "u32" | "bool" | "list" | "members" | "object" | "word";

const [text, number, list, object, nothing] = ["x", 1, [], {}, null];

/** Invalid values of each kind. */
const wrong: Record<Kind, Json[]> = {
  text: [nothing, number, true, list, object],
  name: [nothing, number, list, object, "x".repeat(257)],
  u32: [nothing, "1", -1, 1.5, 2 ** 32, 1e300, true, list],
  bool: [nothing, 0, "true", list],
  // null is read as an empty list
  list: [text, number, object, Array(5000).fill(nothing)],
  members: [nothing, text, number, object],
  object: [nothing, text, number, list],
  word: [nothing, number, "no such word", object],
};

/** The path of each member, its kind, and whether it is optional. */
const members: [path: string, kind: Kind, optional?: "optional"][] = [
  ["bpf_object", "text"],
  ["bpf_object_size", "u32"],
  ["meta", "object"],
  ["meta.bpf_skel", "object"],
  ["meta.bpf_skel.obj_name", "name"],
  ["meta.bpf_skel.data_sections", "list"],
  ["meta.bpf_skel.data_sections[0]", "object"],
  ["meta.bpf_skel.data_sections[0].name", "word"],
  ["meta.bpf_skel.data_sections[0].variables", "list"],
  ["meta.bpf_skel.data_sections[0].variables[0].name", "name"],
  ["meta.bpf_skel.data_sections[0].variables[0].type", "name"],
  ["meta.bpf_skel.maps", "list"],
  ["meta.bpf_skel.maps[0]", "object"],
  ["meta.bpf_skel.maps[0].name", "name"],
  ["meta.bpf_skel.maps[0].ident", "name"],
  ["meta.bpf_skel.maps[0].mmaped", "bool", "optional"],
  ["meta.bpf_skel.maps[0].export_config", "word", "optional"],
  ["meta.bpf_skel.maps[0].intepreter", "word", "optional"],
  ["meta.bpf_skel.progs[1].name", "name"],
  ["meta.bpf_skel.progs[1].attach", "name"],
  ["meta.bpf_skel.progs[1].link", "bool"],
  ["meta.bpf_skel.progs[1].ifindex", "u32", "optional"],
  ["meta.bpf_skel.progs[1].tchook", "object", "optional"],
  ["meta.export_types", "list", "optional"],
  ["meta.export_types[0]", "object"],
  ["meta.export_types[0].name", "name"],
  ["meta.export_types[0].members", "members"],
  ["meta.export_types[0].members[0].name", "name"],
  ["meta.export_types[0].members[0].type", "name"],
  ["meta.export_types[0].size", "u32"],
  ["meta.export_types[0].type_id", "u32"],
  ["meta.perf_buffer_pages", "u32", "optional"],
  ["meta.enable_multiple_export_types", "bool", "optional"],
];

/** Returns the object or list that contains the member, and its name there. */
function placeOf(root: Json, path: string): { holder: Json; key: string } {
  const keys = path.replaceAll(/\[(\d+)\]/g, ".$1").split(".");
  const key = keys.pop()!;
  return { holder: keys.reduce((at, name) => at[name], root), key };
}

function setTo(path: string, value: Json): Malformed {
  const shown = JSON.stringify(value);
  return json(
    `${path} is ${shown.length > 40 ? `${shown.slice(0, 40)}... (${shown.length})` : shown}`,
    path,
    (root) => {
      const { holder, key } = placeOf(root, path);
      holder[key] = value;
    },
  );
}

const missing = members
  .filter(([path, , optional]) => !optional && !path.endsWith("]"))
  .map(([path]) =>
    json(`${path} is missing`, `${path} is missing`, (root) => {
      const { holder, key } = placeOf(root, path);
      delete holder[key];
    }),
  );

const spoiled = members.flatMap(([path, kind]) => wrong[kind].map((value) => setTo(path, value)));

/** Further invalid values, most of them of optional members. */
const rest: [path: string, value: Json][] = [
  ["meta.perf_buffer_pages", 0],
  ["meta.perf_buffer_pages", 3],
  ["meta.perf_buffer_pages", 2 ** 20],
  ["meta.poll_timeout_ms", 1.5],
  ["meta.bpf_skel.doc", "words"],
  ["meta.bpf_skel.doc", { brief: 1 }],
  ["meta.bpf_skel.doc", { details: "x".repeat(20_000) }],
  ["meta.bpf_skel.obj_name", ""],
  ["meta.bpf_skel.data_sections[0].name", "__proto__"],
  ["meta.bpf_skel.maps[0].export_config", { btf_type_id: "1" }],
  ["meta.bpf_skel.maps[0].export_config", { btf_type_id: 1, custom_members: [] }],
  ["meta.bpf_skel.maps[0].export_config", { custom_members: {} }],
  ["meta.bpf_skel.maps[0].export_config", { custom_members: [{ name: "x" }] }],
  ["meta.bpf_skel.maps[0].export_config", { custom_members: [{ name: "x", offset: -1, btf_type_id: 1 }] }],
  ["meta.bpf_skel.maps[0].export_config", { "\x1b[31m": 1 }],
  ["meta.bpf_skel.maps[0].intepreter", { stack_trace: 1 }],
  ["meta.bpf_skel.maps[0].intepreter", { stack_trace: { field_map: { pid: 1 } } }],
  ["meta.bpf_skel.maps[0].intepreter", { stack_trace: { with_symbols: "yes" } }],
  ["meta.bpf_skel.maps[0].sample", {}],
  ["meta.bpf_skel.maps[0].sample", []],
  ["meta.bpf_skel.maps[0].sample", { interval: -1 }],
  ["meta.bpf_skel.maps[0].sample", { interval: 0.5 }],
  ["meta.bpf_skel.maps[0].sample", { interval: 1e15 }],
  ["meta.bpf_skel.maps[0].sample", { interval: 1, type: "__proto__" }],
  ["meta.bpf_skel.maps[0].sample", { interval: 1, unit: 7 }],
  ["meta.bpf_skel.maps[0].sample", { interval: 1, clear_map: "no" }],
  ["meta.bpf_skel.progs[1].tchook", { attach_point: "BPF_TC_\nINGRESS" }],
  ["meta.bpf_skel.progs[1].tcopts", { handle: 2 ** 40 }],
  ["meta.bpf_skel.progs[1].flags", -1],
];

export const malformedMembers: Malformed[] = [
  ...missing,
  ...spoiled,
  ...rest.map(([path, value]) => setTo(path, value)),
];
