/**
 * Recognizes files that are no package, although ecli accepts them or they are called package.json.
 * Each format gets a message of its own instead of "not JSON".
 */

const FETCH = "exitsnoop run takes the package.json that ecc makes";

const magics: [offset: number, bytes: string, what: string][] = [
  [0, "\0asm", `it is a WASM module, which exitsnoop does not run; ${FETCH}`],
  [257, "ustar", "it is a tar archive; unpack it (tar -xf) and run the package.json in it"],
  [0, "\x1f\x8b", "it is compressed with gzip; unpack it (gunzip, tar -xzf) and run the package.json"],
  [0, "\x28\xb5\x2f\xfd", "it is compressed with zstd; unpack it (unzstd) and run the package.json"],
  [0, "\xfd7zXZ", "it is compressed with xz; unpack it (unxz) and run the package.json"],
  [0, "BZh", "it is compressed with bzip2; unpack it (bunzip2) and run the package.json"],
  [0, "PK\x03\x04", "it is a zip archive; unpack it and run the package.json in it"],
  [0, "\x7fELF", `it is an ELF file, not JSON; ${FETCH} of an object, or NAME.skel.json with NAME.bpf.o beside it`],
];

/** Describes the file by its first bytes; returns undefined if it may be a package. */
export function describeFileFormat(bytes: Buffer): string | undefined {
  const found = magics.find(([at, magic]) => bytes.toString("latin1", at, at + magic.length) === magic);
  if (found) return found[2];
  const start = bytes.toString("latin1", 0, 256).trimStart();
  if (/^<(!doctype|html|\?xml)/i.test(start)) return "it is a web page, not JSON; fetch the file itself (the raw one)";
  if (/^(\/\/[^\n]*\n|\s)*#\s*(include|define|pragma)\b/.test(start))
    return "it is C source, not JSON; make a package of it with ecc";
  return undefined;
}

const has = (json: object, ...names: string[]) => names.some((name) => Object.hasOwn(json, name));

/** Describes the file by the members of its root; returns undefined if it may be a package. */
export function describeJsonFormat(json: unknown, isSkeleton: boolean): string | undefined {
  if (typeof json !== "object" || json === null || Array.isArray(json) || has(json, "bpf_object", "meta"))
    return undefined;
  if (has(json, "bpf_skel")) {
    return isSkeleton
      ? undefined
      : "it is the description alone, without the object; name it NAME.skel.json, with NAME.bpf.o beside it, or run the package.json";
  }
  if (
    has(json, "dependencies", "devDependencies", "workspaces") ||
    (has(json, "name") && has(json, "version", "scripts", "type", "main", "private"))
  ) {
    return `it is npm's package.json, not an eunomia package; ${FETCH}`;
  }
  if (has(json, "schemaVersion", "layers")) return `it is the manifest of an OCI image; fetch the package.json itself`;
  return undefined;
}
