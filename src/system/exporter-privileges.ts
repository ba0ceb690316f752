import { constants } from "node:os";
import { TraceError, UsageError } from "../errors.ts";
import { describeErrno } from "../native/errno.ts";
import { native } from "../native/library.ts";
import { quoteWord } from "../text/sanitize.ts";

/** The operations that an exporter needs after it has dropped its privileges. */
export interface ExporterRights {
  /** Accepts connections on sockets that are bound. */
  serves?: boolean;
  /** Connects to this TCP port of any address, and resolves names. */
  connectsTo?: number;
  /** A descriptor of the directory below which it creates, writes, renames and removes files. */
  writableDirectory?: number;
}

/** The bits that drop_exporter_privileges() in native/core/exporter_privileges.c returns. */
const HAS_SECCOMP = 1;
const HAS_LANDLOCK = 2;
const CHANGED_USER = 4;
/** Added to the errno of Landlock's calls. */
const LANDLOCK_ERROR = 4096;
const NO_DIRECTORY = -1;
const NO_PORT = 0;

/**
 * Makes this process another user's, if it is root's, and drops in every thread and for good: all
 * capabilities, new privileges, new processes, and what the rights do not name.
 * @param user a name or number; undefined: user nobody.
 * @returns a description of what was dropped. @throws TraceError if a thread keeps a privilege.
 */
export function dropExporterPrivileges(user: string | undefined, rights: ExporterRights): string {
  const { serves, connectsTo = NO_PORT, writableDirectory = NO_DIRECTORY } = rights;
  const result = native.drop_exporter_privileges(user ?? "", serves ? 1 : 0, connectsTo, writableDirectory);
  if (result < 0) throw refusal(-result, user);
  return [
    ...(result & CHANGED_USER ? [`the user's id for that of ${user ?? "nobody"}`] : []),
    "all capabilities",
    result & HAS_SECCOMP ? "most system calls (seccomp)" : "no system calls, as this kernel has no seccomp",
    result & HAS_LANDLOCK ? "all files but those that are only read (Landlock)" : "nothing by Landlock",
  ].join(", ");
}

function refusal(errno: number, user: string | undefined): Error {
  if (errno > LANDLOCK_ERROR) {
    const reason = describeErrno(errno - LANDLOCK_ERROR);
    return new TraceError(
      `Landlock cannot restrict the exporter (${reason}), and it does not go on without that; try again`,
    );
  }
  const { EINVAL, ENOENT, EPERM } = constants.errno;
  if (user !== undefined && errno === ENOENT) {
    return new UsageError(
      `--as ${quoteWord(user)}: there is no such user here; give a name that getent passwd lists, or a uid`,
    );
  }
  if (user !== undefined && errno === EPERM) {
    return new TraceError(`only root can export as another user; leave --as ${quoteWord(user)} out, or use sudo`);
  }
  const reason = describeErrno(errno);
  const failure = `privileges cannot be given up (${reason}), and the exporter does not go on with them`;
  // setgroups(2) is refused, or the id is not mapped: user_namespaces(7)
  const hasNoOthers = user === undefined && (errno === EPERM || errno === EINVAL);
  return new TraceError(
    hasNoOthers ? `${failure}; in a user namespace that has one user only, add --as root` : failure,
  );
}
