/**
 * Checks of an object's types that libbpf 1.7 leaves out. It validates ids, names and prototypes
 * (btf_sanity_check()), and the kernel the rest (btf_check_all_metas()); where the kernel refuses
 * the types, libbpf loads the programs without them.
 */
import { type BtfTypes, Kind, KSYMS, MODIFIERS, refuseTypes } from "./btf.ts";

/** The kernel resolves 32 levels (MAX_RESOLVE_DEPTH). */
const MAX_DEPTH = 64;

/** @throws PackageError */
export function checkTypes(btf: BtfTypes): void {
  checkNesting(btf);
  checkDataSections(btf);
}

/** Returns the ids of the types that a value of this type contains. */
function containedTypes(btf: BtfTypes, id: number): number[] {
  const { kind, target } = btf.type(id);
  if (MODIFIERS.includes(kind) || kind === Kind.var) return [target];
  if (kind === Kind.array) return [btf.array(id).elementId];
  return kind === Kind.struct || kind === Kind.union || kind === Kind.datasec ? btf.partTypes(id) : [];
}

/**
 * Refuses types that contain themselves, or others too deep: libbpf follows typedefs to their end
 * (skip_mods_and_typedefs()), so a cycle would never return.
 */
function checkNesting(btf: BtfTypes): void {
  /** The depth of each type; 0: not known yet, -1: being measured. */
  const depths = new Int8Array(btf.types.length);
  const measure = (id: number, above: number): number => {
    const known = depths[id] ?? 0;
    if (known > 0) return known;
    if (known < 0) refuseTypes(`type ${id} contains itself`);
    depths[id] = -1;
    let depth = 1;
    for (const part of containedTypes(btf, id)) {
      if (part === 0) continue;
      if (above >= MAX_DEPTH) refuseTypes(`types are nested more than ${MAX_DEPTH} deep`);
      depth = Math.max(depth, 1 + measure(part, above + 1));
    }
    if (depth > MAX_DEPTH) refuseTypes(`types are nested more than ${MAX_DEPTH} deep`);
    depths[id] = depth;
    return depth;
  };
  for (let id = 1; id < btf.types.length; id++) measure(id, 1);
}

/**
 * Refuses data sections with entries that are not variables. libbpf writes into each entry of
 * .ksyms and .kconfig as into a variable (bpf_object__collect_externs()).
 */
function checkDataSections(btf: BtfTypes): void {
  btf.types.forEach(({ kind, name }, id) => {
    if (kind !== Kind.datasec) return;
    for (const entry of btf.variables(id)) {
      // clang describes a kfunc as an extern function in .ksyms
      const isKernelFunction = entry.kind === Kind.func && name === KSYMS;
      if (entry.kind !== Kind.var && !isKernelFunction) {
        refuseTypes(`type ${id} (${name}) contains type ${entry.id}, which is not a variable`);
      }
    }
  });
}
