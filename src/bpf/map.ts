import { toPointer, native } from "../native/library.ts";
import { type Pointer, ptr, toArrayBuffer } from "../native/memory.ts";
import { libbpfError } from "./log.ts";

/** Flags of bpf_map_update_elem() in include/uapi/linux/bpf.h. */
const BPF_ANY = 0;
const BPF_NOEXIST = 1;

/** A map of an opened object, owned by the object. */
export class BpfMap {
  constructor(readonly handle: Pointer) {}

  get name(): string {
    return String(native.bpf_map__name(this.handle));
  }

  /** `enum bpf_map_type`. */
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

  /** Bytes. */
  get valueSize(): number {
    return native.bpf_map__value_size(this.handle);
  }

  get maxEntries(): number {
    return native.bpf_map__max_entries(this.handle);
  }

  /** map_extra, whose meaning depends on the type; for an arena, its address in this process. */
  get extra(): bigint {
    return BigInt(native.bpf_map__map_extra(this.handle));
  }

  /** The path at which load() pins the map, so that it outlives the process. */
  get pinPath(): string | undefined {
    const path = native.bpf_map__pin_path(this.handle);
    return path ? String(path) : undefined;
  }

  /** The id of the key's type in the object's BTF; 0 if the map does not declare it. */
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

  /**
   * Sets the size before loading: entries, or the bytes of a ring buffer, which libbpf rounds up to
   * a power of two of pages. @throws LibbpfError
   */
  setMaxEntries(entries: number): void {
    const error = native.bpf_map__set_max_entries(this.handle, entries);
    if (error) throw libbpfError(`a map cannot have ${entries} entries`, -error);
  }

  /**
   * Returns the contents of a data section (`.rodata`, `.data`, `.bss`): before loading its initial
   * value, afterwards the memory that it shares with the programs. Valid until the object is
   * closed. @throws LibbpfError if there is no such memory
   */
  initialValue(): DataView {
    const size = new BigUint64Array(1);
    const value = toPointer(native.bpf_map__initial_value(this.handle, size));
    if (!value) throw libbpfError(`the variables in ${this.name} cannot be mapped`, 0);
    return new DataView(toArrayBuffer(value, 0, Number(size[0])));
  }

  /** Sets an element of a loaded map. @throws LibbpfError */
  update(key: NodeJS.TypedArray, value: NodeJS.TypedArray): void {
    const error = native.bpf_map_update_elem(this.fd, key, value, BPF_ANY);
    if (error) throw libbpfError("a map cannot be filled", -error);
  }

  /** Adds an element to a loaded map unless the key exists or the map is full. */
  insert(key: NodeJS.TypedArray, value: NodeJS.TypedArray): void {
    native.bpf_map_update_elem(this.fd, key, value, BPF_NOEXIST);
  }

  /** Deletes an element of a loaded map, if it exists. */
  delete(key: NodeJS.TypedArray): void {
    native.bpf_map_delete_elem(this.fd, key);
  }

  /**
   * Reads the next elements of a loaded map into `to`, each as its key and its value.
   * @param key the last key read, which the call advances; unused if isFirst.
   * @returns the number of elements; 0 at the end of the map. @throws LibbpfError
   */
  read(key: Uint8Array, isFirst: boolean, to: Uint8Array): number {
    const count = native.map_read(this.fd, key, this.keySize, this.valueSize, isFirst ? 1 : 0, ptr(to), to.length);
    if (count < 0) throw libbpfError(`${this.name} cannot be read`, -Number(count));
    return Number(count);
  }

  /** Deletes all elements of a loaded map. */
  clear(): void {
    native.map_clear(this.fd, this.keySize, this.maxEntries);
  }
}
