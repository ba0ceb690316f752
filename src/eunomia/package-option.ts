/** An option of a package. Its long name may be any text, and two options may have equal names. */
export interface PackageOption {
  long: string;
  short?: string;
  /** The name of the value in the help; undefined for a switch. */
  value?: string;
  help: string;
}
