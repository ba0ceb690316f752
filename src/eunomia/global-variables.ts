/**
 * Makes the global variables of a package settable: each is an option on the command line, and
 * bytes of a data section that are written before the object is loaded.
 */
import { UsageError } from "../errors.ts";
import { quoteWord } from "../text/sanitize.ts";
import { PackageError } from "./errors.ts";
import { Kind } from "./object/btf.ts";
import type { OpenedPackage } from "./opened-package.ts";
import type { PackageOption } from "./package-option.ts";
import type { Variable } from "./schema.ts";
import { type Encoder, encoderOf } from "./values/encoder.ts";

/** The prefix of pointers that ecc adds to keep a type in the object's BTF. */
const DUMMY = "__eunomia_dummy";

interface Settable {
  option: PackageOption;
  /** The package's value without the option; undefined keeps the object's value. */
  initial: string | undefined;
  /** The value that a switch sets. */
  switched: string | undefined;
  set(text: string): void;
}

export class GlobalVariables {
  #variables: Settable[] = [];

  /** @throws PackageError */
  constructor(opened: OpenedPackage) {
    opened.meta.bpf_skel.data_sections.forEach(({ name: section, variables }, i) => {
      // libbpf fills .kconfig from the kernel's configuration
      if (section === ".kconfig") return;
      const encoder = encoders(opened, section);
      variables.forEach((variable, j) => {
        if (variable.name.startsWith(DUMMY)) return;
        const path = `meta.bpf_skel.data_sections[${i}].variables[${j}]`;
        try {
          this.#variables.push(settable(variable, encoder(variable)));
        } catch (error) {
          throw error instanceof PackageError ? new PackageError(`${path}: ${error.message}`) : error;
        }
      });
    });
  }

  /** The options of the variables, in the package's order. */
  get options(): PackageOption[] {
    return this.#variables.map(({ option }) => option);
  }

  /**
   * Writes the requested values into the object, and the package's defaults for the other
   * variables.
   * @throws UsageError if a value does not fit, PackageError if a default does not.
   */
  apply(requested: ReadonlyMap<PackageOption, string | true>): void {
    for (const { option, initial, switched, set } of this.#variables) {
      const text = requested.get(option);
      const chosen = text === true ? switched : text;
      const value = chosen ?? initial;
      if (value === undefined) continue;
      try {
        set(value);
      } catch (error) {
        if (!(error instanceof PackageError)) throw error;
        const message = `--${quoteWord(option.long)} ${quoteWord(value)}: ${error.message}`;
        throw chosen === undefined ? new PackageError(message) : new UsageError(message);
      }
    }
  }
}

/** Returns a function that finds the encoder of a variable in a data section. */
function encoders(opened: OpenedPackage, section: string): (variable: Variable) => Encoder {
  const { btf, object } = opened;
  const datasec = btf.find(section, Kind.datasec);
  const declared = new Map((datasec === undefined ? [] : btf.variables(datasec)).map((one) => [one.name, one]));
  // clang leaves the offsets at 0, and libbpf sets them in its own copy of the BTF
  const offsets = datasec === undefined ? {} : object.btf().variables(section);
  return ({ name }) => {
    const variable = declared.get(name);
    const offset = Object.hasOwn(offsets, name) ? offsets[name] : undefined;
    if (!variable || offset === undefined) throw new PackageError(`the object has no variable ${name} in ${section}`);
    if (offset + btf.sizeOf(variable.typeId) > object.map(section).valueSize) {
      throw new PackageError(`${name} is outside ${section}`);
    }
    return encoderOf(btf, variable.typeId, () => object.map(section).initialValue(), offset);
  };
}

function settable(variable: Variable, { isBool, set }: Encoder): Settable {
  const { name, type, value, description, cmdarg } = variable;
  const long = cmdarg?.long ?? name;
  const help = cmdarg?.help ?? description ?? `sets ${name} (${type})`;
  const preset = cmdarg?.default ?? value ?? undefined;
  const initial = preset === undefined ? undefined : String(preset);
  if (!isBool) {
    const short = cmdarg?.short ?? undefined;
    if (short && [...short].length !== 1) {
      throw new PackageError(`cmdarg.short: ${quoteWord(short)} is not one character`);
    }
    const option = {
      long,
      value: "VALUE",
      help: initial === undefined ? help : `${help} (default: ${initial})`,
      ...(short && { short }),
    };
    return { option, initial, switched: undefined, set };
  }
  if (preset !== undefined && typeof preset !== "boolean") {
    throw new PackageError(`cmdarg.default: expected true or false, not ${preset}`);
  }
  // as in ecli, a switch sets the opposite of the default
  const prefix = preset === undefined ? "" : preset ? "disable-" : "enable-";
  return { option: { long: `${prefix}${long}`, help }, initial, switched: String(preset !== true), set };
}
