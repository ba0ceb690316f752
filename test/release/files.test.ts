/** Checks the files of a release: their completeness, architectures, checksums and descriptions. */
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import lock from "../../package-lock.json" with { type: "json" };
import { runToEnd, shell, temporaryFolder } from "../support/tracer.ts";
import { debOf, dist, pathOf, released, succeed } from "./released.ts";

test("SHA256SUMS has the right checksum of every file", async () => {
  const { stdout, status } = await runToEnd(["sha256sum", "--check", "--strict", "SHA256SUMS"], { cwd: dist });
  expect(status).toBe(0);
  const checked = [...stdout.matchAll(/^(.*): OK$/gm)].map(([, name]) => name!);
  const there = readdirSync(dist).filter((name) => !["SHA256SUMS", "SHA256SUMS.sig", "exitsnoop"].includes(name));
  expect(checked.toSorted()).toEqual(there.toSorted());
  expect(checked).toHaveLength(24);
});

test("dist/exitsnoop, which the other tests run, equals the released binary", async () => {
  expect(await succeed(["cmp", `${dist}exitsnoop`, pathOf(`linux-${process.arch}`)])).toBe("");
});

describe.each(released)("$name", ({ name, machine, core, isMusl }) => {
  test("the binary and its native core have the right architecture", async () => {
    for (const file of [pathOf(name), core]) expect(await succeed(["readelf", "-h", file])).toContain(machine);
  });

  test("the binary needs only the libraries of its target: glibc 2.17, or musl with libstdc++", async () => {
    const dynamic = await succeed(["readelf", "-dVW", pathOf(name), core]);
    const needed = [...dynamic.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, library]) => library!);
    const versions = [...dynamic.matchAll(/GLIBC_(\d+)\.(\d+)/g)].map(([, major, minor]) => [
      Number(major),
      Number(minor),
    ]);
    if (isMusl) {
      expect(new Set(needed)).toEqual(new Set(["libstdc++.so.6", "libc.musl-x86_64.so.1", "libc.so"]));
      expect(versions).toEqual([]);
    } else {
      expect(needed.filter((library) => !/^(ld-linux-.*|lib(c|m|pthread|dl))\.so\.\d$/.test(library))).toEqual([]);
      expect(versions.length).toBeGreaterThan(10);
      expect(versions.filter(([major, minor]) => major! > 2 || minor! > 17)).toEqual([]);
    }
  });

  test.each([
    ["zst", "zstd"],
    ["gz", "gzip"],
  ])("the decompressed .%s equals the binary", async (ending, tool) => {
    const script = `${tool} --decompress --stdout <"$1.${ending}" | cmp - "$1"`;
    expect(await succeed([...shell(script), pathOf(name)])).toBe("");
  });

  test("the bill of materials has the pinned versions of all parts", async () => {
    const bom = await Bun.file(`${pathOf(name)}.cdx.json`).json();
    expect(bom).toMatchObject({ bomFormat: "CycloneDX", specVersion: "1.5" });
    const sha256 = new Bun.CryptoHasher("sha256").update(await Bun.file(pathOf(name)).bytes()).digest("hex");
    expect(bom.metadata.component.hashes).toEqual([{ alg: "SHA-256", content: sha256 }]);

    type Part = { name: string; version?: string; "bom-ref": string; hashes?: unknown[]; components?: Part[] };
    const flat = (parts: Part[]): Part[] => parts.flatMap((part) => [part, ...flat(part.components ?? [])]);
    const all = flat(bom.components);
    const versions = Object.fromEntries(all.map((part) => [part.name, part.version]));
    expect(versions).toMatchObject({ libbpf: "1.7.0", elfutils: "0.191", zlib: "1.2.13" });
    for (const npm of ["citty", "consola", "valibot"] as const) {
      expect(versions[npm]).toBe(lock.packages[`node_modules/${npm}`].version);
    }
    const bun = all.find((part) => part.name.startsWith("@oven/bun-"))!;
    expect(bun.version).toBe(lock.packages["node_modules/bun"].version);
    expect(bun.components!.map((part) => part.name)).toContain("tinycc");
    const cargo = await Bun.file(`${dist}../src/native/core/Cargo.lock`).text();
    const [, checksum] = /name = "libbpf-sys"\n.*\n.*\nchecksum = "(.*)"/.exec(cargo)!;
    const crate = all.find((part) => part.name === "libbpf-sys")!;
    expect(crate.hashes).toEqual([{ alg: "SHA-256", content: checksum }]);

    const refs = [bom.metadata.component, ...all].map((part: Part) => part["bom-ref"]);
    expect(new Set(refs).size).toBe(refs.length);
    const known = new Set(refs);
    const edges = bom.dependencies as { ref: string; dependsOn: string[] }[];
    expect(edges.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]).filter((ref) => !known.has(ref))).toEqual([]);
  });
});

test("THIRD-PARTY-NOTICES contains the texts of the licences", async () => {
  const text = await Bun.file(`${dist}THIRD-PARTY-NOTICES`).text();
  for (const words of [
    "The Libbpf Authors",
    "Jean-loup Gailly",
    "GNU LESSER GENERAL PUBLIC LICENSE",
    "JavaScriptCore",
  ]) {
    expect(text).toContain(words);
  }
});

test.each(["amd64", "arm64"])("lintian reports nothing for the %s package", async (architecture) => {
  const { stdout } = await runToEnd(["lintian", "--allow-root", "--fail-on=none", debOf(architecture)]);
  expect(stdout).toBe("");
});

test.if(Boolean(process.env.EXITSNOOP_LONG))(
  "a release from another folder has the same bytes",
  async () => {
    const changes = await succeed(["git", "status", "--porcelain"], dist);
    if (changes) throw new Error(`files differ from the commit; commit them first:\n${changes}`);
    using folder = temporaryFolder();
    await succeed(["git", "clone", "--quiet", `${dist}..`, `${folder.path}/elsewhere`]);
    await succeed(["npm", "run", "release"], `${folder.path}/elsewhere`);
    expect(await Bun.file(`${folder.path}/elsewhere/dist/SHA256SUMS`).text()).toBe(
      await Bun.file(`${dist}SHA256SUMS`).text(),
    );
  },
  1_800_000,
);
