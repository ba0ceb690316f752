/**
 * What the kernel holds against types when they are loaded (kernel/bpf/btf.c, each kind's check_meta). libbpf looks at less before it
 * follows them, and goes on without types that the kernel did not take.
 */
import { DECEPTIVE, isDeceptive } from "../names.ts";
import { type BtfTypes, Kind, KSYMS, refuseTypes, type Type } from "./btf.ts";

const INT_BYTES = [1, 2, 4, 8, 16];
const ENUM_BYTES = [1, 2, 4, 8];
const FLOAT_BYTES = [2, 4, 8, 12, 16];
/** __btf_name_valid(): libbpf makes files and folders of maps' names. */
const IDENTIFIER = /^[A-Za-z_.][\w.]*$/;

type Check = (btf: BtfTypes, id: number, type: Type) => void;

/** Ids in sentences, and the name where there is one. */
const called = (id: number, { name }: Type) => `type ${id}${name ? ` (${name})` : ""}`;

function inStruct(btf: BtfTypes, id: number, type: Type): void {
  const isUnion = type.kind === Kind.union;
  let last = 0;
  for (const { name, typeId, bitOffset, bitSize } of btf.members(id)) {
    const where = `the member ${name || "without a name"} of ${called(id, type)}`;
    if (isDeceptive(name)) refuseTypes(`${where} has ${DECEPTIVE}`);
    const real = btf.resolve(typeId);
    const { kind } = btf.type(real);
    const isNumber = kind === Kind.int || kind === Kind.enum || kind === Kind.enum64;
    const bits = 8 * btf.sizeOf(real);
    if (bitSize && (!isNumber || bitSize > bits)) refuseTypes(`${where} has ${bitSize} bits, which its type has not`);
    if (!bitSize && bitOffset % 8 && !isNumber) refuseTypes(`${where} begins within a byte`);
    if (bitOffset + (bitSize || bits) > 8 * type.size) refuseTypes(`${where} lies outside of it`);
    if (isUnion ? bitOffset : bitOffset < last) refuseTypes(`${where} is out of order`);
    last = bitOffset;
  }
}

const checks: Partial<Record<number, Check>> = {
  [Kind.int]: (btf, id, type) => {
    const { bits, shift } = btf.int(id);
    if (!INT_BYTES.includes(type.size)) refuseTypes(`${called(id, type)} is a number of ${type.size} bytes`);
    if (!bits || shift + bits > 8 * type.size) {
      refuseTypes(`${called(id, type)} has ${bits} bits in ${type.size} bytes`);
    }
  },
  [Kind.float]: (_, id, type) => {
    if (!FLOAT_BYTES.includes(type.size)) refuseTypes(`${called(id, type)} is a float of ${type.size} bytes`);
  },
  [Kind.enum]: enumeration,
  [Kind.enum64]: enumeration,
  [Kind.struct]: inStruct,
  [Kind.union]: inStruct,
  [Kind.func]: (btf, id, type) => {
    const { kind } = btf.type(type.target);
    if (kind !== Kind.funcProto) refuseTypes(`${called(id, type)} is a function without a prototype`);
  },
  [Kind.var]: (_, id, type) => {
    if (!IDENTIFIER.test(type.name)) refuseTypes(`${called(id, type)} is a variable without a proper name`);
  },
  [Kind.declTag]: (btf, id, type) => {
    const { kind, count, target } = btf.type(type.target);
    const parts = kind === Kind.func ? btf.type(target).count : count;
    const isTaggable = [Kind.struct, Kind.union, Kind.func, Kind.var, Kind.typedef].some((one) => one === kind);
    const index = btf.word(id);
    if (!isTaggable || index < -1 || index >= Math.max(parts, 0)) refuseTypes(`${called(id, type)} tags nothing`);
  },
  [Kind.datasec]: (btf, id, type) => {
    for (const { name, offset, size, kind } of btf.variables(id)) {
      // clang describes a kfunc as an extern function in .ksyms; libbpf accepts functions in no
      // other section
      const isKernelFunction = kind === Kind.func && type.name === KSYMS;
      if (kind !== Kind.var && !isKernelFunction) refuseTypes(`${called(id, type)} holds what is no variable`);
      if (isKernelFunction && !IDENTIFIER.test(name)) refuseTypes(`${called(id, type)} names a function ${name}`);
      // the compiler leaves the sizes of sections to the linker
      if (type.size && offset + size > type.size) refuseTypes(`${name} lies outside of ${called(id, type)}`);
    }
  },
};

function enumeration(btf: BtfTypes, id: number, type: Type): void {
  for (const { name } of btf.values(id)) {
    if (isDeceptive(name)) refuseTypes(`the value ${name} of ${called(id, type)} has ${DECEPTIVE}`);
  }
  if (!ENUM_BYTES.includes(type.size)) refuseTypes(`${called(id, type)} is an enum of ${type.size} bytes`);
}

/** @throws PackageError */
export function checkTypes(btf: BtfTypes): void {
  btf.types.forEach((type, id) => {
    if (isDeceptive(type.name)) refuseTypes(`type ${id} has ${DECEPTIVE}: ${type.name}`);
    checks[type.kind]?.(btf, id, type);
  });
}
