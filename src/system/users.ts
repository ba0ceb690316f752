import { LibbpfError } from "../native/errno.ts";
import { native } from "../native/library.ts";

/**
 * Returns the uid of a user, or undefined if the user database (NSS) has no such user.
 * @throws LibbpfError if the database cannot be read.
 */
export function userId(name: string): number | undefined {
  const uid = Number(native.user_id(name));
  if (uid < -1) throw new LibbpfError("the users of this system cannot be looked up", -uid);
  return uid < 0 ? undefined : uid;
}

/**
 * Returns the name of a user, null if there is none for this uid, or undefined if the sources of
 * names have not answered within 50 ms: then a later call gets the answer.
 */
export function userName(uid: number): string | null | undefined {
  const name = native.user_name(uid) as unknown;
  return name === null ? undefined : String(name) || null;
}

/** Returns true if /etc/passwd was written or replaced since the last call; false at the first. */
export function usersChanged(): boolean {
  return native.users_changed() === 1;
}

/** Returns true if names of users can be read; called after privileges are dropped. */
export function canReadUsers(): boolean {
  return native.can_read_users() === 1;
}
