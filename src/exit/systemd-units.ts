/** The units of systemd that the path of a cgroup names. */
interface SystemdUnits {
  unit: string | null;
  /** A unit of the user's own systemd, which runs in user@UID.service. */
  userUnit: string | null;
  slice: string | null;
}

export const NO_UNITS: SystemdUnits = { unit: null, userUnit: null, slice: null };

/** The characters and the types of units that have cgroups, systemd.unit(5). */
const unitName = /^[\w:.\\@-]+\.(?:service|scope|socket|mount|swap)$/;
const sliceName = /^[\w:.\\@-]+\.slice$/;
const userManager = /^user@\d+\.service$/;
/** The maximum length of a unit's name. */
const MAX_NAME = 255;

/** systemd puts `_` before names that the kernel could take for its own files. */
const withoutPrefix = (component: string) => component.replace(/^_/, "");

const isUnit = (name: string | undefined) => name !== undefined && name.length <= MAX_NAME && unitName.test(name);
const isSlice = (name: string | undefined) => name !== undefined && name.length <= MAX_NAME && sliceName.test(name);

/** Decodes `\xNN` as systemd-escape(1) does with --unescape; characters are bytes. */
const unescape = (name: string) =>
  name.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/**
 * Finds the units in a cgroup's path as sd_pid_get_unit(3), sd_pid_get_user_unit(3) and
 * sd_pid_get_slice(3) do: slices come first, then the unit, and what it has below is its own.
 * @param path one character per byte. @returns the names with systemd's escapes.
 */
export function escapedUnitsOf(path: string): SystemdUnits {
  const names = path.split("/").slice(1).map(withoutPrefix);
  let at = 0;
  while (isSlice(names[at])) at++;
  const unit = names[at];
  if (!isUnit(unit)) return { unit: null, userUnit: null, slice: at > 0 ? names[at - 1]! : null };
  return {
    unit: unit!,
    userUnit: userManager.test(unit!) ? userUnitOf(names.slice(at + 1)) : null,
    // the root slice has no directory
    slice: at > 0 ? names[at - 1]! : "-.slice",
  };
}

/** Returns the names of escapedUnitsOf() without escapes. */
export function systemdUnitsOf(path: string): SystemdUnits {
  const { unit, userUnit, slice } = escapedUnitsOf(path);
  return { unit: unit && unescape(unit), userUnit: userUnit && unescape(userUnit), slice: slice && unescape(slice) };
}

/** Returns the unit in a path below a user's systemd. */
function userUnitOf(names: readonly string[]): string | null {
  const name = names.find((other) => !isSlice(other));
  return isUnit(name) ? name! : null;
}
