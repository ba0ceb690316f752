import { closeSync, existsSync, fstatSync, readSync } from "node:fs";
import { LibbpfError } from "../native/errno.ts";
import { native } from "../native/library.ts";
import type { Pointer } from "../native/memory.ts";
import { FileError, openFileOfKind } from "../system/files.ts";
import { Btf } from "./btf.ts";
import { libbpfError } from "./log.ts";

/** The kernel's own BTF, which exists if the kernel was built with CONFIG_DEBUG_INFO_BTF. */
export const KERNEL_BTF = "/sys/kernel/btf/vmlinux";

/** Returns true if the kernel has BTF. Only such a kernel can load tp_btf programs. */
export function hasKernelBtf(): boolean {
  return existsSync(KERNEL_BTF);
}

/**
 * Starts to load the kernel's BTF in a second thread, for writeTypesFor() without a source and for
 * the BpfObject that is loaded after it. Without BTF it does nothing.
 */
export function preloadKernelBtf(): void {
  if (hasKernelBtf()) native.preload_kernel_types();
}

/** LIBBPF_ERRNO__START of libbpf.h: larger errors are libbpf's own and mean malformed input. */
const MIN_LIBBPF_ERRNO = 4000;

/** Is thrown if a BTF file (`--btf`) cannot be read. */
export class BtfFileError extends LibbpfError {
  /** @param cause a message, or the errno of reading the types. */
  constructor(
    readonly file: string,
    cause: number | string,
  ) {
    const isErrno = typeof cause === "number" && cause < MIN_LIBBPF_ERRNO;
    super(
      typeof cause === "string" ? cause : isErrno ? "its types cannot be read" : "it is not BTF",
      isErrno ? cause : 0,
    );
  }
}

/**
 * The maximum size of a raw BTF file, which libbpf reads whole; that of a distribution's kernel has
 * 10 MB. An ELF file may be larger, since libbpf reads only its section .BTF.
 */
const MAX_RAW_BTF = 64 * 1024 * 1024;
const ELF_MAGIC = "\x7fELF";

/** Opens a BTF file that the user named, and refuses a FIFO or a device. @throws BtfFileError */
function openBtfFile(file: string): number {
  let fd: number | undefined;
  try {
    fd = openFileOfKind(file, ["regular file"]);
    const start = Buffer.alloc(ELF_MAGIC.length);
    readSync(fd, start, 0, start.length, 0);
    if (start.toString("latin1") === ELF_MAGIC || fstatSync(fd).size <= MAX_RAW_BTF) return fd;
    throw new FileError(`it is not BTF: it is larger than ${MAX_RAW_BTF / 1024 ** 2} MB`);
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw new BtfFileError(file, (error as Error).message);
  }
}

/**
 * A memfd with the part of the kernel's BTF that an object's CO-RE relocations refer to, as
 * `bpftool gen min_core_btf` makes it. libbpf searches all types of the kernel, 130,000, for each
 * type that the relocations name; with these few types an object loads much faster.
 */
export class MinCoreBtf {
  #fd: number;

  /** Creates an empty file. @throws LibbpfError if memfd_create(2) fails */
  constructor() {
    this.#fd = native.create_btf_memfd();
    if (this.#fd < 0) throw new LibbpfError("a memory file cannot be created (memfd_create)", -this.#fd);
  }

  /** The path of the file for this process: the argument of BpfObject's constructor. */
  get path(): string {
    return `/proc/self/fd/${this.#fd}`;
  }

  /**
   * Writes the types for an opened object, before the object is loaded.
   * @param struct the name of a struct, whose id in the complete BTF is returned; 0 if it has none.
   * @param source the complete BTF, a raw or ELF file; by default that of the running kernel.
   * @throws BtfFileError if that file cannot be read, LibbpfError if the kernel's BTF cannot
   */
  writeTypesFor(object: Pointer, struct: string, source?: string): number {
    const fd = source === undefined ? undefined : openBtfFile(source);
    const path = fd === undefined ? null : `/proc/self/fd/${fd}`;
    const id = Number(native.write_btf_subset(object, path, this.#fd, struct));
    if (fd !== undefined) closeSync(fd);
    if (id >= 0) return id;
    if (source !== undefined) throw new BtfFileError(source, -id);
    throw libbpfError("the kernel's types cannot be read", -id);
  }

  /** Calls a function with the types, which show the kernel's features. @throws LibbpfError */
  query<T>(use: (types: Btf) => T): T {
    const btf = Btf.parse(this.path, "the kernel's BTF");
    try {
      return use(btf);
    } finally {
      btf.close();
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
