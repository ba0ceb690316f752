/**
 * Packages whose names and texts hold characters that control a terminal, reorder a line or forge
 * one. Messages of exitsnoop, libbpf and the verifier reach stdout and stderr escaped, and no line
 * begins like another message.
 */
import { expect, test } from "bun:test";
import { packText } from "../../scripts/build/package.ts";
import { BtfEditor } from "./malformed/btf-editor.ts";
import { ElfEditor } from "./malformed/elf-editor.ts";
import { type Json, write } from "./malformed/malformed.ts";
import { validPackage } from "./malformed/valid-package.ts";
import { binary, runToEnd, temporaryFolder } from "../support/tracer.ts";

const SECTION = "raw_tp/sched_process_exit";

/** Each has at most four bytes, to fit into short names. */
const hostile: Record<string, Buffer> = {
  "an escape sequence": Buffer.from("\x1b[2J"),
  "C1's CSI": Buffer.from("\u009b2J"),
  "a raw C1 byte": Buffer.from([0x9b, 0x32, 0x4a]),
  "a line feed": Buffer.from("\nex"),
  "a carriage return": Buffer.from("\rex"),
  DEL: Buffer.from("a\x7fb"),
  "a bidi override": Buffer.from("\u202e"),
  "a line separator": Buffer.from("\u2028"),
  "a zero-width space": Buffer.from("\u200b"),
  "an overlong NUL": Buffer.from([0xc0, 0x80]),
  "an invalid byte": Buffer.from([0xff]),
};

/**
 * Names and texts in the object: programs, sections, maps, variables, types, members, values,
 * parameters, the license, source lines.
 */
const inObject = [
  ...[
    "on_exit",
    "on_raw",
    "twice",
    "raw_tp/sched_process_exit",
    "tp/sched/sched_process_exit",
    "license",
    "victim.bpf.c",
  ],
  ...["ring", "counts", "number", "flag", "text", "color", "whole", "zero", "LICENSE", "max_entries", "event", "inner"],
  ...["slots", "nested", "GREEN", "comm", "task_struct", "tgid", "GPL", ".maps", ".rodata", ".bss"],
];

/** Edits that insert a hostile text into the package's description, by the edited member. */
const inMeta: Record<string, (meta: Json, text: string) => void> = {
  obj_name: ({ bpf_skel }, text) => (bpf_skel.obj_name += text),
  "a map's name": ({ bpf_skel }, text) => (bpf_skel.maps[0].name += text),
  "a map's ident": ({ bpf_skel }, text) => (bpf_skel.maps[0].ident += text),
  "a program's name": ({ bpf_skel }, text) => (bpf_skel.progs[0].name += text),
  "a section": ({ bpf_skel }, text) => (bpf_skel.progs[0].attach += text),
  "a variable's name": ({ bpf_skel }, text) => (bpf_skel.data_sections[1].variables[0].name += text),
  "a variable's type": ({ bpf_skel }, text) => (bpf_skel.data_sections[1].variables[0].type += text),
  "a long option": ({ bpf_skel }, text) => (bpf_skel.data_sections[1].variables[0].cmdarg.long += text),
  "a short option": ({ bpf_skel }, text) => (bpf_skel.data_sections[1].variables[0].cmdarg.short = [...text][0]),
  "an option's help": ({ bpf_skel }, text) => (bpf_skel.data_sections[1].variables[0].cmdarg.help = text),
  "an option's default": ({ bpf_skel }, text) => (bpf_skel.data_sections[1].variables[0].cmdarg.default = text),
  "a description": ({ bpf_skel }, text) => (bpf_skel.data_sections[1].variables[3].description = text),
  doc: ({ bpf_skel }, text) => (bpf_skel.doc = { brief: text, details: text, description: text, version: text }),
  "an export type's name": ({ export_types }, text) => (export_types[0].name += text),
  "a member's name": ({ export_types }, text) => (export_types[0].members[0].name += text),
  "an unknown member": (meta, text) => (meta[text] = text),
  "a member of the wrong kind": ({ bpf_skel }, text) => (bpf_skel.maps[0].sample = { interval: text }),
  "an unknown word": ({ bpf_skel }, text) => (bpf_skel.maps[0].export_config = text),
};

const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/u;
/** The valid beginnings of a line on stderr. */
const MESSAGE = /^(exitsnoop: |libbpf: |Running |\d+ events?|gave up |$)/;

/** Describes the first fault in the output. Returns undefined if there is none. */
function faultIn(stdout: Uint8Array, stderr: Uint8Array, status: number | null): string | undefined {
  for (const bytes of [stdout, stderr]) {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const line = text.split("\n").find((one) => UNSAFE.test(one));
    if (line !== undefined) return `raw: ${JSON.stringify(line)}`;
  }
  const forged = new TextDecoder()
    .decode(stderr)
    .split("\n")
    .find((line) => !MESSAGE.test(line));
  if (forged !== undefined) return `a forged message: ${JSON.stringify(forged)}`;
  return status === null || status > 2 ? `status ${status}` : undefined;
}

const ways = [["--inspect"], ["-v", "--inspect"], ["-v", "--for", "50ms"], ["--for", "50ms", "--", "--help"]];

/** Runs a package in every way. Returns the faults found. */
async function faultsOf(name: string, path: string, only = ways): Promise<string[]> {
  const found: string[] = [];
  for (const way of only) {
    const at = way.indexOf("--");
    const [before, after] = at < 0 ? [way, []] : [way.slice(0, at), way.slice(at)];
    const child = Bun.spawn([binary, "run", ...before, path, ...after], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr] = await Promise.all([child.stdout.bytes(), child.stderr.bytes()]);
    const wrong = faultIn(stdout, stderr, await child.exited);
    if (wrong) found.push(`${name} (${way.join(" ")}): ${wrong}`);
  }
  return found;
}

/** Overwrites each copy of a text in the object, in names and in types. A longer text is cut. */
function overwrite(text: string, by: Buffer): Buffer {
  const bytes = Buffer.from(validPackage.package.object);
  const word = Buffer.from(text);
  let count = 0;
  for (let at = bytes.indexOf(word); at >= 0; at = bytes.indexOf(word, at + word.length)) {
    by.copy(bytes, at, 0, Math.min(by.length, word.length));
    count++;
  }
  if (!count) throw new Error(`the object holds no ${text}`);
  return bytes;
}

/** Overwrites the text in the package's description, too, with U+FFFD for invalid bytes. */
function renamed(word: string, by: Buffer): Json {
  const bytes = Buffer.from(word);
  by.copy(bytes, 0, 0, Math.min(by.length, bytes.length));
  const change = (_: string, value: unknown) =>
    typeof value === "string" ? value.replaceAll(word, bytes.toString()) : value;
  return JSON.parse(JSON.stringify(validPackage.package.meta), change);
}

/** One text of each kind suffices, since a name is handled alike whatever it holds. */
const few = Object.fromEntries(
  ["an escape sequence", "a line feed", "a bidi override", "an invalid byte"].map((name) => [name, hostile[name]!]),
);

test.each(inObject)("object with hostile texts instead of %j: all output is escaped", async (word) => {
  using folder = temporaryFolder();
  const wrong: string[] = [];
  for (const [name, bytes] of Object.entries(few)) {
    const path = `${folder.path}/p.json`;
    write(path, [packText({ meta: renamed(word, bytes), object: overwrite(word, bytes) })]);
    wrong.push(...(await faultsOf(`${word} with ${name}`, path, [["-v", "--for", "50ms"]])));
  }
  expect(wrong).toEqual([]);
});

test.each(Object.entries(inMeta))("description with hostile texts in %s: all output is escaped", async (_, spoil) => {
  using folder = temporaryFolder();
  const wrong: string[] = [];
  for (const [name, bytes] of Object.entries({ ...few, "all of them": Buffer.concat(Object.values(hostile)) })) {
    const meta = structuredClone(validPackage.package.meta);
    spoil(meta, `${bytes}exitsnoop: forged`);
    const path = `${folder.path}/p.json`;
    write(path, [packText({ meta, object: validPackage.package.object })]);
    wrong.push(...(await faultsOf(name, path, ways.slice(1))));
  }
  expect(wrong).toEqual([]);
});

/**
 * Gives the object `source` as each source line and file of its line information, and a second
 * program that reads an uninitialized register.
 */
function refusedWith(source: Buffer): Buffer {
  const elf = new ElfEditor(Buffer.from(validPackage.package.object));
  const btf = new BtfEditor(elf.content(".BTF"));
  const text = btf.text(source.toString("latin1"));
  // The layout is struct btf_ext_header, then for each section struct btf_ext_info_sec followed by
  // records of struct bpf_line_info { insn, file, line, column }.
  const ext = elf.content(".BTF.ext");
  const [head, start, length] = [4, 16, 20].map((at) => ext.readUInt32LE(at)) as [number, number, number];
  const size = ext.readUInt32LE(head + start);
  for (let at = head + start + 4; at < head + start + length;) {
    const count = ext.readUInt32LE(at + 4);
    at += 8;
    for (let i = 0; i < count; i++, at += size) {
      ext.writeUInt32LE(text, at + 4);
      ext.writeUInt32LE(text, at + 8);
    }
  }
  elf.replace(elf.find(".BTF"), btf.bytes()).replace(elf.find(".BTF.ext"), ext);
  const { start: code, size: bytes } = elf.range(elf.find(SECTION));
  // the program becomes r0 = r5, then r0 = 0 repeatedly, then exit
  for (let at = 0; at < bytes; at += 8) elf.bytes.set([0xb7, 0, 0, 0, 0, 0, 0, 0], code + at);
  elf.bytes.set([0xbf, 0x50], code);
  elf.bytes.set([0x95], code + bytes - 8);
  // its relocations belong to the replaced instructions
  elf.setSection(elf.find(`.rel${SECTION}`), { type: 1 });
  return elf.bytes;
}

test("program that the verifier refuses: source lines in its log are escaped and forge no message", async () => {
  using folder = temporaryFolder();
  const wrong: string[] = [];
  for (const [name, bytes] of Object.entries({
    ...hostile,
    "a forged message": Buffer.from("\nexitsnoop: all ok\n"),
  })) {
    const path = `${folder.path}/p.json`;
    write(path, [packText({ meta: validPackage.package.meta, object: refusedWith(bytes) })]);
    wrong.push(...(await faultsOf(name, path)));
    const { stderr } = await runToEnd([binary, "run", path]);
    expect(stderr).toMatch(
      /^exitsnoop: [^\n]*rejected the program on_raw \(section raw_tp\/[^\n]*R5 !read_ok[^\n]*\n$/,
    );
    const { stderr: all } = await runToEnd([binary, "run", "-v", path]);
    expect(all).toContain("libbpf:   ; ");
  }
  expect(wrong).toEqual([]);
});

test("package that is not JSON: the text that the parser quotes is escaped", async () => {
  using folder = temporaryFolder();
  const wrong: string[] = [];
  for (const [name, bytes] of Object.entries(hostile)) {
    const path = `${folder.path}/p.json`;
    write(path, [Buffer.concat([Buffer.from("{"), bytes, Buffer.from(": 1}")])]);
    wrong.push(...(await faultsOf(name, path, ways.slice(0, 1))));
    write(path, [JSON.stringify({ [`${bytes}`]: 1, bpf_object: `${bytes}`, bpf_object_size: 1, meta: {} })]);
    wrong.push(...(await faultsOf(name, path, ways.slice(0, 1))));
  }
  expect(wrong).toEqual([]);
});

test("hostile file names and option values are escaped", async () => {
  using folder = temporaryFolder();
  const wrong: string[] = [];
  for (const [name, bytes] of Object.entries(hostile)) {
    const path = `${folder.path}/p${bytes.toString()}.json`;
    write(path, [validPackage.text]);
    wrong.push(
      ...(await faultsOf(name, path, [["--for", "50ms"], ["--inspect"], ["--for", "1s", "--", `--number=${bytes}`]])),
    );
    wrong.push(...(await faultsOf(name, `${path}.missing`, [["--inspect"], ["--inspect", "--btf", `${bytes}`]])));
  }
  expect(wrong).toEqual([]);
});
