/** Names of addresses are compared with what knows better: the programs themselves, and the kernel's own list. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { readMaps, parseMaps } from "../../src/symbols/maps.ts";
import { Symbolizer } from "../../src/symbols/symbolizer.ts";
import { fakeElf } from "../support/fake-elf.ts";
import { namesAt } from "../support/symbol-names.ts";
import { compile, Running } from "../support/addresses.ts";
import { runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

const OWN = ["own_static", "own_global", "own_weak", "own_sizeless", "main"];
const LIBRARY = ["getpid", "qsort", "puts", "strtol"];

let folder: ReturnType<typeof temporaryFolder>;
const programs = {} as Record<"pie" | "fixed" | "static" | "stripped" | "exported", string>;

beforeAll(async () => {
  folder = temporaryFolder();
  const path = (name: string) => `${folder.path}/${name}`;
  programs.pie = await compile(path("pie"), "-fPIE", "-pie");
  programs.fixed = await compile(path("fixed"), "-fPIC", "-no-pie");
  programs.static = await compile(path("static"), "-static");
  programs.stripped = await compile(path("stripped"), "-fPIE", "-pie", "-s");
  programs.exported = await compile(path("exported"), "-fPIE", "-pie", "-s", "-rdynamic");
});
afterAll(() => folder[Symbol.dispose]());

/** The names of a function's first byte, and of one inside. */
function namesOf(program: Running, name: string, symbolizer = new Symbolizer()): string[][] {
  const names = symbolizer.process(program.pid);
  return [0n, 5n].map((offset) => namesAt(names, program.at(name) + offset));
}

/** As it should be; a C library may have other names for its own, which are one of these. */
const exactly = (name: string) => [[`${name}+0x0`], [`${name}+0x5`]];

describe.each(["pie", "fixed", "static"] as const)("a program that is %s", (kind) => {
  test("its own functions have their names", async () => {
    await using program = await Running.start(programs[kind]);
    for (const name of OWN) expect(namesOf(program, name)).toEqual(exactly(name));
    if (kind === "static") return;
    for (const name of LIBRARY) expect(namesOf(program, name)).toEqual(exactly(name));
  });
});

describe("what is not there has no name", () => {
  test("in a stripped program; its library's are there all the same", async () => {
    await using program = await Running.start(programs.stripped);
    for (const name of OWN) expect(namesOf(program, name)).toEqual([[], []]);
    for (const name of LIBRARY) expect(namesOf(program, name)).toEqual(exactly(name));
  });

  test("what it exports is there, and does not lend its name to what is not exported", async () => {
    await using program = await Running.start(programs.exported);
    for (const name of ["own_global", "own_weak", "main"]) expect(namesOf(program, name)).toEqual(exactly(name));
    expect(namesOf(program, "own_static")).toEqual([[], []]);
  });

  test("outside of everything", async () => {
    await using program = await Running.start(programs.pie);
    const names = new Symbolizer().process(program.pid);
    const anywhere = [0n, 1n, 4096n, program.at("main") & ~0xfffffn, 2n ** 47n, 2n ** 56n, 2n ** 63n, 2n ** 64n - 1n];
    // the vsyscall page
    for (const address of [...anywhere, 0xffffffffff600000n]) expect(namesAt(names, address)).toEqual([]);
  });
});

test("the kernel's vdso", async () => {
  await using program = await Running.start(programs.pie);
  const [start, end] = [program.at("vdso"), program.at("vdso") + 0x2000n];
  const names = new Symbolizer().process(program.pid);
  const found = new Set<string>();
  for (let at = start; at < end; at += 8n) {
    for (const name of namesAt(names, at)) found.add(name.replace(/\+.*/, "").replace(/^__(vdso|kernel)_/, ""));
  }
  for (const name of ["clock_gettime", "gettimeofday"]) expect([...found]).toContain(name);
});

describe("wherever the file is", () => {
  test("deleted, and another under its name", async () => {
    const path = `${folder.path}/deleted`;
    copyFileSync(programs.pie, path);
    await using program = await Running.start(path);
    rmSync(path);
    writeFileSync(path, "not the same");
    for (const name of OWN) expect(namesOf(program, name)).toEqual(exactly(name));
  });

  test("in a mount namespace of its own", async () => {
    const mount = `${folder.path}/mount`;
    mkdirSync(mount);
    const script = `mount -t tmpfs tmpfs "${mount}" && cp "$1" "${mount}/program" && exec "${mount}/program"`;
    await using program = await Running.start(programs.pie, ["unshare", "--mount", ...shell(script)]);
    for (const name of [...OWN, ...LIBRARY]) expect(namesOf(program, name)).toEqual(exactly(name));
  });

  test("in a chroot", async () => {
    const root = `${folder.path}/root`;
    mkdirSync(root);
    copyFileSync(programs.static, `${root}/program`);
    await using program = await Running.start("/program", ["chroot", root]);
    for (const name of OWN) expect(namesOf(program, name)).toEqual(exactly(name));
  });

  test("whatever it is called", async () => {
    const path = `${folder.path}/a\nb [vdso] (deleted)`;
    copyFileSync(programs.pie, path);
    await using program = await Running.start(path);
    expect(namesOf(program, "own_static")).toEqual(exactly("own_static"));
  });
});

describe("a process that changes", () => {
  test("is gone: no names", async () => {
    const symbolizer = new Symbolizer();
    const program = await Running.start(programs.pie);
    expect(namesOf(program, "main", symbolizer)).toEqual(exactly("main"));
    await program[Symbol.asyncDispose]();
    await Bun.sleep(150);
    expect(namesOf(program, "main", symbolizer)).toEqual([[], []]);
    expect(namesOf(program, "main")).toEqual([[], []]);
  });

  test("executes another program: that one's names, soon", async () => {
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

  test("two with the same file: it is read once, though they lie elsewhere", async () => {
    await using one = await Running.start(programs.pie);
    await using other = await Running.start(programs.pie);
    const symbolizer = new Symbolizer();
    for (const program of [one, other]) expect(namesOf(program, "main", symbolizer)).toEqual(exactly("main"));
    const table = (program: Running) => {
      const at = program.at("main");
      return symbolizer.process(program.pid).find(Number(at >> 32n), Number(at & 0xffff_ffffn)).table;
    };
    expect(table(one)).toBe(table(other));
  });

  test("a file that is written anew, in the place of the old one, is read anew", async () => {
    const symbolizer = new Symbolizer();
    const path = `${folder.path}/anew`;
    for (const name of ["renamed", "own_global"]) {
      await compile(path, "-fPIC", "-no-pie", `-Down_global=${name}`);
      await using program = await Running.start(path);
      expect(namesOf(program, "own_global", symbolizer)).toEqual(exactly(name));
    }
  });
});

describe("the kernel", () => {
  /** Names by address, but for what comes and goes as other programs load BPF or set probes. */
  const list = new Map<string, string[]>();
  for (const line of readFileSync("/proc/kallsyms", "utf8").split("\n")) {
    const [address, , name, owner] = line.split(/\s+/);
    if (name && owner !== "[bpf]" && !owner?.startsWith("[__builtin__"))
      list.set(address!, [...(list.get(address!) ?? []), name]);
  }

  const first = [...list.keys()].find((hex) => BigInt(`0x${hex}`) >= 2n ** 63n)!;
  const [high, low] = [first.slice(0, 8), first.slice(8)].map((half) => Number.parseInt(half, 16));

  test("every address in its own list has the names that stand there", () => {
    const kernel = new Symbolizer().kernel();
    const wrong: string[] = [];
    for (const [hex, names] of list) {
      const address = BigInt(`0x${hex}`);
      if (address < 2n ** 63n) continue;
      const found = namesAt(kernel, address);
      if (found.join() !== names.map((name) => `${name}+0x0`).join()) wrong.push(`${hex} ${names} ${found}`);
    }
    expect(wrong).toEqual([]);
    expect(list.size).toBeGreaterThan(10_000);
  });

  test("addresses that are hidden from us: no names", async () => {
    // somebody else sees zeros, unless this system lets everybody see them
    const source = new URL("../../src/symbols/symbolizer.ts", import.meta.url).href;
    const script = `
      const { Symbolizer } = await import(${JSON.stringify(source)});
      process.seteuid(65534);
      const isHidden = /^0+ /.test(require("fs").readFileSync("/proc/kallsyms", "latin1"));
      const { first, last } = new Symbolizer().kernel().find(${high}, ${low});
      process.stdout.write(isHidden + " " + (last < first));`;
    const { stdout } = await runToEnd([process.execPath, "-e", script]);
    expect(stdout).toBeOneOf(["true true", "false false"]);
  });
});

describe("a process that maps what is no program", () => {
  /** Names at the first bytes of a file that another process maps as code. */
  async function namesIn(path: string): Promise<{ names: string[][]; ms: number }> {
    // LD_PRELOAD and the like check the file; the `addresses` fixture maps anything
    await using program = await Running.start(programs.pie, ["env", `EXITSNOOP_MAP=${path}`]);
    const symbolizer = new Symbolizer();
    const mapping = parseMaps(readMaps(program.pid)).find(({ start }) => BigInt(start) === program.at("mapped"));
    expect(mapping).toBeDefined();
    const start = performance.now();
    const names = [0n, 0x10n, 0xfffn].map((at) => namesAt(symbolizer.process(program.pid), program.at("mapped") + at));
    // and its own are still known
    expect(namesOf(program, "main", symbolizer)).toEqual(exactly("main"));
    return { names, ms: performance.now() - start };
  }

  const none = [[], [], []];
  const write = (name: string, change: (bytes: Buffer) => Buffer | undefined): string => {
    const path = `${folder.path}/${name}`;
    const bytes = readFileSync(programs.pie);
    writeFileSync(path, change(bytes) ?? bytes);
    chmodSync(path, 0o755);
    return path;
  };
  const sections = (bytes: Buffer) => Number(bytes.readBigUInt64LE(40));
  /** Changes each section header of the file. */
  const each = (bytes: Buffer, change: (at: number) => void): void => {
    for (let i = 0; i < bytes.readUInt16LE(60); i++) change(sections(bytes) + i * 64);
  };

  test.each<[string, (bytes: Buffer) => Buffer | undefined]>([
    ["text", () => Buffer.alloc(8192, "x")],
    ["cut off in its header", (bytes) => bytes.subarray(0, 60)],
    ["cut off in its sections", (bytes) => bytes.subarray(0, bytes.length - 100)],
    ["with 65535 sections", (bytes) => void bytes.writeUInt16LE(0xffff, 60)],
    [
      "with symbol tables of 2 GB",
      (bytes) => each(bytes, (at) => bytes.writeBigUInt64LE(2n ** 31n, at + 32)) as undefined,
    ],
    [
      "with sections past its end",
      (bytes) => each(bytes, (at) => bytes.writeBigUInt64LE(2n ** 62n, at + 24)) as undefined,
    ],
    ["with links to nowhere", (bytes) => each(bytes, (at) => bytes.writeUInt32LE(0xffffffff, at + 40)) as undefined],
    ["all ones behind its first bytes", (bytes) => bytes.fill(0xff, 16)],
  ])("%s", async (name, change) => {
    const { names, ms } = await namesIn(write(name, change));
    expect(names).toEqual(none);
    expect(ms).toBeLessThan(1000);
  });

  test("of 2 GB with holes, whose tables are really there", async () => {
    const path = write(
      "holes",
      (bytes) => each(bytes, (at) => bytes.writeBigUInt64LE(2n ** 31n, at + 32)) as undefined,
    );
    const fd = openSync(path, "r+");
    ftruncateSync(fd, 2 ** 33);
    closeSync(fd);
    const { names, ms } = await namesIn(path);
    expect(names).toEqual(none);
    expect(ms).toBeLessThan(1000);
  });

  test("files that are too large to be remembered together cost no more than a moment, and what is known stays known", async () => {
    const NAMES = 44 * 1024 * 1024;
    const start = async (i: number) => {
      const path = `${folder.path}/large-${i}`;
      const bytes = fakeElf({ symtab: [{ name: "f", value: 0x401000, size: 16 }] });
      const view = new DataView(bytes.buffer);
      const strings = 0x200 + 3 * 64;
      view.setBigUint64(strings + 24, 0x3000n, true);
      view.setBigUint64(strings + 32, BigInt(NAMES), true);
      bytes.set([0x66, 0x30 + i], 0x3001);
      writeFileSync(path, bytes);
      truncateSync(path, 0x3000 + NAMES);
      return Running.start(programs.pie, ["env", `EXITSNOOP_MAP=${path}`]);
    };
    await using one = await start(1);
    await using two = await start(2);
    await using three = await start(3);
    const symbolizer = new Symbolizer();
    const name = (program: Running) => namesAt(symbolizer.process(program.pid), program.at("mapped") + 0x1000n)[0];
    expect(namesOf(one, "main", symbolizer)).toEqual(exactly("main"));
    expect([one, two, three].map(name)).toEqual(["f1+0x0", "f2+0x0", undefined]);
    const began = performance.now();
    for (let i = 0; i < 1000; i++) for (const program of [one, two, three]) name(program);
    expect(performance.now() - began).toBeLessThan(1000);
    expect(name(two)).toBe("f2+0x0");
    expect(namesOf(three, "main", symbolizer)).toEqual(exactly("main"));
  });

  test("a device", async () => {
    expect((await namesIn("/dev/zero")).names).toEqual(none);
  });
});
