/**
 * Explains why the child command cannot be run, from the errno of execve(2) and the file's first
 * bytes.
 */
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { describeErrno } from "../native/errno.ts";
import { shellLine } from "../output/shell-line.ts";
import type { LaunchFailure } from "../system/child.ts";
import { quoteWord } from "../text/sanitize.ts";
import { describeExecutable } from "./executable.ts";
import { adviceForLimit } from "./limits.ts";
import { shellWordKind } from "./shell-words.ts";

const E = constants.errno;
/** A shell's exit statuses for a command that does not exist, and for one that cannot be run. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
/** Bits of st_mode, inode(7). */
const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const ANY_EXECUTE = 0o111;
/** Matches words that only a shell can run: blanks with operators, variables or assignments. */
const SHELL_LINE = /^(?=.*\s)(?:[A-Za-z_]\w*=|.*[|&;<>()$`*?])/s;
const thisMachine = process.arch === "x64" ? "x86-64" : process.arch;
const PROCESS_LIMIT = "that user has as many processes as its limit allows (ulimit -u)";

/** Advice by condition; the first condition that holds decides. */
type Rules = readonly [holds: boolean, advice: string][];

const firstAdvice = (rules: Rules) => rules.find(([holds]) => holds)?.[1];

/** Returns the reason with its remedy, and the exit status that a shell would return. */
export function explainExecFailure(
  words: readonly string[],
  failure: LaunchFailure,
): { message: string; status: number } {
  const { errno, stage, mode } = failure;
  const reason = describeErrno(errno);
  if (stage === "user") {
    const advice = errno === E.EAGAIN ? PROCESS_LIMIT : "CAP_SETUID and CAP_SETGID are needed";
    return { message: `it cannot become that user (${reason}); ${advice}`, status: NOT_EXECUTABLE };
  }
  if (stage === "launcher") {
    const advice = adviceForLimit(errno) ?? "the launcher that was to start it has failed: try again";
    return { message: `${reason}; ${advice}`, status: NOT_EXECUTABLE };
  }
  if (errno === E.ENOENT && !mode) return { message: `${reason}; ${adviceOnMissingFile(words)}`, status: NOT_FOUND };
  if (errno === E.ENOTDIR && !mode) return { message: `${reason}; a part of its path is a file`, status: NOT_FOUND };
  return { message: `${reason}; ${adviceOnFile(words[0]!, failure)}`, status: NOT_EXECUTABLE };
}

function adviceOnMissingFile(words: readonly string[]): string {
  const name = words[0]!;
  const kind = shellWordKind(name);
  // a shell knows no keyword in quotes
  const line = kind === "a keyword" ? words.join(" ") : shellLine(words);
  const rules: Rules = [
    [name === "", "its name is empty: is a variable of the command line not set?"],
    [
      SHELL_LINE.test(name),
      `it is a command line for a shell: have one run it, as in ${shellLine(["exitsnoop", "--", "sh", "-c", name])}`,
    ],
    [
      /^[A-Za-z_]\w*\+?=/.test(name),
      `NAME=value sets a variable in a shell only: write ${shellLine(["exitsnoop", "--", "env", ...words])}`,
    ],
    [
      name.endsWith("\r"),
      "its name ends in a carriage return, from a file with Windows line ends: convert that file with dos2unix",
    ],
    [
      /\s/.test(name),
      `its name has a blank in it: leave out the quotes, or let a shell split it, as in ${shellLine(["sh", "-c", name])}`,
    ],
    [name.includes("/"), "is the path right?"],
    [
      kind !== undefined,
      `${name} is ${kind} of the shell and no program: have a shell run it, as in ${shellLine(["sh", "-c", line])}`,
    ],
    [existsSync(name), `it is not in the PATH, but in the working directory: write ${shellLine([`./${name}`])}`],
  ];
  const sudo =
    process.env.SUDO_UID === undefined ? "" : ' sudo sets its own: sudo env "PATH=$PATH" exitsnoop keeps yours.';
  return (
    firstAdvice(rules) ??
    `is it misspelt, or not in the PATH?${sudo} A shell's aliases and functions are not known here`
  );
}

/** Returns the advice on an existing file that the kernel does not execute. */
function adviceOnFile(name: string, { errno, mode, head }: LaunchFailure): string {
  const { isScript, interpreter, hasCarriageReturn, machine } = describeExecutable(head);
  const type = mode & S_IFMT;
  const shown = quoteWord(interpreter ?? "");
  const isMissing = errno === E.ENOENT && interpreter !== undefined;
  const rules: Rules = [
    [type === S_IFDIR, "it is a directory"],
    [mode !== 0 && type !== S_IFREG, "it is not a regular file"],
    [
      errno === E.EACCES && mode !== 0 && !(mode & ANY_EXECUTE),
      `it is not executable: ${shellLine(["chmod", "+x", name])}`,
    ],
    [
      hasCarriageReturn && (errno === E.ENOENT || errno === E.EACCES),
      `its first line ends in a carriage return, as on Windows, and the interpreter ${shown} does not exist: ` +
        "convert it with dos2unix",
    ],
    [
      isMissing && existsSync(interpreter),
      `${shown} exists, but the interpreter that ${shown} itself names does not: install that one`,
    ],
    [
      isMissing && isScript,
      `its interpreter ${shown} does not exist: install it, or correct the first line of the script`,
    ],
    [
      isMissing,
      `its dynamic loader ${shown} does not exist: install the C library that it was built for, or take another build`,
    ],
    [errno === E.ENOEXEC && machine === thisMachine, "it is damaged or incomplete: fetch or build it again"],
    [
      errno === E.ENOEXEC && machine !== undefined,
      `it is a program for ${machine}, and this machine is ${thisMachine}: take a build for this one`,
    ],
    [
      errno === E.EACCES && isScript && interpreter !== undefined,
      `it or its interpreter ${shown} is not executable by that user, or mounted noexec`,
    ],
    [errno === E.ELOOP && isScript, "interpreters are scripts themselves, too many in a row"],
  ];
  return firstAdvice(rules) ?? adviceByErrno[errno] ?? adviceForLimit(errno) ?? "does it run without exitsnoop?";
}

const adviceByErrno: Record<number, string> = {
  [E.EACCES]: "is it executable by that user, are the directories above it, and is it not mounted noexec?",
  [E.EPERM]: "it may need capabilities that are not in the bounding set (getcap shows them), or be mounted nosuid",
  [E.ENOEXEC]: "it is neither a program for this machine nor a script",
  [E.ETXTBSY]: "some process has it open for writing: wait until that is done (fuser -v names it)",
  [E.ELOOP]: "do its symbolic links lead to themselves?",
  [E.ENAMETOOLONG]: "a name may have 255 bytes, and a path 4095",
  [E.E2BIG]: "its arguments and environment are too long for a new program: pass them in a file, or raise ulimit -s",
  [E.EAGAIN]: PROCESS_LIMIT,
};
