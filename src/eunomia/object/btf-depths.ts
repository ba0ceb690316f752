/** Whether types end: one that holds itself has no size, and a chain of typedefs that leads back has no end. */
import { type BtfTypes, Kind, modifiers, refuseTypes } from "./btf.ts";

/** No program nests its types as deep as that. */
const DEEPEST = 64;

/** What it holds by value. @throws PackageError where it refers to a type that there is not. */
function heldBy(btf: BtfTypes, id: number): number[] {
  const { kind, target } = btf.type(id);
  if (modifiers.includes(kind) || kind === Kind.var) return [target];
  if (kind === Kind.array) return [btf.array(id).elementId];
  if (kind === Kind.struct || kind === Kind.union || kind === Kind.datasec) return btf.parts(id);
  // these need only exist
  btf.type(target);
  if (kind === Kind.funcProto) for (const parameter of btf.parts(id)) btf.type(parameter);
  return [];
}

/** @throws PackageError */
export function checkDepths(btf: BtfTypes): void {
  /** How deep a type nests others in itself; 0: not known yet, -1: being looked at. */
  const depths = new Int8Array(btf.types.length);

  const measure = (id: number, above: number): number => {
    // beyond the last one: heldBy() will tell
    const known = depths[id] ?? 0;
    if (known > 0) return known;
    if (known < 0) refuseTypes(`type ${id} holds itself`);
    if (above >= DEEPEST) refuseTypes(`types are nested more than ${DEEPEST} deep`);
    depths[id] = -1;
    let depth = 0;
    for (const held of heldBy(btf, id)) depth = Math.max(depth, held === 0 ? 0 : measure(held, above + 1));
    if (depth + 1 > DEEPEST) refuseTypes(`types are nested more than ${DEEPEST} deep`);
    depths[id] = depth + 1;
    return depth + 1;
  };

  for (let id = 1; id < btf.types.length; id++) measure(id, 0);
}
