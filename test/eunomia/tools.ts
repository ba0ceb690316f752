/** The real ecc and ecli, which scripts/build/eunomia-tools.sh builds, and packages that ecc makes of the programs in this folder. */
import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { fixture, runToEnd } from "../support/tracer.ts";

const programs = new URL("programs/", import.meta.url).pathname;

/** What these tests' calls and datagrams are known by: others may run the same tests at the same time. */
export const mark = 0x65000000 + crypto.getRandomValues(new Uint16Array(1))[0]!;
export const port = 20_000 + (mark % 10_000);

function tool(name: "ECLI" | "ECC"): string {
  const path = process.env[name];
  if (!path) throw new Error(`${name} names no program: npm run test:eunomia does it`);
  return path;
}

/** What the tests change in a package's meta, as far as they do. */
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

export interface Compiled {
  /** The folder that holds what ecc left: the object, its skeleton and the package. */
  folder: string;
  path: string;
}

interface Options {
  /** For what ecc has no comment. */
  edit?: (meta: Meta) => void;
  /** A compiler that is not the usual one. */
  clang?: string;
}

/** Compiles programs/NAME.bpf.c and NAME.h with ecc, in a folder of its own. @throws Error with ecc's words. */
export async function compile(within: string, name: string, { edit, clang }: Options = {}): Promise<Compiled> {
  const folder = `${within}/${name}`;
  await mkdir(folder);
  const headers = (await readdir(programs)).filter((file) => file.endsWith(".h"));
  for (const file of [...headers, `${name}.bpf.c`]) await cp(programs + file, `${folder}/${file}`);
  await writeFixtureHeader(folder);
  return compileHere(folder, [`${name}.bpf.c`, `${name}.h`], { edit, clang });
}

/** What the programs know of the fixture. */
export async function writeFixtureHeader(folder: string): Promise<void> {
  const macros = { FIXTURE: JSON.stringify(fixture("marked-calls")), MARK: mark, PORT: port };
  const lines = Object.entries(macros).map(([name, value]) => `#define ${name} ${value}\n`);
  await writeFile(`${folder}/fixture.h`, lines.join(""));
}

/** The same with sources that are in the folder already. */
export async function compileHere(folder: string, sources: string[], { edit, clang }: Options = {}): Promise<Compiled> {
  const compiler = clang ? ["--clang-bin", clang] : [];
  const ecc = await runToEnd([tool("ECC"), ...compiler, ...sources], { cwd: folder });
  if (ecc.status !== 0) throw new Error(`ecc ended with ${ecc.status}: ${ecc.stdout}${ecc.stderr}`);
  const path = `${folder}/package.json`;
  if (edit) {
    const content = (await Bun.file(path).json()) as { meta: Meta };
    edit(content.meta);
    await Bun.write(path, JSON.stringify(content));
  }
  return { folder, path };
}

/** The command line that runs a package with ecli. Its libbpf wants tracefs; in a mount namespace of its own nobody else sees it. */
export function ecli(args: string[]): string[] {
  const script = 'mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null; exec "$@"';
  return ["unshare", "--mount", "sh", "-c", script, "sh", tool("ECLI"), "run", ...args];
}
