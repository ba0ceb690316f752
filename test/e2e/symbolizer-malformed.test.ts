/** Files that a process maps as code and that are not a program, or a damaged one. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, closeSync, ftruncateSync, openSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { parseMaps, readMaps } from "../../src/symbols/maps.ts";
import { Symbolizer } from "../../src/symbols/symbolizer.ts";
import { Running } from "../support/addresses.ts";
import { fakeElf } from "../support/fake-elf.ts";
import { namesAt } from "../support/symbol-names.ts";
import { compileProgram, namesOfFunction, uniqueName } from "../support/symbolized-programs.ts";
import { temporaryFolder } from "../support/tracer.ts";

let folder: ReturnType<typeof temporaryFolder>;
let program: string;

beforeAll(async () => {
  folder = temporaryFolder();
  program = await compileProgram(folder.path, "pie");
});
afterAll(() => folder[Symbol.dispose]());

describe("symbolizer, process that maps a malformed file", () => {
  /**
   * Returns the names at three addresses in a file that another process maps as code. The fixture
   * maps any file, where LD_PRELOAD would check it.
   */
  async function namesIn(path: string): Promise<{ names: string[][]; ms: number }> {
    await using running = await Running.start(program, ["env", `EXITSNOOP_MAP=${path}`]);
    const symbolizer = new Symbolizer();
    const mapping = parseMaps(readMaps(running.pid)).find(({ start }) => BigInt(start) === running.at("mapped"));
    expect(mapping).toBeDefined();
    const start = performance.now();
    const names = [0n, 0x10n, 0xfffn].map((at) => namesAt(symbolizer.process(running.pid), running.at("mapped") + at));
    // the names of the process's program are still found
    expect(namesOfFunction(running, "main", symbolizer)).toEqual(uniqueName("main"));
    return { names, ms: performance.now() - start };
  }

  const none = [[], [], []];
  /** Writes a changed copy of the program. Returns its path. */
  const write = (name: string, change: (bytes: Buffer) => Buffer | undefined): string => {
    const path = `${folder.path}/${name}`;
    const bytes = readFileSync(program);
    writeFileSync(path, change(bytes) ?? bytes);
    chmodSync(path, 0o755);
    return path;
  };
  /** Calls `change` with the offset of each section header. */
  const eachSection = (bytes: Buffer, change: (at: number) => void): undefined => {
    const sections = Number(bytes.readBigUInt64LE(40));
    for (let i = 0; i < bytes.readUInt16LE(60); i++) change(sections + i * 64);
  };

  test.each<[string, (bytes: Buffer) => Buffer | undefined]>([
    ["text", () => Buffer.alloc(8192, "x")],
    ["an ELF file truncated in its header", (bytes) => bytes.subarray(0, 60)],
    ["an ELF file truncated in its section headers", (bytes) => bytes.subarray(0, bytes.length - 100)],
    ["an ELF file with 65535 sections", (bytes) => void bytes.writeUInt16LE(0xffff, 60)],
    [
      "an ELF file with symbol tables of 2 GB",
      (bytes) => eachSection(bytes, (at) => bytes.writeBigUInt64LE(2n ** 31n, at + 32)),
    ],
    [
      "an ELF file with sections past its end",
      (bytes) => eachSection(bytes, (at) => bytes.writeBigUInt64LE(2n ** 62n, at + 24)),
    ],
    [
      "an ELF file with section links out of range",
      (bytes) => eachSection(bytes, (at) => bytes.writeUInt32LE(0xffffffff, at + 40)),
    ],
    ["an ELF file with all bits set after its identification", (bytes) => bytes.fill(0xff, 16)],
  ])("%s: finds no name, within a second", async (name, change) => {
    const { names, ms } = await namesIn(write(name.replaceAll(" ", "-"), change));
    expect(names).toEqual(none);
    expect(ms).toBeLessThan(1000);
  });

  test("a sparse ELF file of 8 GB that contains its symbol tables of 2 GB: finds no name, within a second", async () => {
    const path = write("holes", (bytes) => eachSection(bytes, (at) => bytes.writeBigUInt64LE(2n ** 31n, at + 32)));
    const fd = openSync(path, "r+");
    ftruncateSync(fd, 2 ** 33);
    closeSync(fd);
    const { names, ms } = await namesIn(path);
    expect(names).toEqual(none);
    expect(ms).toBeLessThan(1000);
  });

  test("files whose tables exceed the cache together: the cached ones keep their names, lookups stay fast", async () => {
    const STRING_TABLE_BYTES = 44 * 1024 * 1024;
    const start = async (i: number) => {
      const path = `${folder.path}/large-${i}`;
      const bytes = fakeElf({ symtab: [{ name: "f", value: 0x401000, size: 16 }] });
      const view = new DataView(bytes.buffer);
      const strings = 0x200 + 3 * 64;
      view.setBigUint64(strings + 24, 0x3000n, true);
      view.setBigUint64(strings + 32, BigInt(STRING_TABLE_BYTES), true);
      bytes.set([0x66, 0x30 + i], 0x3001);
      writeFileSync(path, bytes);
      truncateSync(path, 0x3000 + STRING_TABLE_BYTES);
      return Running.start(program, ["env", `EXITSNOOP_MAP=${path}`]);
    };
    await using one = await start(1);
    await using two = await start(2);
    await using three = await start(3);
    const symbolizer = new Symbolizer();
    const name = (running: Running) => namesAt(symbolizer.process(running.pid), running.at("mapped") + 0x1000n)[0];
    expect(namesOfFunction(one, "main", symbolizer)).toEqual(uniqueName("main"));
    expect([one, two, three].map(name)).toEqual(["f1+0x0", "f2+0x0", undefined]);
    const began = performance.now();
    for (let i = 0; i < 1000; i++) for (const running of [one, two, three]) name(running);
    expect(performance.now() - began).toBeLessThan(1000);
    expect(name(two)).toBe("f2+0x0");
    expect(namesOfFunction(three, "main", symbolizer)).toEqual(uniqueName("main"));
  });

  test("a device: finds no name", async () => {
    expect((await namesIn("/dev/zero")).names).toEqual(none);
  });
});
