/** Checks of an opened object's maps that libbpf leaves out. */
import type { BpfMap } from "../../bpf/map.ts";
import { PackageError } from "../errors.ts";
import { type BtfTypes, Kind } from "./btf.ts";

/**
 * The kernel memory of all maps of a package, bytes: a claim of gigabytes is a mistake, or an
 * attack.
 */
const MAX_MAP_BYTES = 1024 ** 3;
const MEGABYTE = 1024 ** 2;
const PAGE_BYTES = 4096;

/** `enum bpf_map_type` */
const STRUCT_OPS = 26;
const ARENA = 33;

/** struct __bpf_usdt_spec of libbpf's usdt.bpf.h up to 1.6: see scripts/build/libbpf-patches.ts */
const USDT_SPECS = "__bpf_usdt_specs";
const USDT_SPEC_BYTES = 208;

function bytesOf({ type, keySize, valueSize, maxEntries }: BpfMap): number {
  return (type === ARENA ? PAGE_BYTES : Math.max(1, keySize + valueSize)) * maxEntries;
}

/** @throws PackageError */
export function checkMaps(maps: readonly BpfMap[], btf: BtfTypes): void {
  const bytes = maps.reduce((sum, map) => sum + bytesOf(map), 0);
  if (bytes > MAX_MAP_BYTES) {
    throw new PackageError(
      `its maps need ${Math.ceil(bytes / MEGABYTE)} MB of kernel memory; at most ${MAX_MAP_BYTES / MEGABYTE} MB is allowed`,
    );
  }
  const section = btf.find(".maps", Kind.datasec);
  const declared = new Set(section === undefined ? [] : btf.variables(section).map(({ name }) => name));
  for (const { name, type, valueSize, extra } of maps) {
    // libbpf follows a pointer to the struct, which only maps of the section .struct_ops have
    if (type === STRUCT_OPS && declared.has(name)) {
      throw new PackageError(`the map ${name} is a struct_ops without a struct`);
    }
    if (name === USDT_SPECS && valueSize !== USDT_SPEC_BYTES) {
      throw new PackageError(
        `its USDT probes were compiled with the headers of libbpf 1.7.0, which no other version can load; compile it with others`,
      );
    }
    // libbpf maps an arena with MAP_FIXED, which would replace memory of this process
    if (type === ARENA && extra) {
      throw new PackageError(`the map ${name} asks for a fixed address, where exitsnoop may have its own memory`);
    }
  }
}
