/** BPF objects for the fuzzers: valid ones, and mutants of them. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readPackage } from "../../src/eunomia/read-package.ts";
import { checkObject } from "../../src/eunomia/object/object-checks.ts";
import { PackageError } from "../../src/eunomia/errors.ts";
import type { Random } from "../support/random.ts";
import { pack } from "../support/packages.ts";

export const root = new URL("../..", import.meta.url).pathname;
/** The objects of exitsnoop, and programs that attach and print in different ways. */
const own = ["recorder", "recorder-package", "exitsnoop"];
const programs = ["perf-buffer", "several-types", "stacks", "counts", "tunables", "perf-event", "tc", "record-lengths"];

/** Writes valid objects to a folder, the fuzzers' first corpus. Returns the paths. */
export async function validObjects(folder: string): Promise<string[]> {
  mkdirSync(root + folder, { recursive: true });
  const packages = `${root}${folder}-packages`;
  mkdirSync(packages, { recursive: true });
  const objects = own.map((name) => [name, readFileSync(`${root}build/${name}.bpf.o`)] as const);
  for (const name of programs) {
    const path = await pack(packages, name);
    objects.push([name, Buffer.from(readPackage(path).object)]);
  }
  return objects.map(([name, bytes]) => {
    const path = `${folder}/${name}.bpf.o`;
    writeFileSync(root + path, bytes);
    return path;
  });
}

/** Returns whether checkObject() accepts an object. @throws Error if it fails otherwise. */
export function passes(object: Uint8Array): boolean {
  try {
    checkObject(object);
    return true;
  } catch (error) {
    if (error instanceof PackageError) return false;
    throw error;
  }
}

/** Limits of integer types and small values. */
const EDGES = [0, 1, 2, 3, 4, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/** Changes one to four bits, bytes or words, more often in headers and tables than in code. */
export function mutant(valid: Uint8Array, random: Random): Uint8Array {
  const bytes = Uint8Array.from(valid);
  const view = new DataView(bytes.buffer);
  const before = new DataView(valid.buffer, valid.byteOffset, valid.byteLength);
  const table = Number(before.getBigUint64(40, true));
  const sections = before.getUint16(60, true);
  for (let left = 1 + random.below(4); left > 0; left--) {
    const section = table + 64 * random.below(sections);
    const [offset, size] = [
      Number(before.getBigUint64(section + 24, true)),
      Number(before.getBigUint64(section + 32, true)),
    ];
    const isInside = size > 4 && offset + size <= bytes.length;
    // a section's header, or a place in its contents
    const at = random.below(3) === 0 || !isInside ? section + 4 * random.below(16) : offset + random.below(size - 3);
    if (at + 4 > bytes.length) continue;
    switch (random.below(4)) {
      case 0:
        bytes[at]! ^= 1 << random.below(8);
        break;
      case 1:
        bytes[at] = random.below(256);
        break;
      case 2:
        view.setUint32(at & ~3, EDGES[random.below(EDGES.length)]!, true);
        break;
      default:
        view.setUint32(at & ~3, (view.getUint32(at & ~3, true) + random.below(17) - 8) >>> 0, true);
    }
  }
  return bytes;
}
