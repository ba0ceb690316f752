/** Re-exports what other folders use of bun:ffi: src/native is the only one that imports it. */
export { type Pointer, ptr, read, toArrayBuffer } from "bun:ffi";
