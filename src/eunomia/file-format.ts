/**
 * Recognizes files that are not a package, although ecli accepts them or they are called
 * package.json. Each format gets a message of its own instead of "not JSON".
 */

const WANTED = "exitsnoop run takes the package.json that ecc makes";

const magics: [offset: number, bytes: string, what: string][] = [
  [0, "\0asm", `it is a WASM module, which exitsnoop does not run; ${WANTED}`],
  [257, "ustar", "it is a tar archive; unpack it (tar -xf) and run the package.json in it"],
  [0, "\x1f\x8b", "it is compressed with gzip; unpack it (gunzip, tar -xzf) and run the package.json"],
  [0, "\x28\xb5\x2f\xfd", "it is compressed with zstd; unpack it (unzstd) and run the package.json"],
  [0, "\xfd7zXZ", "it is compressed with xz; unpack it (unxz) and run the package.json"],
  [0, "BZh", "it is compressed with bzip2; unpack it (bunzip2) and run the package.json"],
  [0, "PK\x03\x04", "it is a zip archive; unpack it and run the package.json in it"],
  [0, "\x7fELF", `it is an ELF file, not JSON; ${WANTED}, or NAME.skel.json with NAME.bpf.o beside it`],
];

/** Describes the file by its first bytes; returns undefined if it may be a package. */
export function describeFileFormat(bytes: Buffer): string | undefined {
  const found = magics.find(([at, magic]) => bytes.toString("latin1", at, at + magic.length) === magic);
  if (found) return found[2];
  const start = bytes.toString("latin1", 0, 256).trimStart();
  if (/^<(!doctype|html|\?xml)/i.test(start)) return "it is a web page, not JSON; download the raw file";
  if (/^(\/\/[^\n]*\n|\s)*#\s*(include|define|pragma)\b/.test(start))
    return "it is C source, not JSON; build a package from it with ecc";
  return undefined;
}

const has = (json: object, ...names: string[]) => names.some((name) => Object.hasOwn(json, name));

/** Describes the file by the members of its root; returns undefined if it may be a package. */
export function describeJsonFormat(json: unknown, isSkeleton: boolean): string | undefined {
  const root = typeof json === "object" && json !== null && !Array.isArray(json) ? json : {};
  if (has(root, "bpf_object", "meta") || (isSkeleton && has(root, "bpf_skel"))) return undefined;
  if (has(root, "bpf_skel")) {
    return "it is a description without an object; run the package.json, or NAME.skel.json with NAME.bpf.o beside it";
  }
  const isOfNpm =
    has(root, "dependencies", "devDependencies", "workspaces") ||
    (has(root, "name") && has(root, "version", "scripts", "type", "main", "private"));
  if (isOfNpm) return `it is a package.json of npm, not an eunomia package; ${WANTED}`;
  if (has(root, "schemaVersion", "layers")) {
    return "it is the manifest of an OCI image; download the package.json itself";
  }
  return `it is not an eunomia package, since it has no ${isSkeleton ? "bpf_skel" : "bpf_object"}; ${WANTED}`;
}
