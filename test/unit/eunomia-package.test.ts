/** The size of packages is limited before they are parsed and inflated. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { checkJsonLimits } from "../../src/eunomia/json-limits.ts";
import { readPackage } from "../../src/eunomia/read-package.ts";
import { checkMeta, checkPackage } from "../../src/eunomia/schema.ts";

const bounds = (text: string) => () => checkJsonLimits(new TextEncoder().encode(text));
const bpf_skel = { obj_name: "x_bpf", data_sections: [], maps: [], progs: [] };
const object = Buffer.from("the object");

/** Reads a package that is written into a file of its own. */
function read(root: unknown, name = "package.json", object?: Uint8Array) {
  const folder = mkdtempSync(join(tmpdir(), "exitsnoop-test-"));
  try {
    writeFileSync(
      join(folder, name),
      typeof root === "string" || root instanceof Uint8Array ? root : JSON.stringify(root),
    );
    if (object) writeFileSync(join(folder, "x.bpf.o"), object);
    return readPackage(join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const sound = {
  bpf_object: deflateSync(object).toString("base64"),
  bpf_object_size: object.length,
  meta: { bpf_skel, eunomia_version: "0.3.3", unknown: { "": [] } },
};

describe("checkJsonLimits():", () => {
  test("valid JSON and invalid JSON within the limits: accepted", () => {
    for (const text of [
      "",
      "{}",
      '{"a":{"a":1},"b":[{"a":1},{"a":2}]}',
      '"a:b{[,"',
      '{"\\"":1,"\\\\":2}',
      "}]",
      ":",
      '"',
    ]) {
      expect(bounds(text)).not.toThrow();
    }
  });

  test("two members of one name, also with escapes: refused", () => {
    expect(bounds('{"a":1,"a":2}')).toThrow("a is given twice in one object (byte 7)");
    expect(bounds('{"a":1,"\\u0061":2}')).toThrow("given twice");
    expect(bounds('[{"b":{"a":1},"b":2}]')).toThrow("b is given twice");
  });

  test("__proto__: refused as a name, accepted as a text", () => {
    expect(bounds('{"a":[{"__proto__":1}]}')).toThrow("__proto__");
    expect(bounds('{"\\u005f_proto__" :1}')).toThrow("__proto__");
    expect(bounds('{"a":"__proto__","b":"__proto__:"}')).not.toThrow();
  });

  test("JSON nested too deep, or with too many values: refused", () => {
    expect(bounds("[".repeat(64))).not.toThrow();
    expect(bounds("[".repeat(65))).toThrow("nested more than 64 deep");
    expect(bounds(`[${"0,".repeat(300_000)}0]`)).toThrow("more than 262144");
    expect(bounds(`["${"[,{:".repeat(300_000)}"]`)).not.toThrow();
  });
});

describe("readPackage():", () => {
  test("a package.json: returns its meta and its object", () => {
    const { meta, object: read1 } = read(sound);
    expect(Buffer.from(read1).toString()).toBe("the object");
    expect(meta).toMatchObject({
      bpf_skel,
      export_types: [],
      perf_buffer_pages: 64,
      enable_multiple_export_types: false,
    });
    expect(meta).not.toHaveProperty("unknown");
  });

  test("NAME.skel.json with NAME.bpf.o beside it: returns both", () => {
    const { object: read2 } = read(sound.meta, "x.skel.json", object);
    expect(Buffer.from(read2).toString()).toBe("the object");
    expect(() => read(sound.meta, "x.skel.json")).toThrow("its object x.bpf.o");
  });

  test.each<[string, object, string]>([
    [
      "an object smaller than bpf_object_size",
      { bpf_object_size: 11 },
      "bpf_object inflates to 10 bytes, but bpf_object_size is 11",
    ],
    ["an object larger than bpf_object_size", { bpf_object_size: 5 }, "bpf_object inflates to"],
    ["an object of 2 GB", { bpf_object_size: 2 ** 31 }, "at most 32 MB is possible"],
    ["an object that is not base64", { bpf_object: "=" }, "not base64"],
    ["an object that is not compressed with zlib", { bpf_object: "AAAA" }, "not a zlib stream"],
    [
      "bytes after the zlib stream",
      { bpf_object: Buffer.concat([deflateSync(object), object]).toString("base64") },
      "the zlib stream of bpf_object ends after",
    ],
  ])("%s: refused", (_, other, says) => expect(() => read({ ...sound, ...other })).toThrow(says));

  test("an empty file and a file without JSON: refused", () => {
    expect(() => read("")).toThrow("it is empty");
    expect(() => read("{")).toThrow("it is not JSON");
    expect(() => read(Buffer.from([0x7b, 0xff]))).toThrow("it is not JSON: it has bytes that are not UTF-8");
    expect(() => readPackage(tmpdir())).toThrow("it is a directory");
  });
});

describe("checkPackage() and checkMeta():", () => {
  test("an invalid member: the message contains its path", () => {
    expect(() => checkPackage({ ...sound, meta: {} })).toThrow("meta.bpf_skel is missing");
    expect(() => checkMeta({ bpf_skel: { ...bpf_skel, maps: [{ name: 7, ident: "x" }] } })).toThrow(
      "bpf_skel.maps[0].name: expected string, not 7",
    );
    const export_types = [{ name: "e", members: [], size: -1, type_id: 1 }];
    expect(() => checkMeta({ bpf_skel, export_types })).toThrow("export_types[0].size: expected >=0, not -1");
  });

  test("an array for an object, and inherited members: refused", () => {
    expect(() => checkMeta({ bpf_skel: { ...bpf_skel, doc: [] } })).toThrow("bpf_skel.doc: expected Object");
    expect(() => checkMeta(JSON.parse(JSON.stringify({ ["__proto__"]: { bpf_skel } })))).toThrow("bpf_skel");
  });

  test("null for an optional member: read as if it were missing", () => {
    const { progs, doc } = checkMeta({ bpf_skel: { ...bpf_skel, progs: null, doc: null } }).bpf_skel;
    expect([progs, doc]).toEqual([[], null]);
  });

  test("null for maps, sections, variables or export types: read as an empty list", () => {
    const nothing = { ...bpf_skel, data_sections: null, maps: null, progs: null };
    expect(checkMeta({ bpf_skel: nothing, export_types: null })).toMatchObject({ bpf_skel, export_types: [] });
    const sections = [{ name: ".bss", variables: null }];
    expect(checkMeta({ bpf_skel: { ...bpf_skel, data_sections: sections } }).bpf_skel.data_sections).toEqual([
      { name: ".bss", variables: [] },
    ]);
    expect(() => checkMeta({ bpf_skel: { ...bpf_skel, maps: undefined } })).toThrow("bpf_skel.maps is missing");
  });
});
