/** Is thrown for a package that cannot be run (status 1). The message says where the fault is. */
export class PackageError extends Error {
  override readonly name = "PackageError";
}
