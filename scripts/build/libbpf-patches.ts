/** Changes to libbpf 1.7.0: patched copies of its files are compiled instead of the originals. */
import { isStale, root } from "./run.ts";

interface Patch {
  /** In libbpf/src. */
  file: string;
  from: RegExp;
  to: string;
  /** How often `from` must match. */
  count: number;
}

const patches: readonly Patch[] = [
  // These open a file that a section's name in a BPF object names: src/native/core/regular_file.c
  // opens regular files only.
  {
    file: "elf.c",
    from: /fd = open\((binary_path), O_RDONLY \| O_CLOEXEC\);/g,
    to: "fd = open_regular($1);",
    count: 1,
  },
  { file: "zip.c", from: /fd = open\((path), O_RDONLY \| O_CLOEXEC\);/g, to: "fd = open_regular($1);", count: 1 },
  {
    file: "libbpf.c",
    from: /(parse_uint_from_file\(const char \*file, const char \*fmt\)\n\{\n\tint err, ret;\n\tFILE \*f;\n\n\tf =) fopen\(file, "re"\);/g,
    to: "$1 fopen_regular(file);",
    count: 1,
  },
  // libbpf uses the types that src/native/core/kernel_types.c has loaded already
  {
    file: "libbpf.c",
    from: /(obj->btf_vmlinux = )btf__load_vmlinux_btf\(\);/g,
    to: "$1take_kernel_types();",
    count: 1,
  },
  // struct __bpf_usdt_arg_spec has 16 bytes up to 1.6. The 12 bits of a __u16 between bitfields of
  // other types make it 24, and programs compiled with older headers find no arguments.
  { file: "usdt.c", from: /__u16(\s+(?:idx_reg_off|scale_bitshift): )/g, to: "__u32$1", count: 4 },
];

const declarations = `#include <stdio.h>
struct btf;
int open_regular(const char *path);
FILE *fopen_regular(const char *path);
struct btf *take_kernel_types(void);
`;

/**
 * Writes the patched copies into a folder. Returns their paths by file name.
 * @throws Error if this libbpf has other lines: look for what has replaced them.
 */
export async function patchLibbpf(crate: string, folder: string): Promise<Record<string, string>> {
  const copies: Record<string, string> = {};
  for (const [file, changes] of Object.entries(Object.groupBy(patches, ({ file }) => file))) {
    const [source, copy] = [`${crate}/libbpf/src/${file}`, `${folder}/${file}`];
    copies[file] = copy;
    if (!(await isStale(`${root}${copy}`, [source, import.meta.path]))) continue;
    let text = await Bun.file(source).text();
    for (const { from, to, count } of changes ?? []) {
      const found = text.match(from)?.length ?? 0;
      if (found !== count) throw new Error(`${source} has ${found} instead of ${count} matches of ${from}`);
      text = text.replaceAll(from, to);
    }
    await Bun.write(`${root}${copy}`, declarations + text);
  }
  return copies;
}
