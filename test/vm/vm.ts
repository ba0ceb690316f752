/** A machine of its own, in emulation: another kernel than ours, and memory that may run out as a whole. */
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
/** The programs of test/fixtures that a guest has, in its root. */
export const fixtures = ["deaths", "flock", "hog", "killings", "lives"];
/** The longest that a guest may run, s: emulated arm64 needs most of it for the deaths of killings.c. */
const PATIENCE = 1200;
/**
 * A kernel replaces its own code by way of a breakpoint, as where a tracepoint is switched on. QEMU, when it emulates several processors at
 * once, lets one of them meet that breakpoint when it is long gone; others have seen that, too, once in hundreds of boots
 * ("qemu-x86_64 booting with 8.0.0 stil see int3", linux-kernel, July 2023; Red Hat's bug 2216496). Nothing of ours writes to
 * the kernel's code.
 */
const EMULATORS_FAULT = /int3: 0000 \[#1\]/;
const MOST_BOOTS = 3;

/** How each architecture's machine is emulated; its console, and the second line, on which our own words go out. */
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

export interface GuestOptions {
  /** Added to the kernel's command line. */
  append?: string;
  /** Files of this machine, by their paths in the guest, besides the binary and the fixtures, which lie in its root. */
  files?: Record<string, string>;
  /** Added to the emulator's command line. */
  emulator?: string[];
  /** Its own name, among the guests with the same kernel. */
  called?: string;
}

/** What a guest left: files, by `STEP/FILE`. */
export class Outcome {
  constructor(
    readonly parts: ReadonlyMap<string, string>,
    readonly machine: Machine,
  ) {}

  /** A file of that step. @throws Error where there is none. */
  part(step: string, file: string): string {
    const text = this.parts.get(`${step}/${file}`);
    if (text === undefined) throw new Error(`Linux ${this.machine.name} left no ${step}/${file}`);
    return text;
  }

  /** `uname -r`, `-v` and `-m`. */
  get release(): string[] {
    return this.parts.get("guest release")!.trim().split("\n");
  }
}

/** The binary that is tried there. */
export function binaryFor(target: Target): string {
  return `${root}dist/exitsnoop${target === host ? "" : `-${target.name}`}`;
}

/** What the guest's root file system holds before anything runs. */
async function pack(folder: string, { target }: Machine, init: string, files: Record<string, string>): Promise<string> {
  const system = `${folder}/root`;
  const place = (from: string, to: string) => {
    mkdirSync(`${system}${to.replace(/\/[^/]*$/, "")}`, { recursive: true });
    copyFileSync(from, system + to);
  };
  for (const name of ["bin", "tmp"]) mkdirSync(`${system}/${name}`, { recursive: true });
  place(await busyboxOf(target), "/bin/busybox");
  for (const name of (await run(["busybox", "--list"])).split("\n")) {
    if (name && name !== "busybox") symlinkSync("busybox", `${system}/bin/${name}`);
  }
  place(binaryFor(target), "/exitsnoop");
  for (const name of fixtures) {
    place(`${root}${folderOf(target)}/fixtures/${name}`, `/${name}`);
  }
  const libraries = librariesOf(target);
  for (const name of libraries.names) place(`${libraries.folder}/${name}`, `/lib/${target.triple}/${name}`);
  place(`${libraries.folder}/${libraries.loader.split("/").at(-1)}`, libraries.loader);
  for (const [to, from] of Object.entries(files)) place(from, to);
  await Bun.write(`${system}/init`, init);
  chmodSync(`${system}/init`, 0o755);
  // not compressed: unpacking it in emulation takes longer than reading it
  await run(["sh", "-c", 'cd "$0" && find . | busybox cpio -o -H newc 2>/dev/null >../initrd', system]);
  rmSync(system, { recursive: true });
  return `${folder}/initrd`;
}

/**
 * Boots that machine, lets the steps happen one after the other, and returns all that came of them. Where the emulator fails it, again, up to twice.
 * @throws Error where it does not come to its end. What it said is kept in build/guest/NAME/CALLED, as console and output, however it ended.
 */
export async function runInGuest(
  machine: Machine,
  steps: Record<string, Step>,
  { append = "", files = {}, emulator: more = [], called = "guest" }: GuestOptions = {},
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "exitsnoop-test-guest-"));
  const emulator = emulators[machine.target.arch];
  const kept = `build/guest/${machine.name}/${called}`;
  mkdirSync(root + kept, { recursive: true });
  try {
    const kernel = await kernelOf(machine);
    const initrd = await pack(folder, machine, initOf(steps, emulator.output), files);
    const command = [
      ...[...emulator.command, "-m", String(MEMORY_MB), "-smp", "2", "-kernel", kernel, "-initrd", initrd],
      ...["-append", `console=${emulator.console} panic=-1 ${append}`.trim()],
      ...["-display", "none", "-nodefaults", "-no-reboot", "-net", "none", ...emulator.lines, ...more],
    ];
    for (let boots = 1; ; boots++) {
      const { text, why } = await boot(folder, command, root + kept);
      const parts = partsOf(text);
      if (!why) return new Outcome(parts, machine);
      if (boots < MOST_BOOTS && EMULATORS_FAULT.test(readFileSync(`${root}${kept}/console`, "latin1"))) {
        console.log(`the guest with Linux ${machine.name} (${called}) met a fault of the emulator: it is booted again`);
        continue;
      }
      throw new Error(
        `the guest with Linux ${machine.name} ${why}; the last that it told was ${[...parts.keys()].at(-1)}, and its console is in ${kept}/console`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs it to its end, and keeps what it said. Returns that, and why it is not all. */
async function boot(folder: string, command: string[], kept: string): Promise<{ text: string; why: string }> {
  for (const file of ["console", "output"]) rmSync(`${folder}/${file}`, { force: true });
  // it ends with us, however we end
  const guest = Bun.spawn(["setpriv", "--pdeathsig", "KILL", ...command], {
    ...{ cwd: folder, stdin: "ignore", stdout: "ignore", stderr: "pipe" },
  });
  const isLate = await lateness(guest, `${folder}/output`);
  for (const file of ["console", "output"]) {
    if (existsSync(`${folder}/${file}`)) copyFileSync(`${folder}/${file}`, `${kept}/${file}`);
    else writeFileSync(`${kept}/${file}`, "");
  }
  const text = readFileSync(`${kept}/output`, "utf8");
  if (text.endsWith(OVER)) return { text, why: "" };
  return {
    text,
    why: isLate ? `did not end within ${PATIENCE} s` : `ended early: ${await guest.stderr.text()}`,
  };
}

/** Its files, by `STEP/FILE`. */
function partsOf(text: string): Map<string, string> {
  return new Map(
    text
      .split(new RegExp(`^${PART}`, "m"))
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1)]),
  );
}

/**
 * Waits until it has said all, and kills it then: not every kernel gets as far as switching the machine off. The same where it takes
 * too long, counted from the moment when it opened its lines.
 */
async function lateness(guest: Bun.Subprocess, output: string): Promise<boolean> {
  let isOver = false;
  for (let seconds = 0; seconds < PATIENCE && !isOver;) {
    const hasEnded = await Promise.race([guest.exited.then(() => true), Bun.sleep(1000).then(() => false)]);
    if (hasEnded) return false;
    if (!existsSync(output)) continue;
    seconds++;
    isOver = readFileSync(output, "utf8").endsWith(OVER);
  }
  guest.kill("SIGKILL");
  await guest.exited;
  return !isOver;
}
