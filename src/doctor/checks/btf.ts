import { KERNEL_BTF } from "../../bpf/min-core-btf.ts";
import { explainMissingBtf } from "../../diagnose/btf.ts";
import { readStart } from "../../diagnose/read-file.ts";
import { quotePath } from "../../text/sanitize.ts";
import { type CheckOptions, type Finding, no, yes } from "../check.ts";

/** struct btf_header of include/uapi/linux/btf.h. */
const BTF_MAGIC = 0xeb9f;
const HEADER_BYTES = 24;
const ELF_MAGIC = Buffer.from("\x7fELF");
const MAX_BTF_BYTES = 64 * 1024 * 1024;

/** Checks that BTF for CO-RE relocation exists and can be read. */
export function btf({ btfFile }: CheckOptions): Finding {
  const missing = btfFile === undefined ? explainMissingBtf() : undefined;
  if (missing) return no(missing.why, missing.advice);
  const shown = quotePath(btfFile ?? KERNEL_BTF);
  const { bytes, reason } = readStart(btfFile ?? KERNEL_BTF, MAX_BTF_BYTES);
  if (!bytes) {
    const advice = btfFile === undefined ? "run it with sudo" : "name a BTF file, or leave --btf out";
    return no(`${shown}: ${reason}`, advice);
  }
  const isElf = btfFile !== undefined && bytes.subarray(0, ELF_MAGIC.length).equals(ELF_MAGIC);
  if (!isElf && (bytes.length < HEADER_BYTES || bytes.readUInt16LE(0) !== BTF_MAGIC)) {
    return no(`${shown} is not BTF`, "check what is mounted there, or name another file with --btf FILE", {
      bytes: bytes.length,
    });
  }
  return yes(`${shown}, ${(bytes.length / 1024 ** 2).toFixed(1)} MB`, { bytes: bytes.length });
}
