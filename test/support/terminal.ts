/** Programs on pseudo-terminals. */

interface TerminalOptions {
  cols?: number;
  rows?: number;
  /** Variables on top of the environment. */
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

/** A program in a new terminal. */
export class Terminal {
  /** The text that the terminal has shown so far. */
  shown = "";
  #child: Bun.Subprocess;

  constructor(command: string[], { cols = 80, rows = 24, env = {}, cwd }: TerminalOptions = {}) {
    const decoder = new TextDecoder();
    this.#child = Bun.spawn(command, {
      env: { ...process.env, ...env },
      cwd,
      terminal: {
        cols,
        rows,
        data: (_, data) => void (this.shown += decoder.decode(data, { stream: true })),
      },
    });
  }

  type(text: string): void {
    this.#child.terminal!.write(text);
  }

  resize(cols: number, rows: number): void {
    this.#child.terminal!.resize(cols, rows);
  }

  /** Waits until the terminal has shown a text after a position. Returns the position after it. */
  async until(text: string | RegExp, from = 0): Promise<number> {
    for (let i = 0; i < 1500; i++) {
      const rest = this.shown.slice(from);
      const found = typeof text === "string" ? rest.indexOf(text) : rest.search(text);
      if (found >= 0) return from + found + 1;
      await Bun.sleep(10);
    }
    throw new Error(`the terminal did not show ${text}: ${JSON.stringify(this.shown)}`);
  }

  /** Waits for the end. Returns the exit status, or 128 plus the signal that killed it. */
  async end(): Promise<number> {
    const status = await this.#child.exited;
    await Bun.sleep(100);
    return status;
  }
}
