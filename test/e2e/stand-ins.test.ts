/**
 * The programs that stand in where a kernel can interrupt others. Whether one may be interrupted is read from the kernel's types, so a file
 * of these that says so lets them run on any kernel, beside those that they stand in for. `npm run kernels` has one that does interrupt.
 */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { closingLine, fixture, readJson, runToEnd, temporaryFolder, binary, Tracer } from "../support/tracer.ts";

const described = "/sys/kernel/btf/vmlinux";
const HEADER = 24;
const KIND = { struct: 4, typedef: 8 };
/** By which the recorder knows such a kernel. */
const SIGN = "class_srcu_fast_notrace_t";

/** This kernel's own types (Documentation/bpf/btf.rst), and the sign behind them, as a name for its first struct. */
function typesWithSign(): Uint8Array {
  const btf = readFileSync(described);
  const [types, typesLength, strings, stringsLength] = [8, 12, 16, 20].map((at) => btf.readUInt32LE(at)) as [
    number,
    number,
    number,
    number,
  ];
  const section = (from: number, length: number) => btf.subarray(HEADER + from, HEADER + from + length);
  const typedef = Buffer.from(
    new Uint32Array([stringsLength, KIND.typedef << 24, firstStruct(section(types, typesLength))]).buffer,
  );
  const header = Buffer.from(btf.subarray(0, HEADER));
  [0, typesLength + typedef.length, typesLength + typedef.length, stringsLength + SIGN.length + 1].forEach((value, i) =>
    header.writeUInt32LE(value, 8 + 4 * i),
  );
  return Buffer.concat([
    header,
    section(types, typesLength),
    typedef,
    section(strings, stringsLength),
    Buffer.from(`${SIGN}\0`),
  ]);
}

/** Its number: a type's is its place in the row, from 1 on. */
function firstStruct(types: Buffer): number {
  /** How many bytes are behind the 12 that all kinds have: so many, and so many for each of what it counts. */
  const tails: Record<number, [number, number]> = {
    1: [4, 0],
    3: [12, 0],
    5: [0, 12],
    6: [0, 8],
    13: [0, 8],
    14: [4, 0],
    15: [0, 12],
    17: [4, 0],
    19: [0, 12],
  };
  for (let at = 0, id = 1; at < types.length; id++) {
    const info = types.readUInt32LE(at + 4);
    const kind = (info >>> 24) & 0x1f;
    if (kind === KIND.struct) return id;
    const [fixed, each] = tails[kind] ?? [0, 0];
    at += 12 + fixed + each * (info & 0xffff);
  }
  throw new Error("a kernel without a struct");
}

/** How many programs it has in the kernel. */
function programsOf({ process: { pid } }: Tracer): number {
  const files = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  return files.filter((file) => file === "anon_inode:bpf-prog").length;
}

test("each exit is told once, also where nobody was interrupted", async () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/types`;
  writeFileSync(file, typesWithSign());
  const options = ["--json", "--wide", "--ring-size", "4M", "--name", "deaths"];
  const usual = await Tracer.start(options);
  const tracer = await Tracer.start([...options, "--btf", file]);
  // on a kernel that does interrupt it is always there
  expect(programsOf(tracer) - programsOf(usual)).toBe(readFileSync(described).includes(`\0${SIGN}\0`) ? 0 : 1);
  await usual.end();
  await runToEnd([fixture("deaths"), "burst", "2000"]);
  const { events, stderr } = await tracer.end();
  // the parent's own is one more
  expect(closingLine(stderr)).toEqual({ seen: 2001, lost: 0 });
  expect(new Set(events.map(({ pid }) => pid)).size).toBe(2001);
});

test("a command's family is counted once, and ends", async () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/types`;
  writeFileSync(file, typesWithSign());
  const script = "(sleep 0.3; exit 5) & sh -c 'exit 6'; exit 7";
  const { status, stdout, stderr } = await runToEnd([
    binary,
    "--json",
    "-o",
    `${folder.path}/exits`,
    "--btf",
    file,
    "--",
    "sh",
    "-c",
    script,
  ]);
  expect({ status, stdout }).toEqual({ status: 7, stdout: "" });
  const { events } = readJson(readFileSync(`${folder.path}/exits`, "utf8"));
  expect(events.map(({ exit_code }) => exit_code).toSorted()).toEqual([0, 5, 6, 7]);
  expect(closingLine(stderr)).toEqual({ seen: 4, lost: 0 });
});
