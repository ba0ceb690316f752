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

/** Returns the name of a user, or null if the user database (NSS) has none for this uid. */
export function userName(uid: number): string | null {
  return String(native.user_name(uid)) || null;
}

/** Returns true if /etc/passwd was written or replaced since the last call; false at the first. */
export function usersChanged(): boolean {
  return native.users_changed() === 1;
}

/** Returns true if names of users can be read; called after privileges are dropped. */
export function canReadUsers(): boolean {
  return native.can_read_users() === 1;
}
