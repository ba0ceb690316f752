/** A package that is malformed, or asks for what cannot be: status 1. The message says where and why. */
export class PackageError extends Error {
  override readonly name = "PackageError";
}
