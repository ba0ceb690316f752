/**
 * `npm run check`: types, format, lint, imports, language, shell scripts and the generated record
 * layout. Needs neither root nor a build; a check that cannot run is reported as skipped.
 */
import { bpfSources } from "../build/bpf.ts";
import { isStale, log, root, run } from "../build/run.ts";
import { importMistakes, readImports } from "./imports.ts";
import { languageHits } from "./language.ts";
import { type Counts, endWith } from "./suite.ts";

/**
 * Returns why the check is skipped, or nothing.
 * @throws Error with the mistakes if the check fails.
 */
type Check = () => Promise<string | void>;

/** All sources in TypeScript, C, assembly and shell. */
const sources = [...new Bun.Glob("{bpf,scripts,src,test}/**/*.{ts,c,h,S,sh}").scanSync(root)].toSorted();

function refuse(mistakes: readonly string[]): void {
  if (mistakes.length) throw new Error(mistakes.join("\n"));
}

function tool(...command: string[]): Check {
  return async () => void (await run(command));
}

const checks: Record<string, Check> = {
  types: tool(process.execPath, "check", "--no-script", "--no-pretty"),
  format: tool(process.execPath, "fmt", "--check"),
  lint: tool("node_modules/.bin/oxlint", "--quiet"),
  async imports() {
    const files = sources.filter((file) => file.endsWith(".ts"));
    refuse(importMistakes(await readImports(root, files)));
  },
  async language() {
    const hits = sources.map(async (file) => languageHits(file, await Bun.file(root + file).text()));
    refuse((await Promise.all(hits)).flat().map((hit) => hit.join(": ")));
  },
  async "shell scripts"() {
    if (!Bun.which("shellcheck")) return "shellcheck is not installed";
    await run(["shellcheck", "--severity=warning", ...sources.filter((file) => file.endsWith(".sh")), ".ci/run"]);
  },
  async "record layout"() {
    const programs = (await bpfSources()).all.map((file) => root + file);
    const objects = ["recorder", "recorder-no-btf"].map((name) => `${root}build/${name}.bpf.o`);
    const stale = await Promise.all([
      isStale(`${root}build/libexitsnoop.so`, []),
      ...objects.map((object) => isStale(object, programs)),
    ]);
    if (stale.includes(true)) return "build/ is missing or older than bpf/: run npm run build";
    await run([process.execPath, "scripts/build/layout.ts", "--check"]);
  },
};

/** Runs all checks at once and prints a line for each. */
export async function runChecks(): Promise<Counts> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const report = async ([name, check]: [string, Check]) => {
    try {
      const reason = await check();
      counts[reason ? "skipped" : "passed"]++;
      log(reason ? `skip ${name}: ${reason}` : `ok   ${name}`);
    } catch (error) {
      counts.failed++;
      log(`FAIL ${name}\n${(error as Error).message}`);
    }
  };
  await Promise.all(Object.entries(checks).map(report));
  return counts;
}

if (import.meta.main) endWith([await runChecks()]);
