/** Finds the maps of a package whose contents are printed, and the layout of their values. */
import type { BpfMap } from "../bpf/map.ts";
import { PackageError } from "./errors.ts";
import { type BtfTypes, Kind, type Member } from "./object/btf.ts";
import type { OpenedPackage } from "./opened-package.ts";
import type { MapMeta, Meta, Sample, StackFields } from "./schema.ts";
import { MAX_VALUE_BYTES } from "./values/decoder.ts";

/** The members of a value of `size` bytes. */
export interface ValueLayout {
  members: Member[];
  size: number;
}

export type EventSource =
  | { kind: "ring" | "perf"; map: BpfMap; layout: ValueLayout; stack: StackTraceOptions | undefined }
  | { kind: "sample"; map: BpfMap; key: ValueLayout; value: ValueLayout; sample: Sample };

export interface StackTraceOptions {
  field_map: StackFields;
  with_symbols: boolean;
}

/** `enum bpf_map_type` */
const PERF_EVENT_ARRAY = 4;
const RINGBUF = 27;
/**
 * Hashes, arrays, LRU hashes and LPM tries: types whose keys bpf(2) can iterate and with one value
 * per key.
 */
const ITERABLE = [1, 2, 9, 11];

const MAX_MEMBERS = 4096;
/** The most map names in one message. */
const MAX_NAMED = 8;

/** A map with events, and its path in the package for messages. */
interface EventMap {
  meta: MapMeta;
  map: BpfMap;
  kind: EventSource["kind"];
  path: string;
}

/**
 * Returns the maps whose events are printed: the last one, as in ecli, or all of them with
 * enable_multiple_export_types. @throws PackageError
 */
export function eventSourcesOf(opened: OpenedPackage): EventSource[] {
  const { meta, btf } = opened;
  const maps = eventMaps(opened);
  if (meta.enable_multiple_export_types) {
    return maps
      .filter((one) => one.meta.export_config !== "no_export")
      .map((one) => eventSource(opened, one, configuredLayout(btf, one)));
  }
  const last = maps.at(-1);
  if (!last) return [];
  if (!meta.export_types[0]) {
    throw new PackageError(
      `meta.export_types is empty, but the map ${last.map.name} exports events; pass the header with their struct to ecc (ecc NAME.bpf.c NAME.h)`,
    );
  }
  const isSample = last.kind === "sample";
  return [eventSource(opened, last, isSample ? layoutOf(btf, last.map.valueTypeId) : exportedLayout(btf, meta))];
}

/**
 * Returns a message if the package has several maps with events, of which only one is printed;
 * undefined if it has one, or if each map has its own type.
 */
export function describeUnprintedMaps(opened: OpenedPackage): string | undefined {
  const { enable_multiple_export_types, export_types } = opened.meta;
  const names = eventMaps(opened).map(({ map }) => map.name);
  if (names.length < 2 || enable_multiple_export_types) return undefined;
  const named = `${names.slice(0, MAX_NAMED).join(", ")}${names.length > MAX_NAMED ? ", …" : ""}`;
  return (
    `${names.length} maps export events (${named}), but only the last, ${names.at(-1)}, is printed, as in ecli, ` +
    `with the first type, ${export_types[0]?.name}; enable_multiple_export_types prints all`
  );
}

function eventMaps(opened: OpenedPackage): EventMap[] {
  return opened.meta.bpf_skel.maps.flatMap((meta, i) => {
    const map = opened.map(meta.name);
    const kind = meta.sample ? "sample" : map.type === RINGBUF ? "ring" : map.type === PERF_EVENT_ARRAY ? "perf" : "";
    return kind ? [{ meta, map, kind, path: `meta.bpf_skel.maps[${i}]` }] : [];
  });
}

function eventSource(opened: OpenedPackage, { meta, map, kind, path }: EventMap, layout: ValueLayout): EventSource {
  checkSize(layout, path);
  if (kind !== "sample") {
    const stack = typeof meta.intepreter === "object" ? meta.intepreter.stack_trace : undefined;
    return { kind, map, layout, stack };
  }
  if (!ITERABLE.includes(map.type)) {
    throw new PackageError(
      `${path}: a map of type ${map.typeName}, as ${meta.name} is, cannot be sampled; use a hash, an LRU hash, an array or an LPM trie`,
    );
  }
  if (!map.keyTypeId || !map.valueTypeId) {
    throw new PackageError(
      `${path}: the map ${meta.name} has no types for its key and value; declare them with __type`,
    );
  }
  const { btf } = opened;
  const key = opened.meta.enable_multiple_export_types
    ? layoutOf(btf, btf.resolve(map.keyTypeId), "")
    : layoutOf(btf, map.keyTypeId);
  checkSize(key, path);
  if (map.valueSize > MAX_VALUE_BYTES) {
    throw new PackageError(
      `${path}: the map ${meta.name} has values of ${map.valueSize} bytes; at most 1 MB is printed`,
    );
  }
  if (key.size !== map.keySize || layout.size > map.valueSize) {
    throw new PackageError(`${path}: the types of the map ${meta.name} do not have the sizes of its keys and values`);
  }
  return { kind, map, key, value: layout, sample: meta.sample! };
}

/** Returns the layout of `meta.export_types[0]`, which must agree with the object's types. */
function exportedLayout(btf: BtfTypes, meta: Meta): ValueLayout {
  const { name, members, size, type_id } = meta.export_types[0]!;
  const path = "meta.export_types[0]";
  const type = btf.types[type_id];
  if (type?.kind !== Kind.struct)
    throw new PackageError(`${path}.type_id: type ${type_id} of the object is not a struct`);
  if (type.name !== name)
    throw new PackageError(`${path}.name is ${name}, but type ${type_id} of the object is struct ${type.name}`);
  if (type.size !== size) {
    throw new PackageError(`${path}.size is ${size}, but struct ${name} of the object has ${type.size} bytes`);
  }
  const real = btf.members(type_id);
  if (real.length !== members.length) {
    throw new PackageError(
      `${path}.members has ${members.length} members, but struct ${name} of the object has ${real.length}`,
    );
  }
  real.forEach((member, i) => {
    if (member.name !== members[i]!.name) {
      throw new PackageError(`${path}.members[${i}].name is ${members[i]!.name}, but ${member.name} in the object`);
    }
  });
  return { members: real, size };
}

function checkSize({ size, members }: ValueLayout, path: string): void {
  if (size > MAX_VALUE_BYTES) throw new PackageError(`${path}: its events have ${size} bytes; at most 1 MB is printed`);
  if (members.length > MAX_MEMBERS) throw new PackageError(`${path}: its events have more than ${MAX_MEMBERS} members`);
}

/** Returns the members of a struct; any other type is one member with the name of the type. */
function layoutOf(btf: BtfTypes, typeId: number, name = btf.type(typeId).name): ValueLayout {
  const size = btf.sizeOf(typeId);
  if (btf.type(typeId).kind === Kind.struct) return { members: btf.members(typeId), size };
  return { members: [{ name, typeId, bitOffset: 0, bitSize: 0 }], size };
}

/** Returns the layout that a map's export_config describes, with enable_multiple_export_types. */
function configuredLayout(btf: BtfTypes, { meta: { export_config, sample }, map, path }: EventMap): ValueLayout {
  if (export_config === "default") {
    if (!sample) throw new PackageError(`${path}.export_config: "default" is only for sampled maps`);
    return layoutOf(btf, btf.resolve(map.valueTypeId), "");
  }
  if (typeof export_config !== "object") throw new PackageError(`${path}.export_config exports nothing`);
  const resolve = (id: number, member: string) => {
    if (!id || !btf.types[id]) throw new PackageError(`${path}.export_config${member}: the object has no type ${id}`);
    return btf.resolve(id);
  };
  if ("btf_type_id" in export_config) return layoutOf(btf, resolve(export_config.btf_type_id, ".btf_type_id"), "");
  const members = export_config.custom_members
    .map(({ name, offset, btf_type_id }, i) => ({
      name,
      typeId: resolve(btf_type_id, `.custom_members[${i}]`),
      bitOffset: offset * 8,
      bitSize: 0,
    }))
    .sort((a, b) => a.bitOffset - b.bitOffset);
  let end = 0;
  for (const { name, typeId, bitOffset } of members) {
    if (bitOffset < end) throw new PackageError(`${path}.export_config: ${name} overlaps another member`);
    end = bitOffset + 8 * btf.sizeOf(typeId);
  }
  return { members, size: end / 8 };
}
