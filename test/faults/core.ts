/**
 * Builds a native core in which each function that TypeScript calls, each function of libbpf that
 * the core calls, and each allocation can be made to fail, to build/faults/tree with a copy of the
 * sources. EXITSNOOP_FAULT="FILE NAME N ERRNO": the Nth call of NAME fails, and FILE gets a line
 * for each call of any function.
 */
import { cp, mkdir, readdir, rm, symlink } from "node:fs/promises";
import { compileNative, linkNative, sources } from "../../scripts/build/native.ts";
import { root, run, log } from "../../scripts/build/run.ts";

const folder = "build/faults/core";
const tree = "build/faults/tree";

/**
 * The functions by how they report a failure; all set errno as well. Functions that only look up
 * something in checked types, as btf__type_by_id() does, cannot fail and are not listed.
 */
const FAILURES = {
  /** Return -errno. */
  negative: `
    attach attach_perf_event attach_tc attach_tcx attach_xdp reader_open reader_add_ring
    reader_add_perf reader_wait child_prepare child_start map_read ensure_tracefs
    object_exclude_data_from_fork object_open output_open open_segments next_segment object_freeze_data run_syscall_program stop_after stop_on_signals
    user_id write_all bpf_object__load bpf_map__set_max_entries bpf_map__fd bpf_map_update_elem
    bpf_map_delete_elem bpf_map_get_next_key bpf_map_lookup_elem bpf_obj_get_info_by_fd
    bpf_program__set_autoload bpf_program__fd bpf_prog_test_run_opts bpf_link_create
    bpf_link__destroy bpf_tc_hook_create bpf_tc_attach bpf_tc_detach bpf_tc_hook_destroy
    btf__find_by_name_kind libbpf_num_possible_cpus libbpf_probe_bpf_helper ring_buffer__add
    ring_buffer__consume perf_buffer__consume_buffer`,
  /** Return NULL. */
  null: `
    bpf_object__open_mem bpf_object__find_map_by_name bpf_object__find_program_by_name
    bpf_map__initial_value bpf_program__attach bpf_program__attach_perf_event btf__load_vmlinux_btf
    perf_buffer__new_raw ring_buffer__new ring_buffer__ring`,
};
const wordsOf = (text: string) => text.trim().split(/\s+/);
const negative = wordsOf(FAILURES.negative);
const nulls = wordsOf(FAILURES.null);
/** Fail only where the core's own code calls them. */
const allocators = ["calloc", "malloc"];

/** Each wrapper passes on eight words: no function takes more, and extra ones do no harm. */
const parameters = Array.from({ length: 8 }, (_, i) => `long a${i}`).join(", ");
const argumentNames = Array.from({ length: 8 }, (_, i) => `a${i}`).join(", ");

function wrapper(name: string, value: string): string {
  return `
long real_${name}(${parameters});
API long ${name}(${parameters})
{
	int error = fails("${name}");

	if (!error)
		return real_${name}(${argumentNames});
	errno = error;
	return ${value};
}
`;
}

const allocatorWrappers = `
API void *faulty_malloc(size_t size)
{
	int error = fails("malloc");

	errno = error ? error : errno;
	return error ? NULL : malloc(size);
}

API void *faulty_calloc(size_t count, size_t size)
{
	int error = fails("calloc");

	errno = error ? error : errno;
	return error ? NULL : calloc(count, size);
}
`;

const faultFunction = `/* made by test/faults/core.ts */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define API __attribute__((visibility("default")))

/* Returns the errno with which this call is to fail, or 0. */
static int fails(const char *name)
{
	static int out = -2, which, error, calls;
	static char file[4096], wanted[64];
	const char *setting = getenv("EXITSNOOP_FAULT");
	char line[80];
	int saved = errno, size, written = 0;

	if (out == -2 && setting && sscanf(setting, "%4095s %63s %d %d", file, wanted, &which, &error) == 4)
		out = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (out == -2)
		out = -1;
	size = snprintf(line, sizeof(line), "%s\\n", name);
	/* the fixture that runs this process lets a signal interrupt any call */
	while (out >= 0 && (written = write(out, line, size)) < 0 && errno == EINTR) {
	}
	if (out >= 0 && written != size)
		abort();
	errno = saved;
	return out >= 0 && !strcmp(name, wanted) && ++calls == which ? error : 0;
}
`;

/** Returns the path of the program, and the names of all functions that can fail. */
export async function buildFaultyCore(): Promise<{ main: string; functions: string[] }> {
  log("Building a native core whose functions can fail");
  await rm(root + folder, { recursive: true, force: true });
  await rm(root + tree, { recursive: true, force: true });
  await mkdir(root + folder, { recursive: true });
  const failable = [...negative, ...nulls];
  const text = [
    faultFunction,
    ...negative.map((name) => wrapper(name, "-error")),
    ...nulls.map((name) => wrapper(name, "0")),
    allocatorWrappers,
  ].join("");
  await Bun.write(`${root}${folder}/wrappers.c`, text);
  await run([
    "clang",
    "-c",
    "-O1",
    "-fPIC",
    "-w",
    "-fno-builtin",
    "-o",
    `${folder}/wrappers.o`,
    `${folder}/wrappers.c`,
  ]);

  const renamed = await Promise.all(
    (await compileNative(await sources())).map(async (object) => {
      const to = `${folder}/${object.split("/").at(-1)}`;
      const isOwn = object.includes("/own-");
      const defined = new Set((await run(["nm", "--defined-only", "-j", object])).split("\n"));
      const changes = failable.filter((name) => defined.has(name));
      // calls within libbpf keep the real functions: some cannot fail there
      const real = (isOwn ? changes : failable).map((name) => `--redefine-sym=${name}=real_${name}`);
      const own = isOwn ? allocators.map((name) => `--redefine-sym=${name}=faulty_${name}`) : [];
      await run(["objcopy", ...real, ...own, object, to]);
      return { to, changes };
    }),
  );
  const missing = failable.length - renamed.reduce((sum, { changes }) => sum + changes.length, 0);
  if (missing) throw new Error(`${missing} functions that are to fail are not defined in any object`);
  await mkdir(`${root}${tree}/build`, { recursive: true });
  await linkNative([...renamed.map(({ to }) => to), `${folder}/wrappers.o`], `${tree}/build/libexitsnoop.so`);

  await cp(`${root}src`, `${root}${tree}/src`, { recursive: true });
  await cp(`${root}package.json`, `${root}${tree}/package.json`);
  for (const file of (await readdir(`${root}build`)).filter((name) => /\.(bpf\.o|package)$/.test(name))) {
    await cp(`${root}build/${file}`, `${root}${tree}/build/${file}`);
  }
  await symlink(`${root}node_modules`, `${root}${tree}/node_modules`);
  return { main: `${tree}/src/main.ts`, functions: [...failable, ...allocators] };
}
