/** Completes command lines in real shells: bash and zsh at a terminal, fish by its builtin. */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { binary, temporaryFolder } from "./tracer.ts";

const BASH_COMPLETION = "/usr/share/bash-completion/bash_completion";
/** The longest wait for a shell, in ms; zsh reads all of its completions at the start. */
const MAX_WAIT = 30_000;
const PROMPT = "ready> ";
const CLEAR_LINE = "\x15";
const TAB = "\t";

/** Stores the candidates in $OUT instead of showing them. */
const BASH_CAPTURE = `
PS1='${PROMPT}'
_captured() {
  _exitsnoop "$@"
  printf '%s\\n' "\${COMPREPLY[@]}" END > "$OUT.new" && mv "$OUT.new" "$OUT"
  COMPREPLY=()
}
complete -F _captured exitsnoop
`;

/** Collects what the functions pass to compadd; -O, -A and -D only fill arrays. */
const ZSH_CAPTURE = `
PS1='${PROMPT}'
autoload -Uz compinit && compinit -u -d $ZDOTDIR/dump
_capture() {
  local -a all
  compadd() {
    if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
    local -a found before hidden others
    zparseopts -E -a others P:=before p:=hidden
    builtin compadd -A found "$@"
    all+=($IPREFIX$before[2]$hidden[2]$^found)
    builtin compadd "$@"
  }
  _main_complete
  unfunction compadd
  compstate[list]=
  print -rl -- $all END > $OUT.new && mv $OUT.new $OUT
}
zle -C capture list-choices _capture
bindkey '^I' capture
`;

type Complete = (line: string) => Promise<string[]>;

/** Completes lines in one session of a shell; ends it when disposed. */
export interface CompletionSession {
  /** Returns the candidates for the word at the end of the line, in alphabetical order. */
  complete: Complete;
  [Symbol.dispose](): void;
}

/** Returns the text that `exitsnoop completion SHELL` prints. @throws Error if that fails. */
export function completionScript(shell: string): string {
  const { stdout, stderr, exitCode } = Bun.spawnSync([binary, "completion", shell]);
  if (exitCode !== 0) throw new Error(`exitsnoop completion ${shell} ended with ${exitCode}: ${stderr.toString()}`);
  return stdout.toString();
}

/** @param withBashCompletion false: bash without the package bash-completion. */
export async function startBash(withBashCompletion: boolean): Promise<CompletionSession> {
  const folder = temporaryFolder();
  const library = withBashCompletion ? `. ${BASH_COMPLETION}\n` : "";
  const file = `${folder.path}/bashrc`;
  await Bun.write(file, `${library}${completionScript("bash")}${BASH_CAPTURE}`);
  return atTerminal(folder, ["bash", "--noprofile", "--rcfile", file, "-i"]);
}

/** zsh finds the script as it finds that of a package: as a file of $fpath. */
export async function startZsh(): Promise<CompletionSession> {
  const folder = temporaryFolder();
  await Bun.write(`${folder.path}/functions/_exitsnoop`, completionScript("zsh"));
  await Bun.write(`${folder.path}/.zshrc`, `fpath=($ZDOTDIR/functions $fpath)\n${ZSH_CAPTURE}`);
  return atTerminal(folder, ["zsh", "--no-global-rcs", "-i"]);
}

export async function startFish(): Promise<CompletionSession> {
  const folder = temporaryFolder();
  const file = `${folder.path}/completions/exitsnoop.fish`;
  await Bun.write(file, completionScript("fish"));
  const script = 'set -p fish_complete_path $argv[1]; complete -C "$argv[2]"';
  const complete = async (line: string) => {
    const command = ["fish", "-c", script, `${folder.path}/completions`, line];
    const child = Bun.spawn(command, { env: environment(folder.path), stdout: "pipe", stderr: "pipe" });
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    if (stderr) throw new Error(`fish: ${stderr}`);
    return candidates(stdout.split("\n").map((row) => row.replace(/\t.*/, "")));
  };
  return { complete, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

function environment(folder: string): Record<string, string> {
  mkdirSync(`${folder}/home`, { recursive: true });
  const path = `${binary.replace(/\/[^/]*$/, "")}:${process.env.PATH}`;
  return { PATH: path, HOME: `${folder}/home`, TERM: "xterm", ZDOTDIR: folder, OUT: `${folder}/out` };
}

/** Shells differ in whether a candidate repeats `--OPTION=`, and marks a folder. */
function candidates(lines: readonly string[]): string[] {
  const words = lines.map((line) => line.replace(/^--[\w-]+=/, "").replace(/(.)\/$/, "$1"));
  return [...new Set(words.filter(Boolean))].sort();
}

function atTerminal(folder: ReturnType<typeof temporaryFolder>, command: string[]): CompletionSession {
  let screen = "";
  const env = environment(folder.path);
  const out = env.OUT!;
  const data = (_: unknown, bytes: Uint8Array) => {
    screen += new TextDecoder().decode(bytes);
  };
  const child = Bun.spawn(command, { env, cwd: folder.path, terminal: { cols: 200, rows: 50, data } });
  const until = async (isDone: () => boolean) => {
    for (const end = Date.now() + MAX_WAIT; !isDone(); await Bun.sleep(20)) {
      if (Date.now() > end) throw new Error(`${command[0]} did not answer: ${screen.slice(-500)}`);
    }
  };
  const complete = async (line: string) => {
    await until(() => screen.includes(PROMPT));
    child.terminal!.write(`${CLEAR_LINE}${line}${TAB}`);
    await until(() => existsSync(out));
    const lines = readFileSync(out, "utf8").split("\n");
    rmSync(out);
    return candidates(lines.slice(0, -2));
  };
  const dispose = () => {
    child.kill("SIGKILL");
    folder[Symbol.dispose]();
  };
  return { complete, [Symbol.dispose]: dispose };
}
