/** The variables of a package that its user may set: each is an option, and bytes of a data section before it is loaded. */
import { UsageError } from "../errors.ts";
import type { PackageOption } from "../cli/package-words.ts";
import { visible } from "../output/sanitize.ts";
import * as v from "valibot";
import { Kind } from "./object/btf.ts";
import { PackageError } from "./errors.ts";
import type { OpenedPackage } from "./opened.ts";
import type { Variable } from "./schema.ts";
import { type Encoder, encoderOf } from "./values/encoder.ts";

/** What ecc adds to bring a type into the object. */
const DUMMY = "__eunomia_dummy";

interface Tunable {
  option: PackageOption;
  /** Without the option: what the package says; none: what the object holds. */
  initial: string | undefined;
  /** What the option means, where it is a switch. */
  switched: string | undefined;
  set(text: string): void;
}

export class Tunables {
  #tunables: Tunable[] = [];

  /** @throws PackageError */
  constructor(opened: OpenedPackage) {
    opened.meta.bpf_skel.data_sections.forEach(({ name: section, variables }, i) => {
      // the kernel's own configuration is nobody's to set
      if (section === ".kconfig") return;
      const encoder = encoders(opened, section);
      variables.forEach((variable, j) => {
        if (variable.name.startsWith(DUMMY)) return;
        const path = `meta.bpf_skel.data_sections[${i}].variables[${j}]`;
        try {
          this.#tunables.push(tunable(variable, encoder(variable)));
        } catch (error) {
          throw error instanceof PackageError ? new PackageError(`${path}: ${error.message}`) : error;
        }
      });
    });
  }

  /** The options of the variables, in the package's order. */
  get options(): PackageOption[] {
    return this.#tunables.map(({ option }) => option);
  }

  /**
   * Writes the requested values into the object, and the package's defaults for the other
   * variables.
   * @throws UsageError if a value does not fit, PackageError if a default does not.
   */
  apply(given: ReadonlyMap<PackageOption, string | true>): void {
    for (const { option, initial, switched, set } of this.#tunables) {
      const text = given.get(option);
      const asked = text === true ? switched : text;
      const value = asked ?? initial;
      if (value === undefined) continue;
      try {
        set(value);
      } catch (error) {
        if (!(error instanceof PackageError)) throw error;
        const said = `--${visible(option.long)} ${visible(value)}: ${error.message}`;
        throw asked === undefined ? new PackageError(said) : new UsageError(said);
      }
    }
  }
}

/** How variables are written into their data section, by name. */
function encoders(opened: OpenedPackage, section: string): (variable: Variable) => Encoder {
  const { btf, object } = opened;
  const datasec = btf.find(section, Kind.datasec);
  const declared = new Map((datasec === undefined ? [] : btf.variables(datasec)).map((one) => [one.name, one]));
  // where the linker, which is libbpf, has put them
  const offsets = datasec === undefined ? {} : object.btf().variables(section);
  return ({ name }) => {
    const variable = declared.get(name);
    const offset = Object.hasOwn(offsets, name) ? offsets[name] : undefined;
    if (!variable || offset === undefined) throw new PackageError(`the object has no ${name} in ${section}`);
    if (offset + btf.sizeOf(variable.typeId) > object.map(section).valueSize) {
      throw new PackageError(`${name} lies outside of ${section}`);
    }
    return encoderOf(btf, variable.typeId, () => object.map(section).initialValue(), offset);
  };
}

function tunable(variable: Variable, { isBool, set }: Encoder): Tunable {
  const { name, type, value, description, cmdarg } = variable;
  const long = cmdarg?.long ?? name;
  const help = cmdarg?.help ?? description ?? `sets ${name} (${type})`;
  const preset = cmdarg?.default ?? value ?? undefined;
  if (!isBool) {
    const short = cmdarg?.short ?? undefined;
    if (short && [...short].length !== 1)
      throw new PackageError(`cmdarg.short: ${visible(short)} is not one character`);
    const option = {
      long,
      value: "VALUE",
      schema: v.string(),
      help: withDefault(help, preset),
      ...(short && { short }),
    };
    return { option, initial: preset === undefined ? undefined : String(preset), switched: undefined, set };
  }
  if (preset !== undefined && typeof preset !== "boolean") {
    throw new PackageError(`cmdarg.default: expected boolean, not ${preset}`);
  }
  // as ecli: a switch for what it is not already
  const prefix = preset === undefined ? "" : preset ? "disable-" : "enable-";
  return {
    option: { long: `${prefix}${long}`, help },
    initial: preset === undefined ? undefined : String(preset),
    switched: String(preset !== true),
    set,
  };
}

function withDefault(help: string, preset: boolean | number | string | undefined): string {
  return preset === undefined ? help : `${help} (default: ${preset})`;
}
