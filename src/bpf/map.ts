import { type Pointer, ptr, toArrayBuffer } from "../native/memory.ts";
import { toPointer, native } from "../native/library.ts";
import { failure } from "./log.ts";

const BPF_ANY = 0;
const BPF_NOEXIST = 1;

/** A map of an opened object. */
export class BpfMap {
  constructor(readonly handle: Pointer) {}

  get name(): string {
    return String(native.bpf_map__name(this.handle));
  }

  /** `enum bpf_map_type` */
  get type(): number {
    return native.bpf_map__type(this.handle);
  }

  get typeName(): string {
    return String(native.map_type_name(this.type));
  }

  /** Bytes. */
  get keySize(): number {
    return native.bpf_map__key_size(this.handle);
  }

  get valueSize(): number {
    return native.bpf_map__value_size(this.handle);
  }

  get maxEntries(): number {
    return native.bpf_map__max_entries(this.handle);
  }

  /** A number more that some types have; of an arena the address at which it is mapped into this process. */
  get extra(): bigint {
    return BigInt(native.bpf_map__map_extra(this.handle));
  }

  /** Where it will be pinned, and stay when we are gone. */
  get pinPath(): string | undefined {
    const path = native.bpf_map__pin_path(this.handle);
    return path ? String(path) : undefined;
  }

  /** In the object's BTF; 0: it does not say. */
  get keyTypeId(): number {
    return native.bpf_map__btf_key_type_id(this.handle);
  }

  get valueTypeId(): number {
    return native.bpf_map__btf_value_type_id(this.handle);
  }

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
    const value = toPointer(native.bpf_map__initial_value(this.handle, size));
    if (!value) throw failure(`${this.name}: the kernel gives no memory that the programs share with us`, 0);
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

  /**
   * Walks on through a loaded map: fills `to` with keys, each with its value behind it.
   * @param key where to go on; moves along.
   * @returns how many there are, 0 at the end.
   */
  read(key: Uint8Array, isFirst: boolean, to: Uint8Array): number {
    const count = native.map_read(this.fd, key, this.keySize, this.valueSize, isFirst ? 1 : 0, ptr(to), to.length);
    if (count < 0) throw failure(`${this.name} cannot be read`, -Number(count));
    return Number(count);
  }

  /** Empties a loaded map. */
  clear(): void {
    native.map_clear(this.fd, this.keySize, this.maxEntries);
  }
}
