/** What a package is and would do, told before anything of it is loaded. */
import { helperName } from "../libbpf/helpers.ts";
import { Kind } from "./object/btf.ts";
import type { Section } from "./object/elf.ts";
import { exportsOf, type Shape } from "./exports.ts";
import type { OpenedPackage } from "./opened.ts";
import type { Look } from "./print/printer.ts";
import { printerOf } from "./print/printers.ts";

const EXECUTABLE = 4;
const INSTRUCTION_BYTES = 8;
const CALL = 0x85;
/** Takes two places. */
const LOAD_64 = 0x18;

/** Helpers that do more than look: include/uapi/linux/bpf.h. */
const notable: Record<string, string> = {
  bpf_probe_write_user: "writes into the memory of processes",
  bpf_override_return: "makes functions of the kernel fail",
  bpf_send_signal: "sends signals",
  bpf_send_signal_thread: "sends signals",
  bpf_sys_bpf: "makes bpf() system calls",
  bpf_sys_close: "closes files",
  bpf_redirect: "redirects network packets",
  bpf_redirect_map: "redirects network packets",
  bpf_redirect_peer: "redirects network packets",
  bpf_redirect_neigh: "redirects network packets",
  bpf_clone_redirect: "copies network packets",
  bpf_skb_store_bytes: "changes network packets",
  bpf_xdp_store_bytes: "changes network packets",
  bpf_setsockopt: "changes sockets",
  bpf_bind: "changes sockets",
  bpf_sk_assign: "changes sockets",
  bpf_set_retval: "changes what system calls return",
  bpf_copy_to_user: "writes into the memory of processes",
  bpf_trace_printk: "writes to the kernel's trace",
  bpf_trace_vprintk: "writes to the kernel's trace",
};

/** The kernel's helper functions that a section calls, by number. */
function callsIn({ bytes }: Section): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const calls: number[] = [];
  for (let at = 0; at + INSTRUCTION_BYTES <= bytes.length; at += INSTRUCTION_BYTES) {
    const code = view.getUint8(at);
    const sourceRegister = view.getUint8(at + 1) >> 4;
    if (code === CALL && sourceRegister === 0 && view.getInt32(at + 4, true) > 0)
      calls.push(view.getInt32(at + 4, true));
    if (code === LOAD_64) at += INSTRUCTION_BYTES;
  }
  return calls;
}

function helpersOf({ sections }: OpenedPackage): string[] {
  const numbers = sections.filter(({ flags }) => flags & EXECUTABLE).flatMap(callsIn);
  return [...new Set(numbers)]
    .sort((a, b) => a - b)
    .map((number) => {
      const name = helperName(number);
      if (!name) return `number ${number}, which we do not know`;
      return Object.hasOwn(notable, name) ? `${name}: ${notable[name]}` : name;
    });
}

/** Functions of the kernel itself, and of its modules. */
function kernelFunctionsOf({ btf }: OpenedPackage): string[] {
  const section = btf.find(".ksyms", Kind.datasec);
  return section === undefined ? [] : btf.variables(section).map(({ name }) => name);
}

const membersOf = ({ members }: Shape) => members.map(({ name }) => name || "(no name)").join(", ");

/** No events are read, and no time is told. */
const nowhere: Look = {
  from: { bytes: new Uint8Array(0), view: new DataView(new ArrayBuffer(0)) },
  utcOffset: () => 0,
};

function printsOf(opened: OpenedPackage): string[] {
  const exported = exportsOf(opened);
  // what cannot be printed is found here, as it would be when it is run
  for (const what of exported) printerOf(opened.btf, what, false, nowhere);
  return exported.map((what) =>
    what.kind === "sample"
      ? `${what.map.name}, every ${what.sample.interval} ms as ${what.sample.type}: ${membersOf(what.key)} -> ${membersOf(what.value)}`
      : `${what.map.name}: ${membersOf(what.shape)}`,
  );
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, cell.length)), []);
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd(),
  );
}

/** Lines by heading; a heading without lines says that there is nothing of that. @throws PackageError */
export function inspection(opened: OpenedPackage): [heading: string, lines: string[]][] {
  const { object, meta } = opened;
  const attached = new Set(meta.bpf_skel.progs.map(({ name }) => name));
  const programs = object
    .programs()
    .map(({ name, section, typeName }) => [
      name,
      typeName,
      attached.has(name) ? `attached to ${section}` : `loaded, not attached (${section})`,
    ]);
  const maps = object.maps().map((map) => {
    const size = map.keySize
      ? `${map.maxEntries} x ${map.keySize} + ${map.valueSize} bytes`
      : `${map.maxEntries} bytes`;
    return [map.name, map.typeName, map.pinPath ? `${size}, stays at ${map.pinPath}` : size];
  });
  return [
    ["Programs, which run in the kernel", table(programs)],
    ["Maps", table(maps)],
    ["Helper functions that its programs call", helpersOf(opened)],
    ["Functions of the kernel that its programs call directly", kernelFunctionsOf(opened)],
    ["Events that are printed", printsOf(opened)],
  ];
}
