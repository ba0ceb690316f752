import type { Pointer } from "../native/memory.ts";
import { Btf } from "./btf.ts";
import { LibbpfError } from "../native/errno.ts";
import { attachTo, type Detach, type Hook } from "./hooks.ts";
import type { KernelTypes } from "./min-core-btf.ts";
import { toPointer, native } from "../native/library.ts";
import { failure } from "./log.ts";
import { BpfMap } from "./map.ts";

/** A program of an opened object. */
export interface BpfProgram {
  name: string;
  /** Where it wants to be attached. */
  section: string;
  /** `enum bpf_prog_type`, and its name. */
  type: number;
  typeName: string;
}

/** A BPF object: opened, configured, loaded, attached, closed, in that order. Not for use by two threads. */
export class BpfObject {
  #object: Pointer;
  #attached: Detach[] = [];
  #outlives = false;

  /**
   * Opens a relocatable BPF object. Nothing reaches the kernel before load().
   * @param name libbpf names the maps of `.rodata` and its kind after its first 8 characters.
   * @param types where load() looks up the kernel's types; none: among all that the running kernel has.
   * @throws LibbpfError where the bytes are no such object.
   */
  constructor(bytes: Uint8Array, name: string, types?: KernelTypes) {
    const object = native.object_open(bytes, bytes.length, name, types?.path ?? null);
    if (object < 0) throw failure("the BPF object cannot be read", -Number(object));
    this.#object = Number(object) as Pointer;
  }

  /** libbpf's own, for as long as this one is open. */
  get handle(): Pointer {
    return this.#object;
  }

  /** The object's own type information. Data sections have their final offsets once the object is opened. */
  btf(): Btf {
    const btf = toPointer(native.bpf_object__btf(this.#object));
    if (!btf) throw new LibbpfError("the BPF object has no BTF", 0);
    return new Btf(btf);
  }

  map(name: string): BpfMap {
    const map = toPointer(native.bpf_object__find_map_by_name(this.#object, name));
    if (!map) throw new LibbpfError(`the BPF object has no map ${name}`, 0);
    return new BpfMap(map);
  }

  /** All that can be attached. */
  programs(): BpfProgram[] {
    return all(this.#object, native.bpf_object__next_program).map((program) => {
      const type = native.bpf_program__type(program);
      return {
        name: String(native.bpf_program__name(program)),
        section: String(native.bpf_program__section_name(program)),
        type,
        typeName: String(native.program_type_name(type)),
      };
    });
  }

  /** All maps, those of data sections among them. */
  maps(): BpfMap[] {
    return all(this.#object, native.bpf_object__next_map).map((map) => new BpfMap(map));
  }

  /** Verifies and loads the programs, creates the maps. @throws LibbpfError with the kernel's errno. */
  load(): void {
    const error = native.bpf_object__load(this.#object);
    if (error) throw failure("the kernel did not take the BPF programs", -error);
    const madviseError = native.object_exclude_data_from_fork(this.#object);
    if (madviseError) throw failure("the programs' variables cannot be kept from children", -madviseError);
  }

  /** Before loading: a program that is not to be loaded takes part in nothing. */
  setAutoload(program: string, isLoaded: boolean): void {
    const error = native.bpf_program__set_autoload(this.#program(program), isLoaded);
    if (error) throw failure(`${program} cannot be left out`, -error);
  }

  /**
   * Attaches a loaded program where its section name says.
   * @param hook where that does not say it. @throws LibbpfError with the kernel's errno.
   */
  attach(program: string, hook?: Hook): void {
    const { detach, outlives } = attachTo(this.#program(program), program, hook);
    this.#attached.push(...detach);
    this.#outlives ||= outlives;
  }

  /**
   * True if a program stays on its hook when this process is killed, and its removal needs
   * privileges.
   */
  get outlivesProcess(): boolean {
    return this.#outlives;
  }

  /** Runs a loaded program of the type `syscall` once, in this process's own context. @throws LibbpfError with the kernel's errno. */
  run(program: string): void {
    const error = native.run_syscall_program(this.#program(program));
    if (error) throw failure(`${program} cannot be run`, -error);
  }

  /** The file descriptor of a loaded program. */
  programFd(name: string): number {
    return native.bpf_program__fd(this.#program(name));
  }

  /**
   * Gives up the right to write to the object's `.bss` and `.data`, for good, so that an attacker
   * in this process cannot change the variables of the programs. Both can still be read. @throws
   * LibbpfError with the kernel's errno.
   */
  seal(): void {
    const error = native.object_freeze_data(this.#object);
    if (error) throw failure("the programs' variables cannot be made read-only", -error);
  }

  /** Takes the programs off their hooks; the maps and what is in them stay until close(). */
  detach(): void {
    for (const detach of this.#attached.splice(0)) detach();
  }

  close(): void {
    this.detach();
    native.bpf_object__close(this.#object);
  }

  #program(name: string): Pointer {
    const program = toPointer(native.bpf_object__find_program_by_name(this.#object, name));
    if (!program) throw new LibbpfError(`the BPF object has no program ${name}`, 0);
    return program;
  }
}

/** Whether BpfObject.run() works, and shows the program the kernel's symbols: since Linux 5.16. */
export function canRunPrograms(): boolean {
  return native.supports_syscall_programs() === 1;
}

/** What a list of libbpf's holds; `next` gives the first after none. */
function all(object: Pointer, next: (object: Pointer, after: Pointer | null) => number | bigint | null): Pointer[] {
  const found: Pointer[] = [];
  for (let at = toPointer(next(object, null)); at; at = toPointer(next(object, at))) found.push(at);
  return found;
}
