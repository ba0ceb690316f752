/** A machine of its own, in emulation: another kernel than ours, and memory that may run out as a whole. */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary, fixture, runToEnd } from "../e2e/tracer.ts";

const root = new URL("../..", import.meta.url).pathname;
const MEMORY_MB = 1024;
/** What the guest says on its second serial line stands between these. */
const PART = "=== ";

async function succeed(command: string[], cwd: string): Promise<string> {
  const { stdout, stderr, status } = await runToEnd(command, { cwd });
  if (status !== 0) throw new Error(`${command.join(" ")} ended with ${status}: ${stderr}`);
  return stdout.trim();
}

/** The kernel that a Debian package brings, out of the package, which is kept in build/ and not installed. */
export async function debianKernel(metapackage: string): Promise<string> {
  const folder = `${root}build/guest`;
  mkdirSync(folder, { recursive: true });
  const find = () => succeed(["sh", "-c", 'ls "$0"/boot/vmlinuz-* 2>/dev/null || true', folder], folder);
  if (!(await find())) {
    const depends = await succeed(["apt-cache", "depends", metapackage], folder);
    const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
    if (!name) throw new Error(`Debian has no kernel ${metapackage} here`);
    await succeed(["apt-get", "download", name], folder);
    await succeed(["sh", "-c", "dpkg -x linux-image-*.deb . && rm linux-image-*.deb"], folder);
  }
  return (await find()).split("\n")[0]!;
}

/** The libraries that a program is linked with, as paths. */
async function librariesOf(program: string): Promise<string[]> {
  return [...(await succeed(["ldd", program], root)).matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path!);
}

/** Who looks on, and what it needs before. */
interface Tracer {
  prepare: string;
  tracer: string;
}

const exitsnoop: Tracer = { prepare: ":", tracer: "/exitsnoop --json --wide --ring-size 4M" };

/** What runs instead of init: each command under a tracer of its own; what it said and what was recorded go out. */
function initOf(commands: Record<string, string>, { prepare, tracer }: Tracer): string {
  const runs = Object.entries(commands).map(([name, command]) => `run ${name} ${command}`);
  return `#!/bin/busybox sh
export PATH=/bin
mkdir -p /proc /sys /dev
mount -t proc proc /proc && mount -t sysfs sysfs /sys && mount -t devtmpfs dev /dev && mount -t cgroup2 cgroup /sys/fs/cgroup
stty -F /dev/ttyS1 raw
cd /tmp
${prepare}
say() { echo "${PART}$1"; cat "$2"; }
run() {
	name=$1; shift
	# not to be taken for what the next one says
	rm -f said
	${tracer} >events 2>said &
	for i in $(seq 100); do grep -qsE '^(Tracing|Running)' said && break; sleep 0.1; done
	"$@" >truths 2>errors
	sleep 0.5
	kill -INT $!; wait $!
	for part in truths events said errors; do say "$name $part" $part; done >/dev/ttyS1
}
${runs.join("\n")}
uname -r >release
say release release >/dev/ttyS1
poweroff -f
`;
}

/** Boots it, runs the commands, and returns all that came out: by `NAME truths`, `NAME events`, `NAME said`, `NAME errors`. */
export async function runInGuest(
  kernel: string,
  commands: Record<string, string>,
  tracer = exitsnoop,
): Promise<Map<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "exitsnoop-test-guest-"));
  try {
    const system = `${folder}/root`;
    for (const name of ["bin", "tmp"]) mkdirSync(`${system}/${name}`, { recursive: true });
    copyFileSync(Bun.which("busybox")!, `${system}/bin/busybox`);
    const { stdout } = await runToEnd(["busybox", "--list"]);
    for (const name of stdout.split("\n").filter((name) => name && name !== "busybox")) {
      symlinkSync("busybox", `${system}/bin/${name}`);
    }
    const programs = [binary, ...["deaths", "hog", "killings", "lives"].map(fixture)];
    for (const program of programs) copyFileSync(program, `${system}/${program.split("/").at(-1)}`);
    // pthread_exit(3) loads the second by itself
    const libgcc = (await succeed(["sh", "-c", "ls /lib/*-linux-gnu/libgcc_s.so.1"], root)).split("\n");
    const libraries = (await Promise.all(programs.map(librariesOf))).flat();
    for (const library of new Set([...libraries, ...libgcc])) {
      mkdirSync(`${system}${library.replace(/\/[^/]*$/, "")}`, { recursive: true });
      copyFileSync(library, system + library);
    }
    await Bun.write(`${system}/init`, initOf(commands, tracer));
    chmodSync(`${system}/init`, 0o755);
    await succeed(["sh", "-c", "find . | busybox cpio -o -H newc 2>/dev/null | gzip -1 >../initrd"], system);

    const output = `${folder}/output`;
    await succeed(
      [
        ...["qemu-system-x86_64", "-machine", "q35,accel=tcg", "-cpu", "max", "-m", String(MEMORY_MB), "-smp", "2"],
        ...["-kernel", kernel, "-initrd", `${folder}/initrd`, "-append", "console=ttyS0 panic=-1 quiet"],
        ...["-display", "none", "-nodefaults", "-no-reboot", "-net", "none"],
        ...["-serial", `file:${folder}/console`, "-serial", `file:${output}`],
      ],
      folder,
    );
    const parts = (await Bun.file(output).text()).split(new RegExp(`^${PART}`, "m")).slice(1);
    return new Map(parts.map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1)]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
