/**
 * Reads a program's attach target from the name of its section, in the syntax of libbpf 1.7 (its
 * section_defs).
 */
import { accessSync, constants, statSync } from "node:fs";
import { fileKind } from "../system/files.ts";

/** Sections that need a target in their name, and the form of the complete name. */
const NAMED_TARGETS: [section: RegExp, form: string][] = [
  [/^(u(?:ret)?probe(?:\.s)?)(?:\/[^:]*:?)?$/, "PATH:FUNCTION"],
  [/^(u(?:ret)?probe\.(?:multi|session)(?:\.s)?)(?:\/[^:]*:?)?$/, "PATH:PATTERN"],
  [/^(usdt(?:\.s)?)(?:\/[^:]*(?::[^:]*)?)?$/, "PATH:PROVIDER:NAME"],
  [/^(k(?:ret)?probe)$/, "FUNCTION"],
  [/^(k(?:ret)?probe\.(?:multi|session))$/, "PATTERN"],
  [/^(k(?:ret)?syscall)$/, "NAME"],
  [/^(tp|tracepoint)(?:\/[^/]*)?$/, "CATEGORY/NAME"],
  [/^(tp_btf|raw_tp(?:\.w)?|raw_tracepoint(?:\.w)?)$/, "NAME"],
  [/^(f(?:entry|exit|mod_ret|session)(?:\.s)?|freplace)$/, "FUNCTION"],
  [/^(lsm(?:\.s)?|lsm_cgroup)$/, "HOOK"],
  [/^(iter(?:\.s)?)$/, "TYPE"],
];

const INTERFACE = "network interface";
const CGROUP = "cgroup";

/**
 * Sections whose name cannot contain a target: the kind of target, and a section that a package can
 * use instead.
 */
const EXTERNAL_TARGETS: [section: RegExp, target: string, instead?: string][] = [
  [/^tcx?\/egress$/, INTERFACE, 'SEC("tc") with @tchook {"ifindex": N, "attach_point": "BPF_TC_EGRESS"}'],
  [
    /^tc(x)?\/|^classifier$|^action$/,
    INTERFACE,
    'SEC("tc") with @tchook {"ifindex": N, "attach_point": "BPF_TC_INGRESS"}',
  ],
  [/^xdp\./, INTERFACE, 'SEC("xdp") with @ifindex N'],
  [/^netkit\//, INTERFACE],
  [/^(cgroup(_skb)?\/|lsm_cgroup\/)|^sockops$/, CGROUP],
  [/^(sk_skb|sk_msg)/, "map of sockets"],
  [/^(sk_lookup|flow_dissector)$/, "network namespace"],
  [/^(socket|sk_reuseport.*)$/, "socket"],
  [/^netfilter$/, "netfilter hook"],
  [/^xdp\/(devmap|cpumap)/, "map of devices or CPUs"],
  [/^lwt_/, "route"],
  [/^lirc_mode2$/, "infrared device"],
  [/^syscall$/, "caller"],
  [/^struct_ops(\.s)?(\/|$)/, "map of struct_ops"],
  [/^freplace\//, "function of another BPF program"],
];

/**
 * Returns a message with the complete form if a section lacks its target; undefined for other
 * sections.
 */
export function describeMissingTarget(section: string): string | undefined {
  const bare = section.replace(/\/+$/, "");
  for (const [pattern, form] of NAMED_TARGETS) {
    const [, kind] = pattern.exec(bare) ?? [];
    if (kind) return `its section has no ${bare === kind ? "target" : "complete target"}; write SEC("${kind}/${form}")`;
  }
  const [, target, instead] = EXTERNAL_TARGETS.find(([pattern]) => pattern.test(section)) ?? [];
  if (!target) return undefined;
  const advice = instead ? `write ${instead}` : "use a loader that can, such as bpftool";
  return `its section cannot name the ${target} that it attaches to; ${advice}`;
}

/**
 * Returns the file in `uprobe/PATH:FUNCTION` or `usdt/PATH:PROVIDER:NAME`; undefined for other
 * sections.
 */
export function targetFileOf(section: string): string | undefined {
  return /^(?:u(?:ret)?probe[^/]*|usdt[^/]*)\/([^:]+)/.exec(section)?.[1];
}

const isLibrary = (file: string) => /\.so(\.|$)/.test(file);

/** Returns the paths that libbpf tries for a name without a slash (resolve_full_path()). */
function candidates(file: string): string[] {
  if (file.includes("/")) return [file.replace(/!\/.*/, "")];
  // exitsnoop removes LD_LIBRARY_PATH from the environment before it starts
  const { PATH = "" } = process.env;
  const machine = { x64: "x86_64", arm64: "aarch64" }[process.arch as string];
  const folders = isLibrary(file)
    ? `/usr/lib64:/usr/lib:/usr/lib/${machine}-linux-gnu:/lib/${machine}-linux-gnu`
    : `${PATH}:/usr/bin:/usr/sbin`;
  return folders.split(":").flatMap((folder) => (folder ? [`${folder}/${file}`] : []));
}

/**
 * Describes the fault of the file that a section names; undefined if it is a regular file that can
 * be read.
 */
export function describeTargetFile(file: string): string | undefined {
  const found = candidates(file).find((path) => statSync(path, { throwIfNoEntry: false }));
  if (found === undefined) {
    if (file.includes("/")) return `there is no file ${file}`;
    return `there is no ${file} in the ${isLibrary(file) ? "library directories" : "PATH"}; write its full path`;
  }
  const kind = fileKind(statSync(found));
  if (kind !== "regular file") return `${found} is a ${kind}, not a regular file with functions`;
  try {
    accessSync(found, constants.R_OK);
    return undefined;
  } catch {
    return `${found} is not readable by this user`;
  }
}
