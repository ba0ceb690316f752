/** Lists what a package contains and would do, for --inspect, before any of it is loaded. */
import { helperName } from "../bpf/features.ts";
import { Kind, KSYMS } from "./object/btf.ts";
import { helperCallsIn } from "./object/instructions.ts";
import { eventSourcesOf, type ValueLayout } from "./event-sources.ts";
import type { OpenedPackage } from "./opened-package.ts";
import type { PrinterContext } from "./print/printer.ts";
import { createPrinter } from "./print/create-printer.ts";
import { describeMissingTarget } from "./attach-targets.ts";

/** Functions that do more than read: helpers (include/uapi/linux/bpf.h), and kfuncs after them. */
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
  bpf_send_signal_task: "sends signals",
  bpf_sock_destroy: "closes sockets of others",
  bpf_set_dentry_xattr: "changes attributes of files",
  bpf_remove_dentry_xattr: "changes attributes of files",
  crash_kexec: "crashes the machine",
};

/**
 * Matches NAME___SUFFIX: libbpf looks for a function NAME instead: bpf_core_essential_name_len().
 */
const FLAVOR = /^(.*[^_])___[^_].*$/s;

/** Returns the name of a kernel function, with its action if it does more than read. */
const withNote = (name: string) => (Object.hasOwn(notable, name) ? `${name}: ${notable[name]}` : name);

function helpersOf({ functions }: OpenedPackage): string[] {
  return [...new Set(functions.flatMap(helperCallsIn))]
    .sort((a, b) => a - b)
    .map((number) => {
      const name = helperName(number);
      return name ? withNote(name) : `number ${number}, which this version of exitsnoop does not know`;
    });
}

/** Returns the functions or variables of the kernel and its modules that the object names. */
function kernelSymbolsOf({ btf }: OpenedPackage, kind: number): string[] {
  const sections = [...btf.types.keys()].filter((id) => {
    const type = btf.type(id);
    return type.kind === Kind.datasec && type.name === KSYMS;
  });
  const entries = sections.flatMap((id) => btf.variables(id)).filter((entry) => entry.kind === kind);
  return [...new Set(entries.map(({ name }) => withNote(kind === Kind.func ? name.replace(FLAVOR, "$1") : name)))];
}

const membersOf = ({ members }: ValueLayout) => members.map(({ name }) => name || "(no name)").join(", ");

/** Printers that are only constructed read no events. */
const noEvents: PrinterContext = {
  from: { bytes: new Uint8Array(0), view: new DataView(new ArrayBuffer(0)) },
  utcOffset: () => 0,
};

function printsOf(opened: OpenedPackage): string[] {
  const exported = eventSourcesOf(opened);
  // the constructors find types that cannot be printed
  for (const source of exported) createPrinter(opened.btf, source, false, noEvents);
  return exported.map((source) =>
    source.kind === "sample"
      ? `${source.map.name}, every ${source.sample.interval} ms as ${source.sample.type}: ${membersOf(source.key)} -> ${membersOf(source.value)}`
      : `${source.map.name}: ${membersOf(source.layout)}`,
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

/**
 * Returns lines below headings; a heading has no lines if the package has none of that kind.
 * @throws PackageError
 */
export function inspection(opened: OpenedPackage): [heading: string, lines: string[]][] {
  const { object, meta } = opened;
  const attached = new Set(meta.bpf_skel.progs.map(({ name }) => name));
  const programs = object
    .programs()
    .map(({ name, section, typeName }) => [
      name,
      typeName,
      !attached.has(name)
        ? `loaded, not attached (${section})`
        : describeMissingTarget(section)
          ? `cannot be attached (${section}): ${describeMissingTarget(section)}`
          : `attached to ${section}`,
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
    ["Functions of the kernel that its programs call directly", kernelSymbolsOf(opened, Kind.func)],
    ["Variables of the kernel that its programs use", kernelSymbolsOf(opened, Kind.var)],
    ["Events that are printed", printsOf(opened)],
  ];
}
