import type { SymbolSource } from "../../src/symbols/symbol-table.ts";

/** Returns the names of an address with its offset, as `name+0x10`. */
export function namesAt(names: SymbolSource, address: bigint): string[] {
  const { table, first, last, offset } = names.find(Number(address >> 32n), Number(address & 0xffff_ffffn));
  const texts: string[] = [];
  for (let i = first; i <= last; i++) {
    const name = new TextDecoder("latin1").decode(table.names.subarray(table.starts[i], table.nameEnd(i)));
    texts.push(`${name}+0x${offset.toString(16)}`);
  }
  return texts;
}
