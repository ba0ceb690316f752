import { availableParallelism, machine, release } from "node:os";
import { sanitizeForTerminal, quotePath } from "../output/sanitize.ts";
import { describesItself, KERNEL_BTF } from "../bpf/min-core-btf.ts";
import { pageSize } from "../system/process.ts";
import { type Asked, type Explanation, type Finding, limited, no, yes } from "./check.ts";
import { attempt } from "../diagnose/read-file.ts";

/** struct btf_header of include/uapi/linux/btf.h. */
const BTF_MAGIC = 0xeb9f;
const HEADER_BYTES = 24;
const ELF_MAGIC = Buffer.from("\x7fELF");
const MOST_BTF_BYTES = 64 * 1024 * 1024;

/** Ring buffers and the capabilities that tracing takes came with 5.8; what a distributor has added to an older one shows below. */
const OLDEST = [5, 8] as const;

export function isOlder(text: string, [major, minor]: readonly [number, number]): boolean {
  const [, first, second] = /^(\d+)\.(\d+)/.exec(text) ?? [];
  if (first === undefined) return false;
  return Number(first) < major || (Number(first) === major && Number(second) < minor);
}

export function kernel(): Finding {
  const name = sanitizeForTerminal(release());
  const facts = { release: name };
  if (!isOlder(name, OLDEST)) return yes(`Linux ${name}`, facts);
  return limited(
    `Linux ${name}, which is older than 5.8`,
    "it works only where the distributor has added what is new: see the lines below; else take a newer kernel",
    facts,
  );
}

export function architecture(): Finding {
  const name = sanitizeForTerminal(machine());
  const [page, cpus] = [pageSize(), availableParallelism()];
  const ours = { x64: "x86_64", arm64: "aarch64" }[process.arch as "x64" | "arm64"];
  const facts = { machine: name, page_bytes: page, cpus };
  const found = `${name}, pages of ${page / 1024} KB, ${cpus} ${cpus === 1 ? "CPU" : "CPUs"}`;
  if (name === ours) return yes(found, facts);
  return no(`${found}; this binary is for ${ours}`, `take the binary for ${name}`, facts);
}

/** Where the kernel does not describe its types. */
export function withoutBtf(): Explanation | undefined {
  if (describesItself()) return undefined;
  return {
    why: `this kernel does not describe its types (there is no ${KERNEL_BTF})`,
    advice:
      "mount /sys, take a kernel built with CONFIG_DEBUG_INFO_BTF, " +
      `or give --btf a file of them for ${sanitizeForTerminal(release())}, as BTFHub has them`,
  };
}

/** What the programs are fitted to the running kernel by. */
export function btf({ typesFile }: Asked): Finding {
  const missing = typesFile === undefined ? withoutBtf() : undefined;
  if (missing) return no(missing.why, missing.advice, { bytes: null });
  const file = typesFile ?? KERNEL_BTF;
  const { bytes, reason } = attempt(file, MOST_BTF_BYTES);
  if (!bytes)
    return no(
      `${quotePath(file)} cannot be read (${reason})`,
      typesFile === undefined ? "run it with sudo" : "name a file of BTF, or leave --btf out",
      { bytes: null },
    );
  const facts = { bytes: bytes.length };
  const isElf = typesFile !== undefined && bytes.subarray(0, 4).equals(ELF_MAGIC);
  if (!isElf && (bytes.length < HEADER_BYTES || bytes.readUInt16LE(0) !== BTF_MAGIC)) {
    return no(`${quotePath(file)} is no BTF`, "look at who put something else there", facts);
  }
  return yes(`${quotePath(file)}, ${(bytes.length / 1024 ** 2).toFixed(1)} MB`, facts);
}
