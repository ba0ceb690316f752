import { type Pointer, ptr, toArrayBuffer } from "bun:ffi";
import { Btf } from "./btf.ts";
import { LibbpfError } from "./errno.ts";
import { asPointer, native } from "./library.ts";

const BPF_ANY = 0;
const BPF_NOEXIST = 1;

/** A BPF object: opened, configured, loaded, attached, closed, in that order. Not for use by two threads. */
export class BpfObject {
  #object: Pointer;
  #links: Pointer[] = [];

  /**
   * Opens a relocatable BPF object. Nothing reaches the kernel before load().
   * @param name at most 15 characters; libbpf names `.rodata` and its kind after it.
   * @throws LibbpfError where the bytes are no such object.
   */
  constructor(bytes: Uint8Array, name: string) {
    const label = Buffer.from(`${name}\0`);
    // struct bpf_object_open_opts { size_t sz; const char *object_name; … }
    const options = new BigUint64Array([16n, BigInt(ptr(label))]);
    const object = asPointer(native.bpf_object__open_mem(bytes, bytes, ptr(options)));
    if (!object) throw failure("the BPF object cannot be read", 0);
    this.#object = object;
  }

  /** The object's own type information. Data sections have their final offsets once the object is opened. */
  btf(): Btf {
    const btf = asPointer(native.bpf_object__btf(this.#object));
    if (!btf) throw new LibbpfError("the BPF object has no BTF", 0);
    return new Btf(btf);
  }

  map(name: string): BpfMap {
    const map = asPointer(native.bpf_object__find_map_by_name(this.#object, name));
    if (!map) throw new LibbpfError(`the BPF object has no map ${name}`, 0);
    return new BpfMap(map);
  }

  /** Verifies and loads the programs, creates the maps. @throws LibbpfError with the kernel's errno. */
  load(): void {
    const error = native.bpf_object__load(this.#object);
    if (error) throw failure("the kernel did not take the BPF programs", -error);
  }

  /** Before loading: a program that is not to be loaded takes part in nothing. */
  setAutoload(program: string, isLoaded: boolean): void {
    const error = native.bpf_program__set_autoload(this.#program(program), isLoaded);
    if (error) throw failure(`${program} cannot be left out`, -error);
  }

  /** Attaches a loaded program where its section name says. @throws LibbpfError with the kernel's errno. */
  attach(program: string): void {
    const link = native.attach(this.#program(program));
    if (link < 0) throw failure(`${program} cannot be attached`, -Number(link));
    this.#links.push(Number(link) as Pointer);
  }

  /** Runs a loaded program of the type `syscall` once, in this process's own context. @throws LibbpfError with the kernel's errno. */
  run(program: string): void {
    const error = native.run(this.#program(program));
    if (error) throw failure(`${program} cannot be run`, -error);
  }

  /** The file descriptor of a loaded program. */
  programFd(name: string): number {
    return native.bpf_program__fd(this.#program(name));
  }

  /** Takes the programs off their hooks; the maps and what is in them stay until close(). */
  detach(): void {
    for (const link of this.#links.splice(0)) native.bpf_link__destroy(link);
  }

  close(): void {
    this.detach();
    native.bpf_object__close(this.#object);
  }

  #program(name: string): Pointer {
    const program = asPointer(native.bpf_object__find_program_by_name(this.#object, name));
    if (!program) throw new LibbpfError(`the BPF object has no program ${name}`, 0);
    return program;
  }
}

export class BpfMap {
  constructor(readonly handle: Pointer) {}

  /** -1 before the object is loaded. */
  get fd(): number {
    return native.bpf_map__fd(this.handle);
  }

  /** Before loading. libbpf rounds a ring buffer up to a power of two of pages. */
  setMaxEntries(entries: number): void {
    const error = native.bpf_map__set_max_entries(this.handle, entries);
    if (error) throw failure(`a map of ${entries} entries`, -error);
  }

  /** The bytes of a data section (`.rodata`, `.data`, `.bss`): to be changed before loading, and from then on what the programs see. */
  initialValue(): DataView {
    const size = new BigUint64Array(1);
    const value = asPointer(native.bpf_map__initial_value(this.handle, size));
    if (!value) throw new LibbpfError("a map without an initial value", 0);
    return new DataView(toArrayBuffer(value, 0, Number(size[0])));
  }

  /** After loading. @throws LibbpfError with the kernel's errno. */
  update(key: NodeJS.TypedArray, value: NodeJS.TypedArray): void {
    const error = native.bpf_map_update_elem(this.fd, key, value, BPF_ANY);
    if (error) throw failure("a map cannot be filled", -error);
  }

  /** The same, but leaves what is there as it is. */
  insert(key: NodeJS.TypedArray, value: NodeJS.TypedArray): void {
    native.bpf_map_update_elem(this.fd, key, value, BPF_NOEXIST);
  }

  /** After loading; a key that is not there is none the less gone. */
  delete(key: NodeJS.TypedArray): void {
    native.bpf_map_delete_elem(this.fd, key);
  }
}

/** Whether BpfObject.run() works, and shows the program the kernel's symbols: since Linux 5.16. */
export function canRunPrograms(): boolean {
  return native.can_run() === 1;
}

/** Hands libbpf's messages to us; `loud` shows all of them, debug ones included, on stderr as they come. */
export function openLog(loud: boolean): void {
  native.log_open(loud ? 1 : 0);
}

function failure(what: string, errno: number): LibbpfError {
  return new LibbpfError(what, errno, String(native.log_warnings() ?? ""));
}
