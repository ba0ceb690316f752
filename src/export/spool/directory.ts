/** The directory of the spool: opened before the exporter drops its privileges. */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
} from "node:fs";
import { TraceError, UsageError } from "../../errors.ts";
import { errorReason } from "../../system/files.ts";
import { lockExclusively } from "../../system/lock.ts";
import { userId } from "../../system/users.ts";
import { quotePath, quoteWord } from "../../text/sanitize.ts";
import { pathOf } from "./path-of.ts";
import { isSpoolFile } from "./spool.ts";

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;
const MODE = 0o700;
const OTHERS = 0o077;
/** The user that root becomes without --as, as in exporter_privileges.c. */
const NOBODY = 65_534;
const ROOT = 0;
/** The directory that mkfs makes, if the spool is a file system. */
const LOST_AND_FOUND = "lost+found";

/**
 * Opens the directory of the spool, which is created if its parent exists. Only its owner can use
 * it; root gives it to the user that the exporter runs as. A directory with other files is refused:
 * it may be a home directory, which must not get another owner.
 * @param user see --as; undefined: user nobody. @returns its descriptor. @throws TraceError
 */
export function openSpoolDirectory(path: string, user: string | undefined): number {
  const name = quotePath(path);
  const fd = open(path, name);
  const { uid, gid, mode } = fstatSync(fd);
  const self = process.geteuid!();
  const owner = self === ROOT ? uidOf(user) : self;
  if (uid !== owner && uid !== self) {
    throw new TraceError(`the spool ${name} belongs to another user (uid ${uid}); name another directory`);
  }
  if (mode & OTHERS) {
    throw new TraceError(`the spool ${name} is open to other users; chmod 700 it, or name another directory`);
  }
  const other = readdirSync(pathOf(fd)).find((file) => file !== LOST_AND_FOUND && !isOfSpool(fd, file));
  if (other !== undefined) {
    throw new TraceError(`the spool ${name} has other files (${quotePath(other)}); name a directory for it alone`);
  }
  try {
    if (self === ROOT) giveTo(fd, owner, gid);
  } catch (error) {
    throw new TraceError(`the spool ${name} cannot be given to uid ${owner}: ${errorReason(error)}`);
  }
  if (!lockExclusively(fd)) {
    throw new TraceError(`the spool ${name} is in use by another exporter; name another directory for this one`);
  }
  return fd;
}

/** Returns true for a file of an exporter, false for a FIFO or a link with such a name. */
function isOfSpool(directory: number, name: string): boolean {
  if (!isSpoolFile(name)) return false;
  return lstatSync(`${pathOf(directory)}/${name}`, { throwIfNoEntry: false })?.isFile() !== false;
}

function open(path: string, name: string): number {
  try {
    try {
      mkdirSync(path, MODE);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    return openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    throw new TraceError(`the spool ${name} cannot be opened: ${errorReason(error)}`);
  }
}

function uidOf(user: string | undefined): number {
  if (user === undefined) return NOBODY;
  const uid = userId(user) ?? (/^\d+$/.test(user) ? Number(user) : undefined);
  if (uid === undefined)
    throw new UsageError(
      `--as ${quoteWord(user)}: there is no such user here; give a name that getent passwd lists, or a uid`,
    );
  return uid;
}

/**
 * Gives the directory and its files to a user, but no file with several hard links: it may be
 * another user's.
 */
function giveTo(directory: number, uid: number, gid: number): void {
  for (const name of readdirSync(pathOf(directory))) {
    const fd = openSync(`${pathOf(directory)}/${name}`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const file = fstatSync(fd);
    if (file.isFile() && file.nlink === 1 && file.uid !== uid) fchownSync(fd, uid, gid);
    closeSync(fd);
  }
  fchownSync(directory, uid, gid);
  // chown(2) may clear bits of the mode
  fchmodSync(directory, MODE);
}
