/**
 * The fallback program for recursion misses, which records the exits that the primary program
 * misses because it preempted a BPF program. The tracer loads it if the kernel's BTF has a type of
 * such kernels, so these tests add that type to the BTF: then both programs run for each exit.
 * `npm run kernels` has a kernel where the primary program really misses exits.
 */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import {
  binary,
  fixture,
  parseClosingLine,
  parseEvents,
  runToEnd,
  temporaryFolder,
  Tracer,
} from "../support/tracer.ts";

const kernelBtf = "/sys/kernel/btf/vmlinux";
/** The type by which the tracer recognizes a kernel that needs the fallback program. */
const MARKER = "class_srcu_fast_notrace_t";
const HEADER_BYTES = 24;
const KIND = { struct: 4, typedef: 8 };

/**
 * Returns the kernel's BTF (Documentation/bpf/btf.rst) with a typedef named MARKER appended, for
 * the first struct.
 */
function btfWithMarker(): Uint8Array {
  const btf = readFileSync(kernelBtf);
  const [types, typesLength, strings, stringsLength] = [8, 12, 16, 20].map((at) => btf.readUInt32LE(at)) as [
    number,
    number,
    number,
    number,
  ];
  const section = (from: number, length: number) => btf.subarray(HEADER_BYTES + from, HEADER_BYTES + from + length);
  const typedef = Buffer.from(
    new Uint32Array([stringsLength, KIND.typedef << 24, firstStruct(section(types, typesLength))]).buffer,
  );
  const header = Buffer.from(btf.subarray(0, HEADER_BYTES));
  [0, typesLength + typedef.length, typesLength + typedef.length, stringsLength + MARKER.length + 1].forEach(
    (value, i) => header.writeUInt32LE(value, 8 + 4 * i),
  );
  return Buffer.concat([
    header,
    section(types, typesLength),
    typedef,
    section(strings, stringsLength),
    Buffer.from(`${MARKER}\0`),
  ]);
}

/** Returns the type id of the first struct: its position among the types, from 1. */
function firstStruct(types: Buffer): number {
  /** The bytes that follow the common 12 of a kind, and the bytes of each of `vlen` members. */
  const sizes: Record<number, [fixed: number, each: number]> = {
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
    const [fixed, each] = sizes[kind] ?? [0, 0];
    at += 12 + fixed + each * (info & 0xffff);
  }
  throw new Error("the kernel's BTF has no struct");
}

/** Returns the number of BPF programs that a tracer holds. */
function programsOf({ process: { pid } }: Tracer): number {
  const files = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  return files.filter((file) => file === "anon_inode:bpf-prog").length;
}

test("fallback program, 2,000 exits without misses: each exit is reported once", async () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/types`;
  writeFileSync(file, btfWithMarker());
  const options = ["--json", "--wide", "--ring-size", "4M", "--name", "exit-statuses"];
  const usual = await Tracer.start(options);
  const tracer = await Tracer.start([...options, "--btf", file]);
  // a kernel with the type has the fallback program without --btf as well
  expect(programsOf(tracer) - programsOf(usual)).toBe(readFileSync(kernelBtf).includes(`\0${MARKER}\0`) ? 0 : 1);
  await usual.end();
  await runToEnd([fixture("exit-statuses"), "burst", "2000"]);
  const { events, stderr } = await tracer.end();
  // the parent of the 2,000 exits as well
  expect(parseClosingLine(stderr)).toEqual({ seen: 2001, lost: 0 });
  expect(new Set(events.map(({ pid }) => pid)).size).toBe(2001);
});

test("fallback program, COMMAND with descendants: each exit is reported once, and the tracer ends", async () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/types`;
  writeFileSync(file, btfWithMarker());
  const script = "(sleep 0.3; exit 5) & sh -c 'exit 6'; exit 7";
  const options = ["--json", "-o", `${folder.path}/exits`, "--btf", file];
  const { status, stdout, stderr } = await runToEnd([binary, ...options, "--", "sh", "-c", script]);
  expect({ status, stdout }).toEqual({ status: 7, stdout: "" });
  const { events } = parseEvents(readFileSync(`${folder.path}/exits`, "utf8"));
  expect(events.map(({ exit_code }) => exit_code).toSorted()).toEqual([0, 5, 6, 7]);
  expect(parseClosingLine(stderr)).toEqual({ seen: 4, lost: 0 });
});
