/** A terminal of any size: tmux runs a shell in it, and returns what is on the screen. */
import { run } from "../build/run.ts";

const POLL_MS = 40;

interface Size {
  columns: number;
  rows: number;
}

/** The screen at a time. A row may have escape sequences for colours. */
export interface Frame {
  /** Milliseconds since the terminal was opened. */
  at: number;
  rows: string[];
}

let terminals = 0;

export class Terminal implements AsyncDisposable {
  readonly frames: Frame[] = [];
  readonly #tmux = ["tmux", "-u", "-f", "/dev/null", "-L", `exitsnoop-docs-${process.pid}-${++terminals}`];
  readonly #opened = performance.now();

  private constructor() {}

  /**
   * Opens a terminal with a shell whose prompt is `$ `.
   * @param prefix a command that starts the shell
   * @throws Error if tmux is not installed
   */
  static async open(
    { columns, rows }: Size,
    cwd: string,
    env: Record<string, string>,
    prefix: readonly string[] = [],
  ): Promise<Terminal> {
    const terminal = new Terminal();
    const variables = { PS1: "$ ", LANG: "C.UTF-8", TERM: "screen-256color", HISTFILE: "", ...env };
    const words = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    const shell = ["env", "-i", ...words, ...prefix, "bash", "--norc", "--noprofile", "--noediting"];
    const size = ["-x", String(columns), "-y", String(rows)];
    await run([
      ...terminal.#tmux,
      "new-session",
      "-d",
      ...size,
      "-c",
      cwd,
      ...shell,
      ";",
      "set",
      "-g",
      "status",
      "off",
    ]);
    // without the status line the window has a row more than it was opened with
    await run([...terminal.#tmux, "resize-window", ...size]);
    return terminal;
  }

  /** Types a line and the Enter key. */
  async type(line: string): Promise<void> {
    await this.write(line);
    await this.press("Enter");
  }

  /** Types text without Enter. */
  async write(text: string): Promise<void> {
    await run([...this.#tmux, "send-keys", "-l", text]);
  }

  /** Presses a key by its name in tmux: `C-c`, `Enter`, `q`. */
  async press(key: string): Promise<void> {
    await run([...this.#tmux, "send-keys", key]);
  }

  /** Returns the rows of the screen, and stores them as a frame if they have changed. */
  async rows(): Promise<string[]> {
    const text = await run([...this.#tmux, "capture-pane", "-p", "-e"]);
    const rows = text.split("\n").map((row) => row.trimEnd());
    while (rows.length && !withoutColors(rows.at(-1)!)) rows.pop();
    if (this.frames.at(-1)?.rows.join("\n") !== rows.join("\n")) {
      this.frames.push({ at: performance.now() - this.#opened, rows });
    }
    return rows;
  }

  /** Waits until the text of the screen matches. @throws Error with the screen after `maxMs` */
  async waitFor(pattern: RegExp, maxMs = 15_000): Promise<void> {
    const deadline = performance.now() + maxMs;
    for (;;) {
      const text = withoutColors((await this.rows()).join("\n"));
      if (pattern.test(text)) return;
      if (performance.now() > deadline) throw new Error(`no ${pattern} on the screen:\n${text}`);
      await Bun.sleep(POLL_MS);
    }
  }

  /** Waits, and stores the frames meanwhile. */
  async watch(ms: number): Promise<void> {
    for (const deadline = performance.now() + ms; performance.now() < deadline; await Bun.sleep(POLL_MS)) {
      await this.rows();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run([...this.#tmux, "kill-server"]).catch(() => {});
  }
}

/** Removes the escape sequences of colours. */
export function withoutColors(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\x1b\[[0-9;]*m|\x0f/g, "");
}
