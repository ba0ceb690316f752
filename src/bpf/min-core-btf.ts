import { closeSync, existsSync, fstatSync, readSync } from "node:fs";
import type { Pointer } from "../native/memory.ts";
import { Btf } from "./btf.ts";
import { LibbpfError } from "../native/errno.ts";
import { FileError, openFileOfKind } from "../system/files.ts";
import { native } from "../native/library.ts";
import { failure } from "./log.ts";

/** Where a kernel describes its types, built with CONFIG_DEBUG_INFO_BTF; if not, it knows nothing of tp_btf programs either. */
export const KERNEL_BTF = "/sys/kernel/btf/vmlinux";

export function describesItself(): boolean {
  return existsSync(KERNEL_BTF);
}

/** LIBBPF_ERRNO__START: from there on it is no errno of the kernel's, but says that something is malformed. */
const FIRST_OF_LIBBPF = 4000;

/** Is thrown if a BTF file (`--btf`) cannot be read. */
export class TypesFileError extends LibbpfError {
  constructor(
    readonly file: string,
    cause: number | string,
  ) {
    super(
      typeof cause === "string" ? cause : cause < FIRST_OF_LIBBPF ? "its types cannot be read" : "it is no BTF",
      typeof cause === "number" && cause < FIRST_OF_LIBBPF ? cause : 0,
    );
  }
}

/**
 * The most bytes of a raw BTF file, which libbpf reads whole; a distribution's kernel has 10 MB. An
 * ELF file may be larger: libbpf reads one section of it.
 */
const MAX_RAW_BTF = 64 * 1024 * 1024;
const ELF_MAGIC = "\x7fELF";

/** Opens a BTF file that the user named; refuses a FIFO or a device. @throws TypesFileError */
function openTypes(file: string): number {
  try {
    const fd = openFileOfKind(file, ["regular file"]);
    const start = Buffer.alloc(ELF_MAGIC.length);
    readSync(fd, start, 0, start.length, 0);
    if (start.toString("latin1") === ELF_MAGIC || fstatSync(fd).size <= MAX_RAW_BTF) return fd;
    closeSync(fd);
    throw new FileError(`it is no BTF: it is larger than ${MAX_RAW_BTF / 1024 ** 2} MB`);
  } catch (error) {
    throw new TypesFileError(file, (error as Error).message);
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
    this.#fd = native.create_btf_memfd();
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
    const fd = source === undefined ? undefined : openTypes(source);
    const path = fd === undefined ? null : `/proc/self/fd/${fd}`;
    const id = Number(native.write_btf_subset(object, path, this.#fd, struct));
    if (fd !== undefined) closeSync(fd);
    if (id >= 0) return id;
    if (source !== undefined) throw new TypesFileError(source, -id);
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
