/**
 * Writes the descriptions of packages with the real ecc: those of `exitsnoop package` into this
 * folder, and without the argument `embedded` also those of the tests' programs. Run it with
 * ECC=PATH (scripts/build/eunomia-tools.sh builds ecc) after a change to the declarations or the
 * comments of one of the sources.
 */
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { root, run, log } from "../run.ts";

/** Macros of the fixture's header; no description contains them. */
const FIXTURE = '#define FIXTURE "/fixture"\n#define MARK 1\n#define PORT 1\n';

/**
 * Runs ecc on copies of NAME.bpf.c, NAME.h and other headers. Returns the text of its skel.json.
 */
async function describe(source: string, headers: string[]): Promise<string> {
  const name = basename(source, ".bpf.c");
  const folder = await mkdtemp(join(tmpdir(), "exitsnoop-ecc-"));
  try {
    for (const file of [source, ...headers]) await cp(`${root}${file}`, `${folder}/${basename(file)}`);
    await Bun.write(`${folder}/fixture.h`, FIXTURE);
    const script = 'cd "$1" && exec "$2" "$3.bpf.c" "$3.h"';
    await run(["sh", "-c", script, "sh", folder, process.env.ECC ?? "ecc", name]);
    return await Bun.file(`${folder}/${name}.skel.json`).text();
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function headersIn(folder: string): Promise<string[]> {
  return (await readdir(`${root}${folder}`)).filter((file) => file.endsWith(".h")).map((file) => `${folder}/${file}`);
}

async function writeFormatted(file: string, meta: string): Promise<void> {
  log(file);
  await Bun.write(`${root}${file}`, meta);
  await run([process.execPath, "fmt", file]);
}

const bpf = await headersIn("bpf");
for (const name of ["exitsnoop", "recorder-package"]) {
  await writeFormatted(`scripts/build/package/${name}.meta.json`, await describe(`bpf/${name}.bpf.c`, bpf));
}
if (process.argv[2] !== "embedded") await describeTestPrograms();

async function describeTestPrograms(): Promise<void> {
  const victim = "test/fixtures/packages/victim";
  await writeFormatted(`${victim}.meta.json`, await describe(`${victim}.bpf.c`, [...bpf, `${victim}.h`]));

  const programs = "test/eunomia/programs";
  const headers = await headersIn(programs);
  const lines: string[] = [];
  for (const file of (await readdir(`${root}${programs}`)).filter((one) => one.endsWith(".bpf.c")).sort()) {
    log(`${programs}/${file}`);
    const meta = await describe(`${programs}/${file}`, headers);
    // as text: JSON.parse() would round integers beyond 2^53
    lines.push(`{"program":${JSON.stringify(basename(file, ".bpf.c"))},"meta":${meta.trim()}}\n`);
  }
  await Bun.write(`${root}${programs}/meta.jsonl`, lines.join(""));
}
