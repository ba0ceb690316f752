/** README.md and docs/: their links, options, figures, generated parts, and messages. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { version } from "../../package.json" with { type: "json" };
import { root } from "../../scripts/build/run.ts";
import { partsOf, replaceParts } from "../../scripts/docs/blocks.ts";
import { documents, formatted, staticParts } from "../../scripts/docs/documents.ts";
import { correctFigures } from "../../scripts/docs/figures.ts";
import { scenes } from "../../scripts/docs/scenes.ts";
import * as optionTables from "../../src/cli/options/index.ts";
import { columns } from "../../src/output/index.ts";
import { KillerReason } from "../../src/record/layout.ts";

const MAX_README_LINES = 170;
const MAX_COLUMNS = 120;
/** Files that other programs write, with messages that cannot be wrapped. */
const WRITTEN_BY_TESTS = ["docs/kernels.md", "docs/fleet.md"];

interface Container {
  securityContext: { capabilities: { drop: string[]; add?: string[] } };
}

interface DaemonSet {
  spec: { template: { spec: { containers: Container[] } } };
}

const read = (path: string) => readFileSync(root + path, "utf8");
const texts = documents().map((path) => [path, read(path)] as const);

/** Removes blocks and spans of code. */
function prose(text: string): string {
  return text.replace(/^```[^]*?^```$/gm, "").replace(/`[^`\n]*`/g, "");
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchors(path: string): string[] {
  return [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Returns the links that lead nowhere. */
function deadLinks(path: string, text: string): string[] {
  const links = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
  return links.filter((link) => {
    if (/^https?:/.test(link)) return false;
    const [file, anchor] = link.split("#");
    const target = file ? join(dirname(path), file) : path;
    return !existsSync(root + target) || (anchor !== undefined && !anchors(target).includes(anchor));
  });
}

/** The documents that name options of exitsnoop only, and those of other programs below. */
const FOR_USERS = ["README", "command", "doctor", "INSTALL", "output", "recipes", "troubleshooting"];
/** Long options of other programs in these documents. */
const FOREIGN = [
  "check",
  "ignore-missing",
  "cap-add",
  "security-opt",
  "ulimit",
  "csv",
  "now",
  "global",
  "ignore-scripts",
  "access",
  "input",
  "rm",
  "cap-drop",
];

const tables = Object.values(optionTables) as unknown as Record<string, { aliases?: readonly string[] }>[];
const known = new Set([
  ...tables.flatMap((table) => Object.entries(table).flatMap(([name, { aliases = [] }]) => [name, ...aliases])),
  ...FOREIGN,
]);

/** Returns the long options in code that no table of exitsnoop has, up to a COMMAND. */
function unknownOptions(text: string): string[] {
  const blocks = [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, block]) => block!.split("\n"));
  const spans = [...text.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span!);
  const own = [...blocks, ...spans].map((code) => code.split(/ -- | [|#] |\bmake\b/)[0]!);
  const names = own.flatMap((code) => [...code.matchAll(/(?<=^|\s)--([a-z][a-z-]*)/g)].map(([, name]) => name!));
  return names.filter((name) => !known.has(name));
}

describe.each(texts)("%s", (path, text) => {
  test("each link leads to a file, and to a heading of it", () => {
    expect(deadLinks(path, text)).toEqual([]);
  });

  test("generated tables and measured figures are those of `npm run docs`", async () => {
    const kept = { screen: () => null, before: () => null };
    expect(await formatted(path, correctFigures(await replaceParts(text, { ...staticParts, ...kept })))).toBe(text);
  });

  test("each screen has a scene", () => {
    const names = partsOf(text).flatMap((part) => (/^(screen|before) /.test(part) ? [part.split(" ")[1]!] : []));
    expect(names.filter((name) => !scenes.some((scene) => scene.name === name))).toEqual([]);
  });

  test.skipIf(WRITTEN_BY_TESTS.includes(path))("prose ends at column 120", () => {
    const lines = text.replace(/^```[^]*?^```$/gm, "").split("\n");
    expect(lines.filter((line) => line.length > MAX_COLUMNS && !/^([|<]|    )/.test(line))).toEqual([]);
  });
});

test("deploy/kubernetes: the tracer has the capabilities that the flags of docker add, the exporter none", () => {
  const { spec } = Bun.YAML.parse(read("deploy/kubernetes/daemonset.yaml")) as DaemonSet;
  const [tracer, exporter] = spec.template.spec.containers;
  const { capabilities } = tracer!.securityContext;
  expect(exporter!.securityContext.capabilities).toEqual({ drop: ["ALL"] });
  const flags = [...read("docs/containers.md").matchAll(/^docker run .*$/gm)].map(([line]) => line);
  expect(flags.length).toBeGreaterThan(0);
  for (const line of flags) {
    expect(line).toContain(`--cap-drop ALL ${capabilities.add!.map((name) => `--cap-add ${name}`).join(" ")}`);
  }
});

test("deploy/kubernetes: the image has the version of package.json", () => {
  const { images } = Bun.YAML.parse(read("deploy/kubernetes/kustomization.yaml")) as { images: { newTag: string }[] };
  expect(images.map(({ newTag }) => newTag)).toEqual([version]);
});

test("README.md: at most 170 lines", () => {
  expect(read("README.md").trimEnd().split("\n").length).toBeLessThanOrEqual(MAX_README_LINES);
});

test.each(texts.filter(([path]) => FOR_USERS.some((name) => path.endsWith(`${name}.md`) && !path.includes("/dev/"))))(
  "%s: each long option is one of exitsnoop's",
  (_, text) => expect(unknownOptions(text)).toEqual([]),
);

test("docs/output.md: has each column and each reason", () => {
  const output = read("docs/output.md");
  const reasons = Object.keys(KillerReason).map((name) =>
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  );
  const names = [...columns.map(({ key }) => key), ...reasons];
  expect(names.filter((name) => !output.includes(`| \`${name}\``))).toEqual([]);
});

test("docs/troubleshooting.md: each message of a heading is in the sources", () => {
  const files = ["src/**/*.{ts,c}", "scripts/runtime/*.c"].flatMap((glob) => [...new Bun.Glob(glob).scanSync(root)]);
  // joins texts that are continued on the next line
  const sources = files.map((file) => read(file).replace(/["`]\s*\+?\s*\n\s*["`]/g, "")).join("\n");
  const headings = [...read("docs/troubleshooting.md").matchAll(/^### `(.*)`$/gm)].map(([, message]) => message!);
  expect(headings.length).toBeGreaterThan(20);
  const missing = headings.filter((message) => !message.split("…").every((part) => sources.includes(part.trim())));
  expect(missing).toEqual([]);
});
