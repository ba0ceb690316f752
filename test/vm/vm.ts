/** Boots an emulated machine with another kernel, and returns the files that its steps leave. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderOf, host, type Target } from "../../scripts/build/target.ts";
import { root, run } from "../../scripts/build/run.ts";
import { initOf, OVER, PART, type Step } from "./init.ts";
import { busyboxOf, kernelOf, librariesOf, type Machine } from "./machines.ts";

const MEMORY_MB = 1024;
/** The programs of test/fixtures in a VM's root. */
export const fixtures = ["exit-statuses", "filter-matrix", "memory-hog", "signal-scenarios", "resource-usage", "crash"];
/** The time that a VM may run. Emulated arm64 needs most of it for the signal scenarios. */
const MAX_SECONDS = 1200;
/**
 * A fault of QEMU. The kernel patches its code through a breakpoint, for example to enable a
 * tracepoint. With several emulated CPUs, one of them can run into a breakpoint that is already
 * removed, once in hundreds of boots ("qemu-x86_64 booting with 8.0.0 stil see int3", linux-kernel,
 * July 2023; Red Hat's bug 2216496).
 */
const QEMU_FAULT = /int3: 0000 \[#1\]/;
const MAX_BOOTS = 3;

/** The emulator for each architecture, with two serial lines: the console, and init's output. */
const emulators = {
  x64: {
    command: ["qemu-system-x86_64", "-machine", "q35,accel=tcg", "-cpu", "max,-cx16"],
    lines: ["-serial", "file:console", "-serial", "file:output"],
    console: "ttyS0",
    output: "/dev/ttyS1",
  },
  arm64: {
    command: ["qemu-system-aarch64", "-machine", "virt,accel=tcg", "-cpu", "cortex-a72"],
    lines: [
      "-serial",
      "file:console",
      "-chardev",
      "file,id=output,path=output",
      "-device",
      "pci-serial,chardev=output",
    ],
    console: "ttyAMA0",
    output: "/dev/ttyS0",
  },
} as const;

interface VmOptions {
  /** More arguments for the kernel. */
  append?: string;
  /** Files of this machine by their paths in the VM, besides the binary and the fixtures. */
  files?: Record<string, string>;
  /** More arguments for the emulator. */
  emulator?: string[];
  /** Distinguishes VMs with the same kernel. */
  label?: string;
}

/** The files that the steps left, by `STEP/FILE`. */
export class Outcome {
  constructor(
    readonly parts: ReadonlyMap<string, string>,
    readonly machine: Machine,
  ) {}

  /** Returns a file of a step. @throws Error if there is none. */
  part(step: string, file: string): string {
    const text = this.parts.get(`${step}/${file}`);
    if (text === undefined) throw new Error(`Linux ${this.machine.name} left no ${step}/${file}`);
    return text;
  }

  /** The output of `uname -r`, `-v` and `-m`. */
  get release(): string[] {
    return this.parts.get("vm release")!.trim().split("\n");
  }
}

/** Returns the path of a target's binary. */
function binaryFor(target: Target): string {
  return `${root}dist/exitsnoop${target === host ? "" : `-${target.name}`}`;
}

/** Packs the initial RAM disk: busybox, the binary, the fixtures, their libraries and /init. */
async function packInitrd(
  folder: string,
  { target }: Machine,
  init: string,
  files: Record<string, string>,
): Promise<string> {
  const system = `${folder}/root`;
  const copy = (from: string, to: string) => {
    mkdirSync(`${system}${to.replace(/\/[^/]*$/, "")}`, { recursive: true });
    copyFileSync(from, system + to);
  };
  for (const name of ["bin", "tmp"]) mkdirSync(`${system}/${name}`, { recursive: true });
  copy(await busyboxOf(target), "/bin/busybox");
  for (const name of (await run(["busybox", "--list"])).split("\n")) {
    if (name && name !== "busybox") symlinkSync("busybox", `${system}/bin/${name}`);
  }
  copy(binaryFor(target), "/exitsnoop");
  for (const name of fixtures) {
    copy(`${root}${folderOf(target)}/fixtures/${name}`, `/${name}`);
  }
  const libraries = librariesOf(target);
  for (const name of libraries.names) copy(`${libraries.folder}/${name}`, `/lib/${target.triple}/${name}`);
  copy(`${libraries.folder}/${libraries.loader.split("/").at(-1)}`, libraries.loader);
  for (const [to, from] of Object.entries(files)) copy(from, to);
  await Bun.write(`${system}/init`, init);
  chmodSync(`${system}/init`, 0o755);
  // not compressed: decompression in emulation takes longer than reading
  await run(["sh", "-c", 'cd "$0" && find . | busybox cpio -o -H newc 2>/dev/null >../initrd', system]);
  rmSync(system, { recursive: true });
  return `${folder}/initrd`;
}

/**
 * Boots a machine, runs the steps one after the other, and returns their files. Boots again, up to
 * twice, after a fault of QEMU. Keeps the console and the output in build/vm/NAME/LABEL.
 * @throws Error if the VM does not run to its end.
 */
export async function runInVm(
  machine: Machine,
  steps: Record<string, Step>,
  { append = "", files = {}, emulator: more = [], label = "vm" }: VmOptions = {},
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "exitsnoop-test-vm-"));
  const emulator = emulators[machine.target.arch];
  const kept = `build/vm/${machine.name}/${label}`;
  mkdirSync(root + kept, { recursive: true });
  try {
    const kernel = await kernelOf(machine);
    const initrd = await packInitrd(folder, machine, initOf(steps, emulator.output), files);
    const command = [
      ...[...emulator.command, "-m", String(MEMORY_MB), "-smp", "2", "-kernel", kernel, "-initrd", initrd],
      ...["-append", `console=${emulator.console} panic=-1 ${append}`.trim()],
      ...["-display", "none", "-nodefaults", "-no-reboot", "-net", "none", ...emulator.lines, ...more],
    ];
    for (let boots = 1; ; boots++) {
      const { text, why } = await boot(folder, command, root + kept);
      const parts = partsOf(text);
      if (!why) return new Outcome(parts, machine);
      if (boots < MAX_BOOTS && QEMU_FAULT.test(readFileSync(`${root}${kept}/console`, "latin1"))) {
        console.log(`the VM with Linux ${machine.name} (${label}) crashed by a fault of QEMU and is booted again`);
        continue;
      }
      throw new Error(
        `the VM with Linux ${machine.name} ${why}; its last file was ${[...parts.keys()].at(-1)}, its console is in ${kept}/console`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a VM to its end and keeps its files. Returns its output, and why that is incomplete. */
async function boot(folder: string, command: string[], kept: string): Promise<{ text: string; why: string }> {
  for (const file of ["console", "output"]) rmSync(`${folder}/${file}`, { force: true });
  // the emulator is killed if this process ends
  const vm = Bun.spawn(["setpriv", "--pdeathsig", "KILL", ...command], {
    ...{ cwd: folder, stdin: "ignore", stdout: "ignore", stderr: "pipe" },
  });
  const isLate = await timesOut(vm, `${folder}/output`);
  for (const file of ["console", "output"]) {
    if (existsSync(`${folder}/${file}`)) copyFileSync(`${folder}/${file}`, `${kept}/${file}`);
    else writeFileSync(`${kept}/${file}`, "");
  }
  const text = readFileSync(`${kept}/output`, "utf8");
  if (text.endsWith(OVER)) return { text, why: "" };
  return {
    text,
    why: isLate ? `did not end within ${MAX_SECONDS} s` : `ended early: ${await vm.stderr.text()}`,
  };
}

/** Splits the output into files by `STEP/FILE`. */
function partsOf(text: string): Map<string, string> {
  return new Map(
    text
      .split(new RegExp(`^${PART}`, "m"))
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1)]),
  );
}

/**
 * Waits for the last line of output, and then kills the VM: not every kernel can power it off. Also
 * kills it after MAX_SECONDS, counted from the start of the output. Returns whether it timed out.
 */
async function timesOut(vm: Bun.Subprocess, output: string): Promise<boolean> {
  let isOver = false;
  for (let seconds = 0; seconds < MAX_SECONDS && !isOver;) {
    const hasExited = await Promise.race([vm.exited.then(() => true), Bun.sleep(1000).then(() => false)]);
    if (hasExited) return false;
    if (!existsSync(output)) continue;
    seconds++;
    isOver = readFileSync(output, "utf8").endsWith(OVER);
  }
  vm.kill("SIGKILL");
  await vm.exited;
  return !isOver;
}
