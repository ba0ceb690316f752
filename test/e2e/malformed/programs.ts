/** Programs that cannot be attached or are invalid, and object data about their instructions. */
import { ElfEditor } from "./elf-editor.ts";
import { type Json, json, type Malformed, object } from "./malformed.ts";
import { renameSection, SECTION } from "./sections.ts";

const INSTRUCTION_BYTES = 8;

/** Instructions, 8 bytes each: opcode, registers, offset, number. */
function code(...instructions: [code: number, registers: number, offset: number, number: number][]): Buffer {
  const bytes = Buffer.alloc(INSTRUCTION_BYTES * instructions.length);
  instructions.forEach(([opcode, registers, offset, number], i) => {
    bytes.writeUInt8(opcode, INSTRUCTION_BYTES * i);
    bytes.writeUInt8(registers, INSTRUCTION_BYTES * i + 1);
    bytes.writeInt16LE(offset, INSTRUCTION_BYTES * i + 2);
    bytes.writeInt32LE(number, INSTRUCTION_BYTES * i + 4);
  });
  return bytes;
}

/** Returns a case whose second program has other instructions and no relocations. */
const instructions = (
  name: string,
  says: string,
  bytes: Buffer,
  more: Partial<Malformed> = { isLoaded: true },
): Malformed =>
  object(
    name,
    says,
    (before) => {
      const elf = new ElfEditor(before);
      const { start, size } = elf.range(elf.find(SECTION));
      const exits = Buffer.concat(Array.from({ length: size / INSTRUCTION_BYTES }, () => code([0x95, 0, 0, 0])));
      exits.copy(elf.bytes, start);
      bytes.copy(elf.bytes, start, 0, size);
      return elf.setSection(elf.find(`.rel${SECTION}`), { type: 1 }).bytes;
    },
    more,
  );

const invalidCode: Malformed[] = [
  instructions("garbage", "the kernel rejected", Buffer.alloc(4096, 0xff)),
  instructions("zeroes", "the kernel rejected", Buffer.alloc(4096)),
  instructions("an endless loop", "the kernel rejected", code([0x05, 0, -1, 0])),
  instructions("a jump out of the program", "the kernel rejected", code([0x05, 0, 1000, 0])),
  instructions("an unknown helper", "the kernel rejected", code([0x85, 0, 0, 99_999])),
  instructions(
    "an uninitialized register",
    "the kernel rejected the program on_raw (section raw_tp/sched_process_exit): unreachable insn 2; the package is not for this kernel, or faulty",
    code([0xbf, 0x50, 0, 0], [0x95, 0, 0, 0]),
  ),
  instructions(
    "a write through a number",
    "the kernel rejected",
    code([0xb7, 1, 0, 42], [0x7a, 1, 0, 0], [0x95, 0, 0, 0]),
  ),
  instructions(
    "half a wide instruction at the end",
    "is half an instruction",
    Buffer.concat(Array(5).fill(code([0x18, 0, 0, 0]))),
  ),
  object("a relocation of half a wide instruction at the end", "is half an instruction", (before) => {
    const elf = new ElfEditor(before);
    const relocations = elf.find(`.rel${SECTION}`);
    const { start, size } = elf.range(elf.find(SECTION));
    const last = size - INSTRUCTION_BYTES;
    for (let at = 0; at < last; at += INSTRUCTION_BYTES) code([0x95, 0, 0, 0]).copy(elf.bytes, start + at);
    code([0x18, 1, 0, 0]).copy(elf.bytes, start + last);
    // refers to the variable `zero`
    const relocation = Buffer.alloc(16);
    relocation.writeBigUInt64LE(BigInt(last));
    relocation.writeBigUInt64LE((BigInt(elf.findSymbol("zero")) << 32n) | 1n, 8);
    return elf.replace(relocations, relocation).bytes;
  }),
  instructions("a call of a kfunc by number", "calls a kernel function by number", code([0x85, 0x20, 0, 4711]), {}),
  instructions("a map by its descriptor", "by number", code([0x18, 0x11, 0, 3], [0, 0, 0, 0]), {}),
];

/** Returns a case whose second program is in another section, also in the description. */
const section = (name: string, says: string | RegExp, to: string, more: Partial<Malformed> = { isLoaded: true }) =>
  object(name, says, (bytes) => renameSection(bytes, to), {
    meta: (meta) => (meta.bpf_skel.progs[1].attach = to),
    ...more,
  });

const targets: Malformed[] = [
  section("a section of an unknown kind", /on_raw|rejected/, "no_such_hook"),
  section("a section with a line feed", "progs[1].attach: control or format", "no\nhook", {}),
  section("a section with escape sequences", "progs[1].attach: control or format", "\x1b]0;title\x07\x1b[2J", {}),
  section("an unknown tracepoint category", "on_raw cannot be attached", "tp/no/such"),
  section("a tracepoint with escape sequences", "progs[1].attach: control or format", "tp/\x1b[31m/\nx", {}),
  section("a tracepoint with .. in its path", "on_raw cannot be attached", "tp/../../../../etc/passwd"),
  section("a tracepoint without a name", "on_raw cannot be attached", "tp/"),
  section("an unknown raw tracepoint", "on_raw cannot be attached", "raw_tp/no_such"),
  section("an unknown kernel function", "the kernel rejected", "fentry/no_such_function"),
  section("an unknown iterator", /rejected|on_raw/, "iter/no_such"),
  section("an unknown LSM hook", /rejected|on_raw/, "lsm/no_such"),
  section("a uprobe in a missing file", "on_raw cannot be attached", "uprobe//no/such/file:main"),
  section("a uprobe without a file", /on_raw/, "uprobe/:"),
  section("a uprobe in /dev/zero", "not a regular file with functions", "uprobe//dev/zero:main"),
  section("a uretprobe in a terminal", "not a regular file with functions", "uretprobe.s//dev/tty:main"),
  section("a USDT probe in a missing file", /on_raw/, "usdt//no/such:a:b"),
  section("a USDT probe in a directory", "not a regular file with functions", "usdt//tmp:a:b"),
  section("a section name of 300 bytes", "meta.bpf_skel.progs[1].attach", `tp/${"x".repeat(300)}`, {}),
];

/** Sections that name no target: the message proposes a complete section. */
const incompleteTargets: Malformed[] = (
  [
    ["uprobe", 'SEC("uprobe/PATH:FUNCTION")'],
    ["uretprobe.s", 'SEC("uretprobe.s/PATH:FUNCTION")'],
    ["uprobe.multi", 'SEC("uprobe.multi/PATH:PATTERN")'],
    ["usdt", 'SEC("usdt/PATH:PROVIDER:NAME")'],
    ["kprobe", 'SEC("kprobe/FUNCTION")'],
    ["kprobe.multi", 'SEC("kprobe.multi/PATTERN")'],
    ["ksyscall", 'SEC("ksyscall/NAME")'],
    ["tp", 'SEC("tp/CATEGORY/NAME")'],
    ["raw_tp", 'SEC("raw_tp/NAME")'],
    ["fentry", 'SEC("fentry/FUNCTION")'],
    ["lsm", 'SEC("lsm/HOOK")'],
    ["iter", 'SEC("iter/TYPE")'],
    ["tc/ingress", 'SEC("tc") with @tchook'],
    ["tcx/egress", 'SEC("tc") with @tchook'],
    ["classifier", 'SEC("tc") with @tchook'],
    ["xdp.frags", 'SEC("xdp") with @ifindex'],
    ["cgroup/connect4", "cgroup"],
    ["cgroup_skb/egress", "cgroup"],
    ["sockops", "cgroup"],
    ["sk_skb/stream_verdict", "map of sockets"],
    ["sk_msg", "map of sockets"],
    ["sk_lookup", "network namespace"],
    ["netfilter", "netfilter hook"],
    ["socket", "socket"],
    ["lwt_in", "route"],
    ["struct_ops/init", "struct_ops"],
    ["freplace/main", "another BPF program"],
  ] as const
).map(([to, proposal]) =>
  section(
    `a section ${to} without a target`,
    new RegExp(
      `on_raw cannot be attached \\(section ${to}\\): its section (?:has no target|cannot name).*${RegExp.escape(proposal)}`,
    ),
    to,
  ),
);

/** Programs that the kernel or libbpf refuses, with the message that explains it. */
const explained: Malformed[] = [
  section(
    "fexit of an unknown function: the message names it",
    /rejected the program on_raw .*this kernel has no function no_such_function/,
    "fexit/no_such_function",
  ),
  section(
    "an unknown LSM hook: the message names it",
    /rejected the program on_raw .*this kernel has no LSM hook no_such_hook/,
    "lsm/no_such_hook",
  ),
  section(
    "an unknown iterator: the message names it",
    /rejected the program on_raw .*this kernel has no iterator no_such_type/,
    "iter/no_such_type",
  ),
  section(
    "an unknown program kind: the message names it",
    /on_raw cannot be attached \(section no_such_kind\): libbpf does not know this section name/,
    "no_such_kind",
  ),
  section(
    "an unknown tracepoint: the message names it",
    "this kernel has no tracepoint sched/no_such",
    "tp/sched/no_such",
  ),
  section(
    "an unknown raw tracepoint: the message names it",
    "this kernel has no raw tracepoint no_such",
    "raw_tp/no_such",
  ),
  section(
    "a uprobe in a missing file: the message names it",
    "there is no file /no/such/file",
    "uprobe//no/such/file:main",
  ),
  section(
    "a uprobe in a program that is not in the PATH",
    "there is no no_such_program in the PATH",
    "uprobe/no_such_program:main",
  ),
  section("a uprobe in a file that is not an ELF file", "/etc/passwd is not an ELF file", "uprobe//etc/passwd:main"),
  section(
    "a uprobe of an unknown function",
    "failed to find symbol 'no_such_function' in '/bin/sh'",
    "uprobe//bin/sh:no_such_function",
  ),
  section("a uprobe without a function", "has no complete target", "uprobe//bin/sh"),
];

const progs = (name: string, says: string, change: (progs: Json) => void) =>
  json(name, says, (root) => change(root.meta.bpf_skel.progs));

const descriptions: Malformed[] = [
  ...["", "no_such_program", "on_exit\n", "\x1b[31mon_exit", "__proto__", "on_exit\0"].map((name) =>
    progs(`a program with the name ${JSON.stringify(name)}`, "meta.bpf_skel.progs[0].name", (all) => {
      all[0].name = name;
    }),
  ),
  ...["", "tp/sched/sched_process_exec", "tp/sched/sched_process_exit\n", "xdp", "\x1b[2J"].map((attach) =>
    progs(`a program in the section ${JSON.stringify(attach)}`, "meta.bpf_skel.progs[0].attach", (all) => {
      all[0].attach = attach;
    }),
  ),
  progs("one program twice", "meta.bpf_skel.progs[2].name: on_exit", (all) => all.push(all[0])),
  progs("5000 programs", "meta.bpf_skel.progs", (all) => all.push(...Array(5000).fill(all[0]))),
  progs("100,000 programs", "more than 262144", (all) => {
    for (let i = 0; i < 100_000; i++) all.push(all[0]);
  }),
];

/** Returns a case with a changed section .BTF.ext. */
const ext = (name: string, says: string, change: (bytes: Buffer) => Buffer | void): Malformed =>
  object(name, says, (bytes) => {
    const elf = new ElfEditor(bytes);
    const before = elf.content(".BTF.ext");
    return elf.replace(elf.find(".BTF.ext"), change(before) ?? before).bytes;
  });

const word = (name: string, says: string, at: number | ((bytes: Buffer) => number), value: number): Malformed =>
  ext(name, says, (bytes) => void bytes.writeUInt32LE(value, typeof at === "number" ? at : at(bytes)));

/**
 * The offsets of the functions and of the relocations in .BTF.ext: each begins with the size of a
 * record, then has a section's name and count, then records.
 */
const functions = (bytes: Buffer) => 24 + (bytes.readUInt32LE(4) - 24) + bytes.readUInt32LE(8);
const relocations = (bytes: Buffer) => bytes.readUInt32LE(4) + bytes.readUInt32LE(24);

const extensions: Malformed[] = [
  word(".BTF.ext with a wrong magic number", "libbpf cannot open bpf_object", 0, 0),
  word(".BTF.ext of an unknown version", "libbpf cannot open bpf_object", 0, 0x0002_eb9f),
  word(".BTF.ext with a header beyond its end", "libbpf cannot open bpf_object", 4, 0xffff_ff00),
  word(".BTF.ext without a header", "libbpf cannot open bpf_object", 4, 0),
  word("functions beyond its end", "libbpf cannot open bpf_object", 8, 0xffff_fff0),
  word("more functions than bytes", "libbpf cannot open bpf_object", 12, 0xffff_fff0),
  word("functions at an unaligned offset", "libbpf cannot open bpf_object", 8, 3),
  word("lines beyond its end", "libbpf cannot open bpf_object", 20, 0xffff_fff0),
  word("relocations beyond its end", "libbpf cannot open bpf_object", 28, 0xffff_fff0),
  word("records of no bytes", "libbpf cannot open bpf_object", functions, 0),
  word("records of 2^31 bytes", "libbpf cannot open bpf_object", functions, 2 ** 31),
  word("records of 9 bytes", "libbpf cannot open bpf_object", functions, 9),
  word("2^32-1 functions", "libbpf cannot open bpf_object", (bytes) => functions(bytes) + 8, 0xffff_ffff),
  word("no functions", "libbpf cannot open bpf_object", (bytes) => functions(bytes) + 8, 0),
  ext(".BTF.ext cut off in the middle", "libbpf cannot open bpf_object", (bytes) =>
    bytes.subarray(0, bytes.length / 2),
  ),
  ext("an empty .BTF.ext", "libbpf cannot open bpf_object", () => Buffer.alloc(0)),
];

/** Faults that libbpf finds when it applies the relocations. */
const unloadable: Malformed[] = [
  word("a relocation of a missing type", "CO-RE relocations", (bytes) => relocations(bytes) + 16, 99_999),
  word("a relocation without an access path", "CO-RE relocations", (bytes) => relocations(bytes) + 20, 0x7fff_ffff),
].map((one) => ({ ...one, isLoaded: true }));

export const malformedPrograms: Malformed[] = [
  ...invalidCode,
  ...targets,
  ...incompleteTargets,
  ...explained,
  ...descriptions,
  ...extensions,
  ...unloadable,
];
