import { closeSync } from "node:fs";
import type { Pointer } from "bun:ffi";
import { Btf } from "./btf.ts";
import { LibbpfError } from "./errno.ts";
import { native } from "./library.ts";
import { failure } from "./log.ts";

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
   * @returns what number that struct has in the source, 0: it has none. @throws LibbpfError where the source cannot be read.
   */
  fill(object: Pointer, struct: string, source?: string): number {
    const id = Number(native.write_kernel_types(object, source ?? null, this.#fd, struct));
    if (id < 0)
      throw failure(source ? `the types in ${source} cannot be read` : "the kernel's types cannot be read", -id);
    return id;
  }

  /** Whether this kernel has a struct that the object asks for; that tells what it can do. */
  has(struct: string): boolean {
    const btf = Btf.of(this.path);
    try {
      return btf.hasStruct(struct);
    } finally {
      btf.close();
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
