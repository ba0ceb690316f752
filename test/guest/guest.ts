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
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderOf, host, type Target } from "../../scripts/target.ts";
import { root, run } from "../../scripts/run.ts";
import { initOf, OVER, PART, type Step } from "./init.ts";
import { busyboxOf, kernelOf, librariesOf, type Machine } from "./machines.ts";

const MEMORY_MB = 1024;
/** The programs of test/fixtures that a guest has, in its root. */
export const fixtures = ["deaths", "flock", "hog", "killings", "lives"];
/** How long a guest may run, s. */
const PATIENCE = 600;

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
 * Boots that machine, lets the steps happen one after the other, and returns all that came of them.
 * @throws Error where it does not come to its end. What it said is kept in build/guest/NAME/CALLED, as console and output, however it ended.
 */
export async function runInGuest(
  machine: Machine,
  steps: Record<string, Step>,
  { append = "", files = {}, emulator: more = [], called = "guest" }: GuestOptions = {},
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "exitsnoop-test-guest-"));
  const emulator = emulators[machine.target.arch];
  try {
    const kernel = await kernelOf(machine);
    const initrd = await pack(folder, machine, initOf(steps, emulator.output), files);
    const guest = Bun.spawn(
      [
        // it ends with us, however we end
        ...["setpriv", "--pdeathsig", "KILL"],
        ...[...emulator.command, "-m", String(MEMORY_MB), "-smp", "2", "-kernel", kernel, "-initrd", initrd],
        ...["-append", `console=${emulator.console} panic=-1 ${append}`.trim()],
        ...["-display", "none", "-nodefaults", "-no-reboot", "-net", "none", ...emulator.lines, ...more],
      ],
      { cwd: folder, stdin: "ignore", stdout: "ignore", stderr: "pipe" },
    );
    const isLate = await lateness(guest, `${folder}/output`);
    const text = existsSync(`${folder}/output`) ? readFileSync(`${folder}/output`, "utf8") : "";
    const parts = new Map(
      text
        .split(new RegExp(`^${PART}`, "m"))
        .slice(1)
        .map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1)]),
    );
    const kept = `build/guest/${machine.name}/${called}`;
    mkdirSync(root + kept, { recursive: true });
    for (const file of ["console", "output"]) {
      if (existsSync(`${folder}/${file}`)) copyFileSync(`${folder}/${file}`, `${root}${kept}/${file}`);
    }
    if (!text.endsWith(OVER)) {
      const why = isLate ? `did not end within ${PATIENCE} s` : `ended early: ${await guest.stderr.text()}`;
      throw new Error(
        `the guest with Linux ${machine.name} ${why}; the last that it told was ${[...parts.keys()].at(-1)}, and its console is in ${kept}/console`,
      );
    }
    return new Outcome(parts, machine);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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
