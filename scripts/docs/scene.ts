/** Plays a scene in a terminal: types commands, runs others beside it, and returns the screen. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { run } from "../build/run.ts";
import { type Frame, Terminal, withoutColors } from "./terminal.ts";

/** One step: its actions are taken in this order. */
export interface Step {
  /** A line that is typed. */
  type?: string;
  /** Text that is typed, without Enter. */
  write?: string;
  /** A key that is pressed. */
  press?: string;
  /** Runs this with sh outside of the terminal, and waits for its end. */
  beside?: string;
  /** Waits for this text on the screen. */
  until?: RegExp;
  /** Waits some milliseconds. */
  pause?: number;
}

export interface Scene {
  name: string;
  rows: number;
  /** Programs in the folder where the scene plays, by their names. */
  programs?: Record<string, string>;
  steps: readonly Step[];
}

const PROMPT = "$";
/** The command has ended: the prompt is back, with nothing after it. */
export const END = /\n\$\s*$/;

/** sudo without a password: scenes are played as root. */
const SUDO = '#!/bin/sh\nexec "$@"\n';

export interface Screen {
  frames: Frame[];
  /** The last screen, without colours and without the last prompt. */
  text: string;
}

/**
 * Plays a scene with this binary as `exitsnoop`. @throws Error if the screen does not show what a
 * step waits for.
 */
export async function play({ rows, programs = {}, steps }: Scene, columns: number, binary: string): Promise<Screen> {
  const folder = mkdtempSync(`${tmpdir()}/exitsnoop-docs-`);
  try {
    const bin = `${folder}/bin`;
    const home = `${folder}/home`;
    mkdirSync(bin);
    mkdirSync(home);
    symlinkSync(binary, `${bin}/exitsnoop`);
    writeFileSync(`${bin}/sudo`, SUDO, { mode: 0o755 });
    for (const [path, text] of Object.entries(programs)) {
      writeFileSync(`${home}/${path}`, text);
      if (text.startsWith("#!")) chmodSync(`${home}/${path}`, 0o755);
    }
    const env = { PATH: `${bin}:/usr/bin:/bin:/usr/sbin:/sbin`, HOME: home, USER: "root", LESS: "" };
    // so that the documents do not show the cgroup in which this script happens to run
    const inSession = [`${home}/in-cgroup`, "/user.slice/session.scope", "0"];
    await using terminal = await Terminal.open({ columns, rows }, home, env, inSession);
    await terminal.waitFor(/^\$/);
    for (const step of steps) await take(step, terminal, home, env);
    const last = (await terminal.rows()).map(withoutColors);
    if (last.at(-1)?.trim() === PROMPT) last.pop();
    return { frames: terminal.frames, text: last.join("\n") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function take(step: Step, terminal: Terminal, home: string, env: Record<string, string>): Promise<void> {
  if (step.type !== undefined) await terminal.type(step.type);
  if (step.write !== undefined) await terminal.write(step.write);
  if (step.press !== undefined) await terminal.press(step.press);
  if (step.beside !== undefined) {
    const words = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const isOver = run(["env", "-i", `--chdir=${home}`, ...words, "sh", "-c", step.beside]).then(() => true);
    while (!(await Promise.race([isOver, terminal.watch(40).then(() => false)]))) continue;
  }
  if (step.until) await terminal.waitFor(step.until);
  if (step.pause) await terminal.watch(step.pause);
}
