/** Lists what a package contains and would do, for --inspect, before any of it is loaded. */
import { helperName } from "../bpf/features.ts";
import { describeMissingTarget } from "./attach-targets.ts";
import { eventSourcesOf, type ValueLayout } from "./event-sources.ts";
import { Kind, KSYMS } from "./object/btf.ts";
import { helperCallsIn } from "./object/instructions.ts";
import type { OpenedPackage } from "./opened-package.ts";
import { createPrinter } from "./print/create-printer.ts";
import type { PrinterContext } from "./print/printer.ts";

/** The helpers (include/uapi/linux/bpf.h) and kfuncs that do more than read, by what they do. */
const effects: Record<string, string> = {
  "writes into the memory of processes": "bpf_probe_write_user bpf_copy_to_user",
  "makes functions of the kernel fail": "bpf_override_return",
  "sends signals": "bpf_send_signal bpf_send_signal_thread bpf_send_signal_task",
  "makes bpf() system calls": "bpf_sys_bpf",
  "closes files": "bpf_sys_close",
  "redirects network packets": "bpf_redirect bpf_redirect_map bpf_redirect_peer bpf_redirect_neigh",
  "copies network packets": "bpf_clone_redirect",
  "changes network packets": "bpf_skb_store_bytes bpf_xdp_store_bytes",
  "changes sockets": "bpf_setsockopt bpf_bind bpf_sk_assign",
  "changes what system calls return": "bpf_set_retval",
  "writes to the kernel's trace": "bpf_trace_printk bpf_trace_vprintk",
  "closes sockets of other processes": "bpf_sock_destroy",
  "changes attributes of files": "bpf_set_dentry_xattr bpf_remove_dentry_xattr",
  "crashes the machine": "crash_kexec",
};
const effectOf = new Map(
  Object.entries(effects).flatMap(([effect, names]) => names.split(" ").map((name) => [name, effect] as const)),
);

/** Matches NAME___SUFFIX, for which libbpf looks up NAME: bpf_core_essential_name_len(). */
const FLAVOR = /^(.*[^_])___[^_].*$/s;

/** Returns the name of a kernel function, with its effect if it does more than read. */
const withEffect = (name: string) => (effectOf.has(name) ? `${name}: ${effectOf.get(name)}` : name);

function helpersOf({ functions }: OpenedPackage): string[] {
  return [...new Set(functions.flatMap(helperCallsIn))]
    .sort((a, b) => a - b)
    .map((number) => {
      const name = helperName(number);
      return name ? withEffect(name) : `number ${number}, which this version of exitsnoop does not know`;
    });
}

/** Returns the functions or variables of the kernel and its modules that the object names. */
function kernelSymbolsOf({ btf }: OpenedPackage, kind: number): string[] {
  const sections = [...btf.types.keys()].filter((id) => {
    const type = btf.type(id);
    return type.kind === Kind.datasec && type.name === KSYMS;
  });
  const entries = sections.flatMap((id) => btf.variables(id)).filter((entry) => entry.kind === kind);
  return [...new Set(entries.map(({ name }) => withEffect(kind === Kind.func ? name.replace(FLAVOR, "$1") : name)))];
}

const membersOf = ({ members }: ValueLayout) => members.map(({ name }) => name || "(no name)").join(", ");

/** createPrinter() takes a buffer; the printers here are constructed and never read it. */
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
