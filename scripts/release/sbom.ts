/**
 * The bill of materials of one binary, as CycloneDX 1.5: npm's own of what is bundled, and what npm does not know: the runtime
 * and the native core.
 */
import lock from "../../package-lock.json" with { type: "json" };
import { root, run } from "../build/run.ts";
import type { Target } from "../build/target.ts";
import type { Commit } from "./commit.ts";
import { runtimeLibraries } from "./notices.ts";

interface Component {
  "bom-ref": string;
  type: string;
  name: string;
  version?: string;
  description?: string;
  purl?: string;
  hashes?: { alg: string; content: string }[];
  licenses?: ({ expression: string } | { license: { name: string; url?: string } })[];
  externalReferences?: { type: string; url: string }[];
  components?: Component[];
}

interface Bom {
  serialNumber: string;
  metadata: { timestamp: string; component: Component; properties?: { name: string; value: string }[] };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

/** An UUID out of what must differ, of the form that RFC 9562 gives to those with contents of one's own (version 8). */
function uuidOf(text: string): string {
  const bytes = new Bun.CryptoHasher("sha256").update(text).digest();
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Bun as npm carries it, with what it links statically, of which it says no versions. */
async function runtimeOf(target: Target): Promise<Component> {
  const packages: Record<string, { version?: string; integrity?: string }> = lock.packages;
  const { version, integrity } = packages[`node_modules/${target.runtime}`]!;
  const purl = `pkg:npm/${target.runtime.replace("@", "%40")}@${version}`;
  const sha512 = Buffer.from(integrity!.replace("sha512-", ""), "base64").toString("hex");
  const libraries = await runtimeLibraries();
  return {
    "bom-ref": purl,
    type: "application",
    name: target.runtime,
    version: version!,
    description:
      "The runtime. The build makes some names in it unmatchable and looks at the processor first (scripts/runtime/runtime.ts, entry.ts).",
    purl,
    hashes: [{ alg: "SHA-512", content: sha512 }],
    licenses: [{ expression: "MIT" }],
    components: libraries.map(({ name, url, license }) => ({
      "bom-ref": `${purl}#${name}`,
      type: "library",
      name,
      licenses: [{ license: { name: license } }],
      externalReferences: [{ type: "website", url }],
    })),
  };
}

/** The crate that carries the native core's sources, with the three works in it. */
async function coreOf(crate: string): Promise<Component> {
  const cargo = await Bun.file(`${root}src/native/core/Cargo.lock`).text();
  const [, version, checksum] = /name = "libbpf-sys"\nversion = "(.*)"\n.*\nchecksum = "(.*)"/.exec(cargo) ?? [];
  const read = async (file: string, pattern: RegExp) => pattern.exec(await Bun.file(`${crate}/${file}`).text())?.[1];
  const works = [
    ["libbpf", version?.split("+v")[1], "pkg:github/libbpf/libbpf@v", "BSD-2-Clause"],
    [
      "elfutils",
      await read("elfutils/configure.ac", /AC_INIT\(\[elfutils\],\[([\d.]+)\]/),
      "pkg:generic/elfutils@",
      "LGPL-3.0-or-later",
    ],
    ["zlib", await read("zlib/zlib.h", /ZLIB_VERSION "(.*)"/), "pkg:github/madler/zlib@v", "Zlib"],
  ] as const;
  const unknown = works.filter((work) => work[1] === undefined).map(([name]) => name);
  if (!checksum || unknown.length)
    throw new Error(`the crate libbpf-sys does not tell the version of ${unknown.join(", ")}`);
  return {
    "bom-ref": `pkg:cargo/libbpf-sys@${version}`,
    type: "library",
    name: "libbpf-sys",
    version: version!,
    description: "Carries the C sources of the native core; nothing of its Rust is in the binary.",
    purl: `pkg:cargo/libbpf-sys@${version}`,
    hashes: [{ alg: "SHA-256", content: checksum }],
    licenses: [{ expression: "BSD-2-Clause" }],
    components: works.map(([name, at, purl, license]) => ({
      "bom-ref": `${purl}${at}`,
      type: "library",
      name,
      version: at!,
      purl: `${purl}${at}`,
      licenses: [{ expression: license }],
      ...(name === "elfutils" && { description: "Of it libelf alone." }),
    })),
  };
}

/** @param sha256 of the binary. @throws Error where npm cannot tell, or the crate does not say its versions. */
export async function bomText(target: Target, commit: Commit, crate: string, sha256: string): Promise<string> {
  const bom = JSON.parse(
    await run(["npm", "sbom", "--sbom-format=cyclonedx", "--omit=dev", "--package-lock-only"]),
  ) as Bom;
  const { component } = bom.metadata;
  bom.serialNumber = `urn:uuid:${uuidOf(`${commit.hash} ${target.name} ${sha256}`)}`;
  bom.metadata.timestamp = new Date(commit.seconds * 1000).toISOString();
  bom.metadata.properties = [{ name: "exitsnoop:commit", value: commit.hash }];
  // npm calls it by the folder in which it lies, and a library
  component.name = `exitsnoop-${target.name}`;
  component.type = "application";
  component.hashes = [{ alg: "SHA-256", content: sha256 }];
  const own = bom.dependencies.find(({ ref }) => ref === component["bom-ref"]);
  if (!own) throw new Error("npm sbom names no dependencies of the project itself");
  for (const part of [await runtimeOf(target), await coreOf(crate)]) {
    bom.components.push(part);
    own.dependsOn.push(part["bom-ref"]);
    const inner = (part.components ?? []).map((inside) => inside["bom-ref"]);
    bom.dependencies.push({ ref: part["bom-ref"], dependsOn: inner });
  }
  return `${JSON.stringify(bom, null, 2)}\n`;
}
