/** Packs test/eunomia/programs with scripts/build/package.ts, like the embedded packages. */
import { makePackage, packText } from "../../scripts/build/package.ts";
import { copySources, type Meta } from "./eunomia/tools.ts";

const root = new URL("../..", import.meta.url).pathname;
const programs = `${root}test/eunomia/programs/`;

/** Definitions that these programs use and bpf/vmlinux.h lacks. ecc generates a full vmlinux.h. */
const moreTypes = `#include "${root}bpf/vmlinux.h"
#define BPF_MAP_TYPE_PERF_EVENT_ARRAY 4
#define BPF_MAP_TYPE_LPM_TRIE 11
#define BPF_F_NO_PREALLOC 1
#define BPF_F_CURRENT_CPU 0xffffffffULL
#define BPF_F_ZERO_SEED 64
#define BPF_F_USER_STACK 256
#define XDP_PASS 2
struct bpf_iter_num {
	u64 opaque;
};
struct iphdr {
	u8 version_ihl, tos;
	u16 tot_len, id, frag_off;
	u8 ttl, protocol;
	u16 check;
	u32 saddr, daddr;
};
struct udphdr {
	u16 source, dest, len, check;
};
struct trace_event_raw_sys_enter {
	unsigned long long common;
	long id;
	unsigned long args[6];
} __attribute__((preserve_access_index));
struct pt_regs {
	unsigned long di, si;
} __attribute__((preserve_access_index));
struct xdp_md {
	u32 data, data_end;
};
struct __sk_buff {
	u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority, ingress_ifindex;
	u32 ifindex, tc_index, cb[5], hash, tc_classid, data, data_end;
};
`;

/** Compiles and packs NAME.bpf.c with NAME.h in its own folder. Returns the package's path. */
export async function pack(within: string, name: string, edit?: (meta: Meta) => void): Promise<string> {
  const folder = await copySources(within, name);
  await Bun.write(`${folder}/vmlinux.h`, moreTypes);
  const made = await makePackage(`${folder}/${name}.bpf.c`, await describedByEcc(name));
  edit?.(made.meta as unknown as Meta);
  const path = `${folder}/package.json`;
  await Bun.write(path, packText(made));
  return path;
}

declare global {
  /** JSON.rawJSON() is new in ES2026, and the installed type definitions are older. */
  interface JSON {
    rawJSON(text: string): object;
  }
}

/** Returns the `meta` that ecc wrote for NAME.bpf.c. Integers beyond 2^53 keep their digits. */
export async function describedByEcc(name: string): Promise<object> {
  const lines = (await Bun.file(`${programs}meta.jsonl`).text()).split("\n");
  const line = lines.find((one) => one.startsWith(`{"program":"${name}"`));
  if (!line) throw new Error(`ecc has not described ${name}: scripts/build/package/describe.ts`);
  return JSON.parse(line, (_, value, context?: { source: string }) =>
    typeof value === "number" && !Number.isSafeInteger(value) && context ? JSON.rawJSON(context.source) : value,
  ).meta;
}
