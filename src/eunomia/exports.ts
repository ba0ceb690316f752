/** Which maps of a package hold something to be printed, and of what it is made. */
import type { BpfMap } from "../bpf/map.ts";
import { type BtfTypes, Kind, type Member } from "./object/btf.ts";
import { LARGEST_VALUE } from "./values/decoder.ts";
import { PackageError } from "./errors.ts";
import type { OpenedPackage } from "./opened.ts";
import type { MapMeta, Meta, Sample, StackFields } from "./schema.ts";

/** A value in parts; each lies at its place in `size` bytes. */
export interface Shape {
  members: Member[];
  size: number;
}

export type Export =
  | { kind: "ring" | "perf"; map: BpfMap; shape: Shape; stack: StackTrace | undefined }
  | { kind: "sample"; map: BpfMap; key: Shape; value: Shape; sample: Sample };

export interface StackTrace {
  field_map: StackFields;
  with_symbols: boolean;
}

/** `enum bpf_map_type` */
const PERF_EVENT_ARRAY = 4;
const RINGBUF = 27;
/**
 * Hashes, arrays, LRU hashes and LPM tries: map types that can be walked key by key, and whose keys
 * have one value that a process can read.
 */
const WALKABLE = [1, 2, 9, 11];

/** As many as the package's own list may have. */
const MOST_MEMBERS = 4096;

/** A sentence contains at most this many names. */
const MAX_NAMED = 8;

/** @throws PackageError */
export function exportsOf(opened: OpenedPackage): Export[] {
  const { meta } = opened;
  const { maps } = meta.bpf_skel;
  const found = maps.flatMap((map, i) => {
    const kind = kindOf(map, opened.map(map.name));
    return kind ? [{ map, kind, path: `meta.bpf_skel.maps[${i}]` }] : [];
  });
  if (meta.enable_multiple_export_types) {
    return found
      .filter(({ map }) => map.export_config !== "no_export")
      .map((one) => exportOf(opened, one, (bpf) => configured(opened.btf, one.map, bpf, one.path)));
  }
  // the last one, as ecli
  const last = found.at(-1);
  if (!last) return [];
  if (!meta.export_types[0]) {
    throw new PackageError(
      `meta.export_types: none, but the map ${last.map.name} exports events; give ecc the header with their struct (ecc NAME.bpf.c NAME.h)`,
    );
  }
  return [exportOf(opened, last, (bpf) => single(opened, last.kind, bpf))];
}

/**
 * Returns a sentence if the package has several maps with events, of which only one is printed;
 * undefined if it has one, or if each map has its own type.
 */
export function unprinted(opened: OpenedPackage): string | undefined {
  const { enable_multiple_export_types, bpf_skel, export_types } = opened.meta;
  const maps = bpf_skel.maps.filter((map) => kindOf(map, opened.map(map.name))).map(({ name }) => name);
  if (maps.length < 2 || enable_multiple_export_types) return undefined;
  const named = `${maps.slice(0, MAX_NAMED).join(", ")}${maps.length > MAX_NAMED ? ", …" : ""}`;
  return (
    `${maps.length} maps export events (${named}); as in ecli, only the last, ${maps.at(-1)}, is printed, ` +
    `and as the first type, ${export_types[0]?.name}; enable_multiple_export_types prints all`
  );
}

function kindOf({ sample }: MapMeta, bpf: BpfMap): Export["kind"] | undefined {
  if (sample) return "sample";
  return bpf.type === RINGBUF ? "ring" : bpf.type === PERF_EVENT_ARRAY ? "perf" : undefined;
}

/** A map that holds something, and where the package says so. */
interface Found {
  map: MapMeta;
  kind: Export["kind"];
  path: string;
}

function exportOf(opened: OpenedPackage, { map: meta, kind, path }: Found, shapeOf: (bpf: BpfMap) => Shape): Export {
  const map = opened.map(meta.name);
  const shape = bounded(shapeOf(map), path);
  if (kind !== "sample") {
    const stack = typeof meta.intepreter === "object" ? meta.intepreter.stack_trace : undefined;
    return { kind, map, shape, stack };
  }
  if (!WALKABLE.includes(map.type)) {
    throw new PackageError(
      `${path}: the map ${meta.name} is a ${map.typeName}, of which no samples can be taken; use a hash, an LRU hash, an array or an LPM trie`,
    );
  }
  if (!map.keyTypeId || !map.valueTypeId) {
    throw new PackageError(
      `${path}: the map ${meta.name} does not say what it holds; declare its key and value with __type`,
    );
  }
  const key = bounded(keyOf(opened, map.keyTypeId), path);
  if (map.valueSize > LARGEST_VALUE) {
    throw new PackageError(`${path}: the map ${meta.name} has values of ${map.valueSize} bytes; 1 MB is the most`);
  }
  if (key.size !== map.keySize || shape.size > map.valueSize) {
    throw new PackageError(`${path}: the types of the map ${meta.name} are not as large as its keys and values`);
  }
  return { kind, map, key, value: shape, sample: meta.sample! };
}

/** What is no struct has its type's name in the mode with one export type, and none in the other. */
function keyOf({ btf, meta }: OpenedPackage, typeId: number): Shape {
  return meta.enable_multiple_export_types ? shapeOfType(btf, btf.resolve(typeId), "") : shapeOfType(btf, typeId);
}

/** Of the mode with one export type. */
function single({ btf, meta }: OpenedPackage, kind: Export["kind"], map: BpfMap): Shape {
  if (kind !== "sample") return exportType(btf, meta);
  return shapeOfType(btf, map.valueTypeId);
}

/** What `meta.export_types[0]` says, held against the object's types. */
function exportType(btf: BtfTypes, meta: Meta): Shape {
  const { name, members, size, type_id } = meta.export_types[0]!;
  const path = "meta.export_types[0]";
  const type = btf.types[type_id];
  if (type?.kind !== Kind.struct) throw new PackageError(`${path}.type_id: type ${type_id} of the object is no struct`);
  if (type.name !== name) throw new PackageError(`${path}.name: ${name}, but type ${type_id} is struct ${type.name}`);
  if (type.size !== size) {
    throw new PackageError(`${path}.size: ${size}, but struct ${name} of the object has ${type.size} bytes`);
  }
  const real = btf.members(type_id);
  if (real.length !== members.length) {
    throw new PackageError(`${path}.members: ${members.length}, but struct ${name} of the object has ${real.length}`);
  }
  real.forEach((member, i) => {
    if (member.name !== members[i]!.name) {
      throw new PackageError(`${path}.members[${i}].name: ${members[i]!.name}, but the object's is ${member.name}`);
    }
  });
  return { members: real, size };
}

function bounded(shape: Shape, path: string): Shape {
  const { size, members } = shape;
  if (size > LARGEST_VALUE) throw new PackageError(`${path}: an event of ${size} bytes; no event is larger than 1 MB`);
  if (members.length > MOST_MEMBERS) throw new PackageError(`${path}: an event of more than ${MOST_MEMBERS} members`);
  return shape;
}

/** A struct in its members; anything else as a whole, under its type's name. */
function shapeOfType(btf: BtfTypes, typeId: number, name = btf.type(typeId).name): Shape {
  const { kind } = btf.type(typeId);
  const size = btf.sizeOf(typeId);
  if (kind === Kind.struct) return { members: btf.members(typeId), size };
  return { members: [{ name, typeId, bitOffset: 0, bitSize: 0 }], size };
}

/** Of the mode with several: what the map's own export_config says. */
function configured(btf: BtfTypes, { export_config, sample }: MapMeta, map: BpfMap, path: string): Shape {
  if (export_config === "default") {
    if (!sample) throw new PackageError(`${path}.export_config: "default" is for maps with samples only`);
    return shapeOfType(btf, btf.resolve(map.valueTypeId), "");
  }
  if (typeof export_config !== "object") throw new PackageError(`${path}.export_config: nothing to be exported`);
  const known = (id: number, where: string) => {
    if (!id || !btf.types[id]) throw new PackageError(`${path}.export_config${where}: the object has no type ${id}`);
    return btf.resolve(id);
  };
  if ("btf_type_id" in export_config) return shapeOfType(btf, known(export_config.btf_type_id, ".btf_type_id"), "");
  const members = export_config.custom_members
    .map(({ name, offset, btf_type_id }, i) => ({
      name,
      typeId: known(btf_type_id, `.custom_members[${i}]`),
      bitOffset: offset * 8,
      bitSize: 0,
    }))
    .sort((a, b) => a.bitOffset - b.bitOffset);
  let end = 0;
  for (const { name, typeId, bitOffset } of members) {
    if (bitOffset < end) throw new PackageError(`${path}.export_config: ${name} lies over another member`);
    end = bitOffset + 8 * btf.sizeOf(typeId);
  }
  return { members, size: end / 8 };
}
