/**
 * The real ecc and ecli, which scripts/build/eunomia-tools.sh builds, and the packages that ecc
 * makes of test/eunomia/programs.
 */
import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { fixture, runToEnd } from "../tracer.ts";

const programs = new URL("../../eunomia/programs/", import.meta.url).pathname;

/** Identify the calls and the datagrams of this run: other runs on this machine have others. */
export const mark = 0x65000000 + crypto.getRandomValues(new Uint16Array(1))[0]!;
export const port = 20_000 + (mark % 10_000);

/** Returns the path of a tool. @throws Error if its variable is not set. */
function pathOfTool(variable: "ECLI" | "ECC"): string {
  const path = process.env[variable];
  if (!path) throw new Error(`${variable} must be the path of the tool; npm run test:eunomia sets it`);
  return path;
}

/** The parts of a package's description that the tests change. */
export interface Meta {
  bpf_skel: {
    maps: { name: string; export_config?: unknown; intepreter?: unknown; sample?: { interval: number } }[];
    progs: ({ name: string; attach: string } & Record<string, unknown>)[];
    data_sections: { name: string; variables: ({ name: string; type: string } & Record<string, unknown>)[] }[];
    doc?: Record<string, string>;
    obj_name: string;
  };
  export_types: { name: string; type_id: number; members: { name: string; type: string }[] }[];
  enable_multiple_export_types?: boolean;
  poll_timeout_ms?: number;
}

interface Compiled {
  /** The folder with ecc's output: the object, its skeleton and the package. */
  folder: string;
  /** The path of the package. */
  path: string;
}

interface CompileOptions {
  /** Changes the description in ways for which ecc has no comments in the source. */
  edit?: (meta: Meta) => void;
  /** The compiler instead of ecc's default. */
  clang?: string;
}

/** Compiles programs/NAME.bpf.c in a new folder with ecc. @throws Error with ecc's output. */
export async function compile(within: string, name: string, options: CompileOptions = {}): Promise<Compiled> {
  return compileHere(await copySources(within, name), [`${name}.bpf.c`, `${name}.h`], options);
}

/** Copies NAME.bpf.c and the headers, with fixture.h, to a new folder. Returns its path. */
export async function copySources(within: string, name: string): Promise<string> {
  const folder = `${within}/${name}`;
  await mkdir(folder);
  const headers = (await readdir(programs)).filter((file) => file.endsWith(".h"));
  for (const file of [...headers, `${name}.bpf.c`]) await cp(programs + file, `${folder}/${file}`);
  const macros = { FIXTURE: JSON.stringify(fixture("marked-calls")), MARK: mark, PORT: port };
  const lines = Object.entries(macros).map(([name, value]) => `#define ${name} ${value}\n`);
  await writeFile(`${folder}/fixture.h`, lines.join(""));
  return folder;
}

/** Compiles sources that the folder already contains. @throws Error with ecc's output. */
export async function compileHere(folder: string, sources: string[], options: CompileOptions = {}): Promise<Compiled> {
  const { edit, clang } = options;
  const compiler = clang ? ["--clang-bin", clang] : [];
  const ecc = await runToEnd([pathOfTool("ECC"), ...compiler, ...sources], { cwd: folder });
  if (ecc.status !== 0) throw new Error(`ecc ended with ${ecc.status}: ${ecc.stdout}${ecc.stderr}`);
  const path = `${folder}/package.json`;
  if (edit) {
    const content = (await Bun.file(path).json()) as { meta: Meta };
    edit(content.meta);
    await Bun.write(path, JSON.stringify(content));
  }
  return { folder, path };
}

/**
 * Returns the command line that runs a package with ecli. ecli's libbpf needs tracefs, which is
 * mounted in a mount namespace of its own.
 */
export function ecli(args: string[]): string[] {
  const script = 'mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null; exec "$@"';
  return ["unshare", "--mount", "sh", "-c", script, "sh", pathOfTool("ECLI"), "run", ...args];
}
