/** BPF objects: sound ones, and what becomes of them where somebody changes bytes that mean something. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readPackage } from "../../src/eunomia/read-package.ts";
import { checkObject } from "../../src/eunomia/object/object-checks.ts";
import { PackageError } from "../../src/eunomia/errors.ts";
import { Random } from "../support/random.ts";
import { pack } from "../support/packages.ts";

export const root = new URL("../..", import.meta.url).pathname;
/** Of our own, and of packages that attach and print in different ways. */
const own = ["recorder", "recorder-package", "exitsnoop"];
const programs = [
  "perf-buffer",
  "several-types",
  "stacks",
  "counts",
  "tunables",
  "samples",
  "traffic-control",
  "odd-lengths",
];

/** Writes them into a folder, for fuzzers to begin with. Returns the paths. */
export async function soundObjects(folder: string): Promise<string[]> {
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

/** Whether our checks let it pass to libbpf. @throws where they fail themselves */
export function passes(object: Uint8Array): boolean {
  try {
    checkObject(object);
    return true;
  } catch (error) {
    if (error instanceof PackageError) return false;
    throw error;
  }
}

/** Values that are at the edges of something. */
const edges = [0, 1, 2, 3, 4, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/** One to four changes: of bits, bytes and words, in the headers and tables more often than in the code. */
export function mutant(sound: Uint8Array, random: Random): Uint8Array {
  const bytes = Uint8Array.from(sound);
  const view = new DataView(bytes.buffer);
  const before = new DataView(sound.buffer, sound.byteOffset, sound.byteLength);
  const table = Number(before.getBigUint64(40, true));
  const sections = before.getUint16(60, true);
  for (let left = 1 + random.below(4); left > 0; left--) {
    const section = table + 64 * random.below(sections);
    const [offset, size] = [
      Number(before.getBigUint64(section + 24, true)),
      Number(before.getBigUint64(section + 32, true)),
    ];
    const isInside = size > 4 && offset + size <= bytes.length;
    // a section's head, or a place in what it holds
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
        view.setUint32(at & ~3, edges[random.below(edges.length)]!, true);
        break;
      default:
        view.setUint32(at & ~3, (view.getUint32(at & ~3, true) + random.below(17) - 8) >>> 0, true);
    }
  }
  return bytes;
}
