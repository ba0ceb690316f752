/**
 * The bill of materials of one binary, as CycloneDX 1.5. `npm sbom` describes the npm packages;
 * this file adds the components that npm does not know: the runtime and the native core.
 */
import lock from "../../package-lock.json" with { type: "json" };
import { root, run } from "../build/run.ts";
import type { Target } from "../build/target.ts";
import type { Commit } from "../build/commit.ts";
import { runtimeLibraries } from "./notices.ts";

interface Component {
  "bom-ref": string;
  type: string;
  name: string;
  version?: string;
  description?: string;
  purl?: string;
  hashes?: { alg: string; content: string }[];
  licenses?: ({ expression: string } | { license: { name: string } })[];
  externalReferences?: { type: string; url: string }[];
  components?: Component[];
}

interface Bom {
  serialNumber: string;
  metadata: { timestamp: string; component: Component; properties?: { name: string; value: string }[] };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

/** Derives a UUID from a text: version 8 of RFC 9562, whose contents are the application's. */
function uuidOf(text: string): string {
  const bytes = new Bun.CryptoHasher("sha256").update(text).digest();
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Describes a component by its package URL. */
function component(type: string, name: string, version: string, purl: string, license: string): Component {
  return { "bom-ref": purl, type, name, version, purl, licenses: [{ expression: license }] };
}

/** Bun's npm package, with the libraries that it links; Bun does not publish their versions. */
async function runtimeOf(target: Target): Promise<Component> {
  const packages: Record<string, { version?: string; integrity?: string }> = lock.packages;
  const { version, integrity } = packages[`node_modules/${target.runtime}`]!;
  const purl = `pkg:npm/${target.runtime.replace("@", "%40")}@${version}`;
  const sha512 = Buffer.from(integrity!.replace("sha512-", ""), "base64").toString("hex");
  return {
    ...component("application", target.runtime, version!, purl, "MIT"),
    description: "The runtime. The build puts checks before its entry point (scripts/runtime/README.md).",
    hashes: [{ alg: "SHA-512", content: sha512 }],
    components: (await runtimeLibraries()).map(({ name, url, license }) => ({
      "bom-ref": `${purl}#${name}`,
      type: "library",
      name,
      licenses: [{ license: { name: license } }],
      externalReferences: [{ type: "website", url }],
    })),
  };
}

/**
 * The crate libbpf-sys, with the C libraries in it.
 * @throws Error if a version is not where it was.
 */
async function coreOf(crate: string): Promise<Component> {
  const find = async (file: string, pattern: RegExp) => {
    const groups = pattern.exec(await Bun.file(file).text());
    if (!groups) throw new Error(`${file} does not contain ${pattern}, which contains the version`);
    return groups.slice(1) as [string, string];
  };
  const pinned = /name = "libbpf-sys"\nversion = "(.*)"\n.*\nchecksum = "(.*)"/;
  const [version, checksum] = await find(`${root}src/native/core/Cargo.lock`, pinned);
  const [elfutils] = await find(`${crate}/elfutils/configure.ac`, /AC_INIT\(\[elfutils\],\[([\d.]+)\]/);
  const [zlib] = await find(`${crate}/zlib/zlib.h`, /ZLIB_VERSION "(.*)"/);
  const libbpf = version.split("+v")[1]!;
  return {
    ...component("library", "libbpf-sys", version, `pkg:cargo/libbpf-sys@${version}`, "BSD-2-Clause"),
    description: "Carries the C sources of the native core; the binary has none of its Rust code.",
    hashes: [{ alg: "SHA-256", content: checksum }],
    components: [
      component("library", "libbpf", libbpf, `pkg:github/libbpf/libbpf@v${libbpf}`, "BSD-2-Clause"),
      {
        ...component("library", "elfutils", elfutils, `pkg:generic/elfutils@${elfutils}`, "LGPL-3.0-or-later"),
        description: "Only libelf.",
      },
      component("library", "zlib", zlib, `pkg:github/madler/zlib@v${zlib}`, "Zlib"),
    ],
  };
}

/**
 * @param crate the folder of the native core's sources.
 * @param sha256 the checksum of the binary.
 * @throws Error if `npm sbom` fails, or if a version cannot be found in the crate.
 */
export async function bomText(target: Target, commit: Commit, crate: string, sha256: string): Promise<string> {
  const npm = await run(["npm", "sbom", "--sbom-format=cyclonedx", "--omit=dev", "--package-lock-only"]);
  const bom = JSON.parse(npm) as Bom;
  const { component } = bom.metadata;
  bom.serialNumber = `urn:uuid:${uuidOf(`${commit.hash} ${target.name} ${sha256}`)}`;
  bom.metadata.timestamp = new Date(commit.seconds * 1000).toISOString();
  bom.metadata.properties = [{ name: "exitsnoop:commit", value: commit.hash }];
  // npm calls the project a library, and names it after its folder
  component.name = `exitsnoop-${target.name}`;
  component.type = "application";
  component.hashes = [{ alg: "SHA-256", content: sha256 }];
  const own = bom.dependencies.find(({ ref }) => ref === component["bom-ref"]);
  if (!own) throw new Error("npm sbom names no dependencies of the project itself");
  for (const part of [await runtimeOf(target), await coreOf(crate)]) {
    bom.components.push(part);
    own.dependsOn.push(part["bom-ref"]);
    bom.dependencies.push({ ref: part["bom-ref"], dependsOn: part.components!.map((inner) => inner["bom-ref"]) });
  }
  return `${JSON.stringify(bom, null, 2)}\n`;
}
