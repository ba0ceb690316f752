/** Files that are not JSON, or JSON of an extreme kind. */
import { mkdirSync, symlinkSync } from "node:fs";
import { spawn, spawnSync } from "node:child_process";
import { Server } from "node:net";
import { file, json, type Malformed, write } from "./malformed.ts";
import { validPackage } from "./valid-package.ts";

const MEGABYTE = 1024 ** 2;
const { text } = validPackage;

function* repeated(part: string, bytes: number): Generator<Buffer> {
  const piece = Buffer.from(part.repeat(Math.ceil(MEGABYTE / part.length)));
  for (let done = 0; done < bytes; done += piece.length) yield piece;
}

const large = (name: string, says: string, part: string, bytes: number, before = "", after = ""): Malformed => ({
  name,
  says,
  make: (path) => {
    write(
      path,
      (function* () {
        yield before;
        yield* repeated(part, bytes);
        yield after;
      })(),
    );
  },
});

/** A valid package, cut off after different lengths. */
const truncated = Array.from({ length: 20 }, (_, i) => {
  const length = Math.floor((text.length * (i + 0.5)) / 20);
  return file(`truncated after ${length} bytes`, "it is not JSON", () => text.slice(0, length));
});

/** Objects of the package, by their paths. */
const places: [path: string, of: (root: any) => object][] = [
  ["the root", (root) => root],
  ["meta", (root) => root.meta],
  ["bpf_skel", (root) => root.meta.bpf_skel],
  ["a map", (root) => root.meta.bpf_skel.maps[0]],
  ["a program", (root) => root.meta.bpf_skel.progs[0]],
  ["a variable", (root) => root.meta.bpf_skel.data_sections[0].variables[0]],
  ["an export type", (root) => root.meta.export_types[0]],
];

/** JSON.parse makes __proto__ an own member; Object.assign() and others would set the prototype. */
const prototypes = places.map(([name, of]) =>
  json(`__proto__ as a member of ${name}`, "__proto__", (root) => {
    Object.defineProperty(of(root), "__proto__", { value: { isAdmin: true }, enumerable: true });
  }),
);

const inherited: Malformed[] = [
  file("a package inside __proto__", "__proto__", () => `{"__proto__":${text}}`),
  file("a package inside constructor.prototype", "bpf_object", () => `{"constructor":{"prototype":${text}}}`),
  file("an escaped __proto__", "__proto__", () => text.replace('{"bpf_object"', '{"\\u005f_proto__":1,"bpf_object"')),
  file("a duplicate bpf_object", "bpf_object", () => text.replace('{"bpf_object"', '{"bpf_object":"","bpf_object"')),
  file("a duplicate meta", "meta", () => text.replace('"meta":', '"meta":{},"meta":')),
  file("a duplicate ident, one escaped", "ident", () => text.replace('"ident":', '"\\u0069dent":"x","ident":')),
];

export const malformedFiles: Malformed[] = [
  file("an empty file", "empty", () => ""),
  file("one NUL", "not JSON", () => "\0"),
  file("spaces", "not JSON", () => "  \n\t "),
  file("random bytes", "not JSON", () => Uint8Array.from({ length: 4096 }, (_, i) => (i * 167 + (i >> 3)) & 255)),
  file("an ELF file", "not JSON", () => validPackage.package.object),
  file("invalid UTF-8 in a name", "not JSON", () =>
    Buffer.from(text.replace('"ident":"ring"', '"ident":"\xff"'), "latin1"),
  ),
  file("UTF-16", "not JSON", () => Buffer.from(`\ufeff${text}`, "utf16le")),
  file("a lone surrogate", "not JSON", () => Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])),
  file("two packages in a row", "not JSON", () => text + text),
  file("a comment", "not JSON", () => `// package\n${text}`),
  file("single quotes", "not JSON", () => text.replaceAll('"', "'")),
  file("a trailing comma", "not JSON", () => text.replace(/\}$/, ",}")),
  file("terminal escapes", "not JSON", () => "\x1b]0;title\x07\x1b[31mred\u202e\u2028\n".repeat(50)),
  file("NaN", "not JSON", () => text.replace(/"bpf_object_size":\d+/, '"bpf_object_size":NaN')),
  file("null", "not an eunomia package", () => "null"),
  file("a number", "not an eunomia package", () => "4"),
  file("1e400", "not an eunomia package", () => "1e400"),
  file("a text", "not an eunomia package", () => '"package"'),
  file("a list", "not an eunomia package", () => `[${text}]`),
  file("an empty object", "bpf_object", () => "{}"),
  file("nested arrays without an end", "nested", () => "[".repeat(100_000)),
  file("nested arrays", "nested", () => "[".repeat(50_000) + "]".repeat(50_000)),
  file("nested objects without an end", "nested", () => '{"a":'.repeat(100_000)),
  file("a name without an end", "not JSON", () => `{"${"a".repeat(MEGABYTE)}`),
  file("backslashes without an end", "not JSON", () => `"${"\\".repeat(MEGABYTE)}`),
  file("a name of a megabyte", "bpf_object", () => `{"${"a".repeat(MEGABYTE)}":1}`),
  file(
    "many names of one kilobyte",
    "bpf_object",
    () => `{${Array.from({ length: 10_000 }, (_, i) => `"${String(i).padStart(1000, "x")}":0`)}}`,
  ),
  large("100 MB of spaces", "larger than", " ", 100 * MEGABYTE),
  large("15 MB of spaces", "not JSON", " ", 15 * MEGABYTE),
  large("15 MB of one text", "not an eunomia package", "a", 14 * MEGABYTE, '"', '"'),
  large("15 MB of one text beyond Latin-1", "not an eunomia package", "\u20ac", 14 * MEGABYTE, '"', '"'),
  large("15 MB of escapes", "not an eunomia package", "\\u20ac", 14 * MEGABYTE, '"', '"'),
  large("15 MB of empty objects", "more than", "{},", 15 * MEGABYTE, "[", "{}]"),
  large("15 MB of empty lists", "more than", "[],", 15 * MEGABYTE, "[", "[]]"),
  large("15 MB of zeroes", "more than", "0,", 15 * MEGABYTE, "[", "0]"),
  large("15 MB of quotes", "not JSON", '""', 15 * MEGABYTE),
  large("15 MB of colons", "more than", ":", 15 * MEGABYTE),
  large("15 MB of closing brackets", "not JSON", "]", 15 * MEGABYTE),
  large("15 MB of a number", "not an eunomia package", "1", 14 * MEGABYTE),
  { name: "a directory", says: "directory", make: (path) => void mkdirSync(path) },
  { name: "a missing file", says: "no such file", make: () => {} },
  { name: "a name that is too long", says: "name too long", make: (path) => `${path}${"x".repeat(5000)}` },
  { name: "a symbolic link to itself", says: "symbolic links", make: (path) => symlinkSync(path, path) },
  { name: "/dev/zero", says: "it is a device", make: () => "/dev/zero" },
  { name: "/dev/null", says: "it is a device", make: () => "/dev/null" },
  { name: "a path below a device", says: "not a directory", make: () => "/dev/null/package.json" },
  {
    name: "a pipe without a writer",
    says: "no process has opened the pipe",
    make: (path) => void spawnSync("mkfifo", [path]),
  },
  {
    name: "a pipe whose writer writes nothing",
    says: "within --for",
    make: (path) => {
      spawnSync("mkfifo", [path]);
      spawn("sh", ["-c", 'exec 3>"$1"; sleep 5', "sh", path], { stdio: "ignore" }).unref();
    },
  },
  { name: "/proc/kmsg, whose read() blocks", says: "has no data", make: () => "/proc/kmsg" },
  { name: "a terminal", says: "device", make: () => "/dev/tty" },
  { name: "a socket", says: "it is a socket", make: (path) => void new Server().listen(path).unref() },
  {
    name: "a skel.json whose object is a FIFO",
    says: /its object .*\.bpf\.o: no process has opened the pipe/,
    make: (path) => {
      write(`${path}.skel.json`, [JSON.stringify(validPackage.package.meta)]);
      spawnSync("mkfifo", [`${path}.bpf.o`]);
      return `${path}.skel.json`;
    },
  },
  {
    name: "a skel.json whose object is a device",
    says: /its object .*\.bpf\.o: it is a device/,
    make: (path) => {
      write(`${path}.skel.json`, [JSON.stringify(validPackage.package.meta)]);
      symlinkSync("/dev/zero", `${path}.bpf.o`);
      return `${path}.skel.json`;
    },
  },
  {
    name: "a skel.json without its object",
    says: /its object .*\.bpf\.o: .*no such file/,
    make: (path) => {
      write(`${path}.skel.json`, [JSON.stringify(validPackage.package.meta)]);
      return `${path}.skel.json`;
    },
  },
  {
    name: "a skel.json whose object is a directory",
    says: /its object .*\.bpf\.o: .*directory/,
    make: (path) => {
      write(`${path}.skel.json`, [JSON.stringify(validPackage.package.meta)]);
      mkdirSync(`${path}.bpf.o`);
      return `${path}.skel.json`;
    },
  },
  ...truncated,
  ...prototypes,
  ...inherited,
];
