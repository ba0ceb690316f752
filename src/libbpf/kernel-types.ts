import { closeSync, existsSync } from "node:fs";
import type { Pointer } from "bun:ffi";
import { Btf } from "./btf.ts";
import { LibbpfError } from "./errno.ts";
import { native } from "./library.ts";
import { failure } from "./log.ts";

/** Where a kernel describes its types, built with CONFIG_DEBUG_INFO_BTF; if not, it knows nothing of tp_btf programs either. */
export const KERNEL_BTF = "/sys/kernel/btf/vmlinux";

export function describesItself(): boolean {
  return existsSync(KERNEL_BTF);
}

/** LIBBPF_ERRNO__START: from there on it is no errno of the kernel's, but says that something is malformed. */
const FIRST_OF_LIBBPF = 4000;

/** Types that somebody brought along, and that cannot be read. */
export class TypesFileError extends LibbpfError {
  constructor(
    readonly file: string,
    errno: number,
  ) {
    super(errno < FIRST_OF_LIBBPF ? "its types cannot be read" : "it is no BTF", errno < FIRST_OF_LIBBPF ? errno : 0);
  }
}

/**
 * The types of the kernel that an object asks for, in a file in memory: given to libbpf instead of the kernel's own BTF, in which it would
 * look for each of them one by one.
 */
export class KernelTypes {
  #fd: number;

  /** Still empty. @throws LibbpfError where the kernel gives no such file. */
  constructor() {
    this.#fd = native.memory_file();
    if (this.#fd < 0) throw new LibbpfError("no file in memory (memfd_create)", -this.#fd);
  }

  /** Where they can be read, by us alone. */
  get path(): string {
    return `/proc/self/fd/${this.#fd}`;
  }

  /**
   * @param source a file of BTF, raw or ELF's; none: the running kernel's.
   * @returns what number that struct has in the source, 0: it has none.
   * @throws TypesFileError where that file cannot be read, LibbpfError where the kernel's cannot.
   */
  fill(object: Pointer, struct: string, source?: string): number {
    const id = Number(native.write_kernel_types(object, source ?? null, this.#fd, struct));
    if (id >= 0) return id;
    if (source) throw new TypesFileError(source, -id);
    throw failure("the kernel's types cannot be read", -id);
  }

  /** Looks into what is in the file: which types this kernel has tells what it can do. */
  ask<T>(question: (types: Btf) => T): T {
    const btf = Btf.of(this.path);
    try {
      return question(btf);
    } finally {
      btf.close();
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
