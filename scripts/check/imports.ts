/**
 * The architecture of src/ as a check: a file may import from its own folder and from folders of
 * its own layer or below. Two folders never import each other, files never form a cycle, only
 * src/native and test/ import bun:ffi, src/record imports nothing, and scripts/ imports no test.
 */
import { dirname, join } from "node:path";

/** The folders (or files) of src/, one layer per line, lowest first. */
const LAYERS = [
  ["errors", "record", "text", "embedded.d"],
  ["native"],
  ["log"],
  ["bpf", "system"],
  ["filter", "recorder"],
  ["exit", "otlp"],
  ["output", "symbols"],
  ["crash"],
  ["diagnose"],
  ["views"],
  ["trace"],
  ["agent", "doctor", "eunomia", "replay"],
  ["export"],
  ["cli"],
  ["commands"],
  ["main"],
];

/** The sources by path, each with the paths and the modules that it imports. */
type Imports = ReadonlyMap<string, readonly string[]>;

/** `src/bpf/map.ts` is in `bpf`, `src/main.ts` in `main`, `scripts/build/run.ts` in `scripts`. */
function folderOf(path: string): string {
  const [top, folder] = path.split("/") as [string, string | undefined];
  return top === "src" && folder ? folder.replace(/\.ts$/, "") : top;
}

const layerOf = (folder: string) => LAYERS.findIndex((folders) => folders.includes(folder));

/** Returns why one import is refused, or undefined. */
function mistake(from: string, to: string): string | undefined {
  const [source, target] = [folderOf(from), folderOf(to)];
  if (to === "bun:ffi")
    return /^(src\/native|test)\//.test(from) ? undefined : "only src/native and test/ import bun:ffi";
  if (source === "scripts" && target === "test") return "scripts/ does not import test/";
  if (!from.startsWith("src/") || source === target) return undefined;
  if (source === "record") return "src/record imports nothing outside itself";
  if (/^(scripts|test)\//.test(to)) return "src/ imports neither scripts/ nor test/";
  if (!to.startsWith("src/")) return undefined;
  if (layerOf(source) < 0 || layerOf(target) < 0) return "this folder has no layer in scripts/check/imports.ts";
  return layerOf(target) > layerOf(source) ? `${target} is a layer above ${source}` : undefined;
}

/** Returns the cycles of a graph, each once, as the path from a node back to itself. */
function cyclesOf(graph: Imports): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (node: string, path: string[]): void => {
    if (path.includes(node)) cycles.push([...path.slice(path.indexOf(node)), node].join(" -> "));
    if (path.includes(node) || done.has(node)) return;
    for (const next of graph.get(node) ?? []) visit(next, [...path, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return cycles;
}

/** Returns every violation of the rules, as `FILE: REASON`. */
export function importMistakes(imports: Imports): string[] {
  const folders = new Map<string, string[]>();
  const mistakes: string[] = [];
  for (const [from, targets] of imports) {
    for (const to of targets) {
      const reason = mistake(from, to);
      if (reason) mistakes.push(`${from}: imports ${to}: ${reason}`);
      if (!from.startsWith("src/") || !to.startsWith("src/") || folderOf(from) === folderOf(to)) continue;
      folders.set(folderOf(from), [...(folders.get(folderOf(from)) ?? []), folderOf(to)]);
    }
  }
  const cycles = [...cyclesOf(imports), ...cyclesOf(folders)];
  return [...new Set([...mistakes, ...cycles.map((cycle) => `${cycle.split(" ")[0]}: imports itself: ${cycle}`)])];
}

const IMPORT = /^(?:import|export)\b[^;"]*? from "(.+?)"|^import "(.+?)"|\bimport\("(.+?)"\)/gm;

/** Reads what each file imports, in the form that `bun fmt` gives it; imports of types count. */
export async function readImports(root: string, files: readonly string[]): Promise<Imports> {
  const entries = files.map(async (file) => {
    const text = await Bun.file(`${root}${file}`).text();
    const paths = Array.from(text.matchAll(IMPORT), ([, from, alone, dynamic]) => (from ?? alone ?? dynamic)!);
    return [file, paths.map((path) => (path.startsWith(".") ? join(dirname(file), path) : path))] as const;
  });
  return new Map(await Promise.all(entries));
}
