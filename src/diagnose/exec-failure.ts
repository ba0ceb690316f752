/**
 * Explains why a COMMAND cannot be run, and the remedy, from the errno of execve(2) and the file's
 * first bytes.
 */
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { quoteWord } from "../output/sanitize.ts";
import { adviceForErrno } from "./why.ts";
import type { LaunchFailure } from "../system/child.ts";
import { describeErrno } from "../native/errno.ts";
import { describeExecutable } from "./executable.ts";
import { shellWordKind } from "./shell-words.ts";

const E = constants.errno;
const NOT_FOUND = 127;
const NOT_RUN = 126;
/** Bits of st_mode, inode(7). */
const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const ANY_EXECUTE = 0o111;
const thisMachine = process.arch === "x64" ? "x86-64" : process.arch;

/** @returns the reason with its remedy, and the exit status that a shell would return. */
export function explainExecFailure(
  words: readonly string[],
  failure: LaunchFailure,
): { sentence: string; status: number } {
  const { errno, stage, mode } = failure;
  if (stage === "user") return { sentence: whyNotUser(errno), status: NOT_RUN };
  if (stage === "launcher") return { sentence: whyNotLaunched(errno), status: NOT_RUN };
  if (errno === E.ENOENT && !mode) return { sentence: whyNotFound(words), status: NOT_FOUND };
  if (errno === E.ENOTDIR && !mode) {
    return { sentence: `${describeErrno(errno)}; a part of its path is a file`, status: NOT_FOUND };
  }
  return { sentence: whyNotExecuted(words[0]!, failure), status: NOT_RUN };
}

function whyNotLaunched(errno: number): string {
  const advice = errno === E.EPIPE ? "the launcher that was to start it is dead: try again" : adviceForErrno(errno);
  return `${describeErrno(errno)}; ${advice}`;
}

function whyNotUser(errno: number): string {
  const advice =
    errno === E.EAGAIN
      ? "that user has as many processes as its limit allows (ulimit -u)"
      : "CAP_SETUID and CAP_SETGID are needed";
  return `it cannot become that user (${describeErrno(errno)}); ${advice}`;
}

/** Explains that no file has that name. */
function whyNotFound(words: readonly string[]): string {
  return `${describeErrno(E.ENOENT)}; ${adviceOnMissing(words)}`;
}

function adviceOnMissing(words: readonly string[]): string {
  const word = words[0]!;
  const shown = quoteWord(word);
  if (word === "") return "its name is empty: is a variable of the command line not set?";
  if (/^[A-Za-z_]\w*\+?=/.test(word)) {
    return `NAME=value sets a variable in a shell only: write exitsnoop -- env ${words.map((word) => quoteWord(word)).join(" ")}`;
  }
  if (word.endsWith("\r")) {
    return "its name ends in a carriage return, from a file with the line ends of Windows: convert that with dos2unix";
  }
  if (/\s/.test(word))
    return `its name has a blank in it: leave out the quotes, or have a shell take it apart, as in sh -c '${shown}'`;
  if (word.includes("/")) return "is the path right?";
  const kind = shellWordKind(word);
  if (kind)
    return `${word} is ${kind} of the shell and no program: have a shell run it, as in sh -c '${words.map((word) => quoteWord(word)).join(" ")}'`;
  if (existsSync(word)) return `it is not in the PATH, but in the working directory: write ./${shown}`;
  return "is it misspelt, or not in the PATH? A shell's aliases and functions are not known here";
}

/** Explains why the kernel does not execute an existing file. */
function whyNotExecuted(word: string, failure: LaunchFailure): string {
  return `${describeErrno(failure.errno)}; ${adviceOnFile(word, failure)}`;
}

function adviceOnFile(word: string, { errno, mode, head }: LaunchFailure): string {
  const file = describeExecutable(head);
  const type = mode & S_IFMT;
  const interpreter = quoteWord(file.interpreter ?? "");
  if (type === S_IFDIR) return "it is a directory";
  if (mode && type !== S_IFREG) return "it is not a regular file";
  if (errno === E.EACCES && mode && !(mode & ANY_EXECUTE)) return `it is not executable: chmod +x ${quoteWord(word)}`;
  if (file.hasCarriageReturn && (errno === E.ENOENT || errno === E.EACCES)) {
    return `its first line ends in a carriage return, as on Windows, and the interpreter ${interpreter} does not exist: convert it with dos2unix`;
  }
  if (errno === E.ENOENT && file.interpreter !== undefined) {
    if (existsSync(file.interpreter)) {
      return `${interpreter} exists, but the interpreter that ${interpreter} itself names does not: install that one`;
    }
    return file.isScript
      ? `its interpreter ${interpreter} does not exist: install it, or correct the first line of the script`
      : `its dynamic loader ${interpreter} does not exist: install the C library it was made for, or take another build`;
  }
  if (errno === E.ENOEXEC) {
    if (file.machine === thisMachine) return "it is damaged or incomplete: fetch or build it again";
    return file.machine
      ? `it is a program for ${file.machine}, and this machine is ${thisMachine}: take a build for this one`
      : "it is neither a program for this machine nor a script";
  }
  if (errno === E.EACCES && file.interpreter !== undefined && file.isScript) {
    return `it or its interpreter ${interpreter} is not executable by that user, or mounted noexec`;
  }
  return advice(errno, file.isScript);
}

function advice(errno: number, isScript: boolean): string {
  switch (errno) {
    case E.EACCES:
      return "is it executable by that user, are the directories above it, and is it not mounted noexec?";
    case E.EPERM:
      return "it may need capabilities that are not in the bounding set (getcap shows them), or be mounted nosuid";
    case E.ETXTBSY:
      return "some process has it open for writing; wait until that is done (fuser -v names it)";
    case E.ELOOP:
      return isScript
        ? "interpreters are scripts themselves, too many in a row"
        : "do its symbolic links lead to themselves?";
    case E.ENAMETOOLONG:
      return "a name may have 255 bytes, and a path 4095";
    case E.E2BIG:
      return "its arguments and environment are too long for a new program: pass them by a file, or raise ulimit -s";
    case E.EAGAIN:
      return "that user has as many processes as its limit allows (ulimit -u)";
    case E.ENOMEM:
      return "memory or its limit (ulimit -v, the cgroup's) is too small";
    case E.EMFILE:
    case E.ENFILE:
      return "raise the limit of open files (ulimit -n)";
    default:
      return "does it run without exitsnoop?";
  }
}
