/** Function names at addresses in processes, compared with what the programs print. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { Symbolizer } from "../../src/symbols/symbolizer.ts";
import { compile, Running } from "../support/addresses.ts";
import { namesAt } from "../support/symbol-names.ts";
import { compileProgram, namesOfFunction, type ProgramKind, uniqueName } from "../support/symbolized-programs.ts";
import { shell, temporaryFolder } from "../support/tracer.ts";

const OWN = ["own_static", "own_global", "own_weak", "own_sizeless", "main"];
const LIBRARY = ["getpid", "qsort", "puts", "strtol"];

let folder: ReturnType<typeof temporaryFolder>;
const programs = {} as Record<ProgramKind, string>;

beforeAll(async () => {
  folder = temporaryFolder();
  for (const kind of ["pie", "fixed", "static", "stripped", "exported"] as const) {
    programs[kind] = await compileProgram(folder.path, kind);
  }
});
afterAll(() => folder[Symbol.dispose]());

describe.each(["pie", "fixed", "static"] as const)("symbolizer, %s program", (kind) => {
  test("finds the names of its functions and of the C library's", async () => {
    await using program = await Running.start(programs[kind]);
    for (const name of OWN) expect(namesOfFunction(program, name)).toEqual(uniqueName(name));
    if (kind === "static") return;
    for (const name of LIBRARY) expect(namesOfFunction(program, name)).toEqual(uniqueName(name));
  });
});

describe("symbolizer, missing symbols", () => {
  test("stripped program: finds the names of its library's functions, none of its own", async () => {
    await using program = await Running.start(programs.stripped);
    for (const name of OWN) expect(namesOfFunction(program, name)).toEqual([[], []]);
    for (const name of LIBRARY) expect(namesOfFunction(program, name)).toEqual(uniqueName(name));
  });

  test("stripped program with exported functions: names those, and no static function after them", async () => {
    await using program = await Running.start(programs.exported);
    for (const name of ["own_global", "own_weak", "main"])
      expect(namesOfFunction(program, name)).toEqual(uniqueName(name));
    expect(namesOfFunction(program, "own_static")).toEqual([[], []]);
  });

  test("address outside of all mappings, or in the vsyscall page: finds no name", async () => {
    await using program = await Running.start(programs.pie);
    const names = new Symbolizer().process(program.pid);
    const unmapped = [0n, 1n, 4096n, program.at("main") & ~0xfffffn, 2n ** 47n, 2n ** 56n, 2n ** 63n, 2n ** 64n - 1n];
    const vsyscall = 0xffffffffff600000n;
    for (const address of [...unmapped, vsyscall]) expect(namesAt(names, address)).toEqual([]);
  });
});

test("symbolizer, vdso: finds clock_gettime and gettimeofday", async () => {
  await using program = await Running.start(programs.pie);
  const [start, end] = [program.at("vdso"), program.at("vdso") + 0x2000n];
  const names = new Symbolizer().process(program.pid);
  const found = new Set<string>();
  for (let at = start; at < end; at += 8n) {
    for (const name of namesAt(names, at)) found.add(name.replace(/\+.*/, "").replace(/^__(vdso|kernel)_/, ""));
  }
  for (const name of ["clock_gettime", "gettimeofday"]) expect([...found]).toContain(name);
});

describe("symbolizer, path of a program", () => {
  test("deleted file, another file at its path: reads the deleted one", async () => {
    const path = `${folder.path}/deleted`;
    copyFileSync(programs.pie, path);
    await using program = await Running.start(path);
    rmSync(path);
    writeFileSync(path, "not the program");
    for (const name of OWN) expect(namesOfFunction(program, name)).toEqual(uniqueName(name));
  });

  test("program in another mount namespace: finds the names of its functions", async () => {
    const mount = `${folder.path}/mount`;
    mkdirSync(mount);
    const script = `mount -t tmpfs tmpfs "${mount}" && cp "$1" "${mount}/program" && exec "${mount}/program"`;
    await using program = await Running.start(programs.pie, ["unshare", "--mount", ...shell(script)]);
    for (const name of [...OWN, ...LIBRARY]) expect(namesOfFunction(program, name)).toEqual(uniqueName(name));
  });

  test("program in a chroot: finds the names of its functions", async () => {
    const root = `${folder.path}/root`;
    mkdirSync(root);
    copyFileSync(programs.static, `${root}/program`);
    await using program = await Running.start("/program", ["chroot", root]);
    for (const name of OWN) expect(namesOfFunction(program, name)).toEqual(uniqueName(name));
  });

  test("path with a line feed and kernel suffixes: finds the names of its functions", async () => {
    const path = `${folder.path}/a\nb [vdso] (deleted)`;
    copyFileSync(programs.pie, path);
    await using program = await Running.start(path);
    expect(namesOfFunction(program, "own_static")).toEqual(uniqueName("own_static"));
  });
});

describe("symbolizer, changing process", () => {
  test("process that exited: finds no name", async () => {
    const symbolizer = new Symbolizer();
    const program = await Running.start(programs.pie);
    expect(namesOfFunction(program, "main", symbolizer)).toEqual(uniqueName("main"));
    await program[Symbol.asyncDispose]();
    await Bun.sleep(150);
    expect(namesOfFunction(program, "main", symbolizer)).toEqual([[], []]);
    expect(namesOfFunction(program, "main")).toEqual([[], []]);
  });

  test("process that executes another program: finds that program's names within 150 ms", async () => {
    const symbolizer = new Symbolizer();
    const script = `read line; exec "$1"`;
    const child = Bun.spawn([...shell(script), programs.fixed], { stdin: "pipe", stdout: "pipe" });
    const address = 0x401000n;
    expect(namesAt(symbolizer.process(child.pid), address)).toEqual([]);
    child.stdin.write("\n");
    child.stdin.flush();
    const { value } = await child.stdout.getReader().read();
    const main = BigInt(`0x${/^main (.*)$/m.exec(new TextDecoder().decode(value))![1]}`);
    await Bun.sleep(150);
    expect(namesAt(symbolizer.process(child.pid), main)).toEqual(["main+0x0"]);
    child.stdin.end();
    await child.exited;
  });

  test("two processes of one file at different addresses: share one table", async () => {
    await using one = await Running.start(programs.pie);
    await using other = await Running.start(programs.pie);
    const symbolizer = new Symbolizer();
    for (const program of [one, other])
      expect(namesOfFunction(program, "main", symbolizer)).toEqual(uniqueName("main"));
    const table = (program: Running) => {
      const at = program.at("main");
      return symbolizer.process(program.pid).find(Number(at >> 32n), Number(at & 0xffff_ffffn)).table;
    };
    expect(table(one)).toBe(table(other));
  });

  test("file that is overwritten: is read again", async () => {
    const symbolizer = new Symbolizer();
    const path = `${folder.path}/anew`;
    for (const name of ["renamed", "own_global"]) {
      await compile(path, "-fPIC", "-no-pie", `-Down_global=${name}`);
      await using program = await Running.start(path);
      expect(namesOfFunction(program, "own_global", symbolizer)).toEqual(uniqueName(name));
    }
  });
});
