import { LibbpfError } from "../native/errno.ts";
import { toPointer, native } from "../native/library.ts";
import type { Pointer } from "../native/memory.ts";
import { Btf } from "./btf.ts";
import { attachProgram, type Hook, type Link, toLink } from "./link.ts";
import { libbpfError } from "./log.ts";
import { BpfMap } from "./map.ts";
import type { MinCoreBtf } from "./min-core-btf.ts";

/** A program of an opened object. */
interface BpfProgram {
  name: string;
  /** The section name, which libbpf parses for the type and the target. */
  section: string;
  /** `enum bpf_prog_type`. */
  type: number;
  typeName: string;
}

/**
 * A BPF object and its programs, maps and links. Its life cycle is libbpf's: open (the
 * constructor), configure, load(), attach(), close(). Not safe for use by two threads.
 */
export class BpfObject {
  #object: Pointer;
  /** In the order of attachment. */
  #links: { program: string; link: Link }[] = [];
  #outlives = false;

  /**
   * Opens a relocatable BPF object. Nothing reaches the kernel before load().
   * @param name the prefix of the names of data maps such as `.rodata`; libbpf uses 8 characters.
   * @param kernelBtf the types that load() relocates against; by default all of the kernel's BTF.
   * @throws LibbpfError
   */
  constructor(bytes: Uint8Array, name: string, kernelBtf?: MinCoreBtf) {
    const object = native.object_open(bytes, bytes.length, name, kernelBtf?.path ?? null);
    if (object < 0) throw libbpfError("the BPF object cannot be read", -Number(object));
    this.#object = Number(object) as Pointer;
  }

  /** The `struct bpf_object *`, valid until close(). */
  get handle(): Pointer {
    return this.#object;
  }

  /** Returns the object's own BTF, valid until close(). @throws LibbpfError if it has none */
  btf(): Btf {
    const btf = toPointer(native.bpf_object__btf(this.#object));
    if (!btf) throw new LibbpfError("the BPF object has no BTF", 0);
    return new Btf(btf, "the BPF object");
  }

  /** @throws LibbpfError if there is no map of that name */
  map(name: string): BpfMap {
    const map = toPointer(native.bpf_object__find_map_by_name(this.#object, name));
    if (!map) throw new LibbpfError(`the BPF object has no map ${name}`, 0);
    return new BpfMap(map);
  }

  programs(): BpfProgram[] {
    return listAll(this.#object, native.bpf_object__next_program).map((program) => {
      const type = native.bpf_program__type(program);
      return {
        name: String(native.bpf_program__name(program)),
        section: String(native.bpf_program__section_name(program)),
        type,
        typeName: String(native.program_type_name(type)),
      };
    });
  }

  /** Returns all maps, including those of data sections. */
  maps(): BpfMap[] {
    return listAll(this.#object, native.bpf_object__next_map).map((map) => new BpfMap(map));
  }

  /** Creates the maps, so that they can be filled before load(). @throws LibbpfError */
  prepare(): void {
    const error = native.bpf_object__prepare(this.#object);
    if (error) throw libbpfError("the BPF maps cannot be created", -error);
  }

  /**
   * Creates the maps, and verifies and loads the programs. Child processes do not inherit the
   * memory shared with the programs (MADV_DONTFORK). @throws LibbpfError
   */
  load(): void {
    this.#finishLoad(native.bpf_object__load(this.#object));
  }

  /**
   * Does the same after prepare(), with the programs for signals in a second thread.
   * @param first a program that is attached as soon as it is loaded.
   * @param context a program that runs before `first` is attached, as run() does it.
   * Returns true if `first` is attached: it is not if no program for signals is loaded, or
   * `context` cannot be run. @throws LibbpfError
   */
  loadRecorder(first: string | undefined, context: string | undefined): boolean {
    const [firstProgram, contextProgram] = [first, context].map((name) => (name ? this.#program(name) : null));
    const link = Number(native.object_load_recorder(this.#object, firstProgram!, contextProgram!));
    if (link > 0) this.#links.push({ program: first!, link: toLink(link as Pointer) });
    this.#finishLoad(Math.min(link, 0));
    return link > 0;
  }

  #finishLoad(result: number): void {
    if (result < 0) throw libbpfError("the kernel rejected the BPF programs", -result);
    const madviseError = native.object_exclude_data_from_fork(this.#object);
    if (madviseError) throw libbpfError("the programs' variables cannot be hidden from child processes", -madviseError);
  }

  /** Sets whether load() loads a program; called before it. @throws LibbpfError */
  setAutoload(program: string, isLoaded: boolean): void {
    const error = native.bpf_program__set_autoload(this.#program(program), isLoaded);
    if (error) throw libbpfError(`${program} cannot be disabled`, -error);
  }

  /**
   * Attaches a loaded program to its hook; the object owns the link.
   * @param hook the target; by default that in the section name. @throws LibbpfError
   */
  attach(program: string, hook?: Hook): void {
    const link = attachProgram(this.#program(program), program, hook);
    this.#links.push({ program, link });
    this.#outlives ||= link.outlivesProcess;
  }

  /**
   * True if a program stays attached after this process is killed; then detaching it needs
   * privileges.
   */
  get outlivesProcess(): boolean {
    return this.#outlives;
  }

  /** Runs a loaded `syscall` program in the context of this process. @throws LibbpfError */
  run(program: string): void {
    const error = native.run_syscall_program(this.#program(program));
    if (error) throw libbpfError(`${program} cannot be run`, -error);
  }

  /** Returns the file descriptor of a loaded program, owned by the object. */
  programFd(name: string): number {
    return native.bpf_program__fd(this.#program(name));
  }

  /**
   * Makes `.bss` and `.data` read-only for this process, permanently, so that an attacker in it
   * cannot change the variables of the programs. @throws LibbpfError
   */
  seal(): void {
    const error = native.object_freeze_data(this.#object);
    if (error) throw libbpfError("the programs' variables cannot be made read-only", -error);
  }

  /**
   * Detaches all programs. The maps and their contents stay until close().
   * @param order the programs that are detached first.
   */
  detach(order: readonly string[] = []): void {
    const links = this.#links.splice(0);
    const first = order.flatMap((name) => links.filter(({ program }) => program === name));
    for (const { link } of new Set([...first, ...links])) for (const detach of link.detach) detach();
  }

  /** Detaches all programs and frees everything that the object owns. */
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

/** Walks a list of libbpf: `next` returns the element after another, or the first after null. */
function listAll(object: Pointer, next: (object: Pointer, after: Pointer | null) => number | bigint | null): Pointer[] {
  const found: Pointer[] = [];
  for (let at = toPointer(next(object, null)); at; at = toPointer(next(object, at))) found.push(at);
  return found;
}
