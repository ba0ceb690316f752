/** The variables of a package that its user may set: each is an option, and bytes of a data section before it is loaded. */
import type { GivenOf } from "../cli/parse.ts";
import { UsageError } from "../cli/errors.ts";
import type { Option, Options } from "../cli/options.ts";
import { visible } from "../cli/visible.ts";
import * as v from "valibot";
import { Kind } from "./object/btf.ts";
import { PackageError } from "./errors.ts";
import type { OpenedPackage } from "./opened.ts";
import type { Variable } from "./schema.ts";
import { type Encoder, encoderOf } from "./values/encoder.ts";

/** What ecc adds to bring a type into the object. */
const DUMMY = "__eunomia_dummy";
const LONG = /^[A-Za-z0-9_][\w-]{0,63}$/;
const SHORT = /^[A-Za-z0-9]$/;

interface Tunable {
  /** Its option's. */
  long: string;
  option: Option;
  /** Without the option: what the package says; none: what the object holds. */
  initial: string | undefined;
  /** What the option means, where it is a switch. */
  switched: string | undefined;
  set(text: string): void;
}

export class Tunables {
  readonly options: Options = Object.create(null);
  #tunables: Tunable[] = [];
  #shorts = new Set<string>();

  /** @throws PackageError */
  constructor(opened: OpenedPackage) {
    const help = { help: "show this" };
    opened.meta.bpf_skel.data_sections.forEach(({ name: section, variables }, i) => {
      // the kernel's own configuration is nobody's to set
      if (section === ".kconfig") return;
      const encoder = encoders(opened, section);
      variables.forEach((variable, j) => {
        if (variable.name.startsWith(DUMMY)) return;
        const path = `meta.bpf_skel.data_sections[${i}].variables[${j}]`;
        try {
          this.#add(tunable(variable, encoder(variable)));
        } catch (error) {
          throw error instanceof PackageError ? new PackageError(`${path}: ${error.message}`) : error;
        }
      });
    });
    if (!this.options.help) this.options.help = help;
  }

  #add(tunable: Tunable): void {
    const { long, option } = tunable;
    if (this.options[long] || (option.short && this.#shorts.has(option.short))) {
      throw new PackageError(`two variables have the option --${long}${option.short ? ` or -${option.short}` : ""}`);
    }
    this.options[long] = option;
    if (option.short) this.#shorts.add(option.short);
    this.#tunables.push(tunable);
  }

  /** Writes into the object what was asked for. @throws UsageError where a value does not fit, PackageError where a default does not. */
  apply(given: GivenOf<Options>): void {
    for (const { long, initial, switched, set } of this.#tunables) {
      const asked = Object.hasOwn(given, long) ? (switched ?? String(given[long])) : undefined;
      const text = asked ?? initial;
      if (text === undefined) continue;
      try {
        set(text);
      } catch (error) {
        if (!(error instanceof PackageError)) throw error;
        const said = `--${long} ${visible(text)}: ${error.message}`;
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
  if (!LONG.test(long)) throw new PackageError(`cmdarg.long: ${long} is no name for an option`);
  if (!isBool) {
    const short = cmdarg?.short ?? undefined;
    if (short && !SHORT.test(short)) throw new PackageError(`cmdarg.short: ${short} is not one letter or digit`);
    const option = {
      value: "VALUE",
      schema: v.string(),
      mayBeEmpty: true,
      help: withDefault(help, preset),
      ...(short && { short }),
    };
    return { long, option, initial: preset === undefined ? undefined : String(preset), switched: undefined, set };
  }
  if (preset !== undefined && typeof preset !== "boolean") {
    throw new PackageError(`cmdarg.default: expected boolean, not ${preset}`);
  }
  // as ecli: a switch for what it is not already
  const prefix = preset === undefined ? "" : preset ? "disable-" : "enable-";
  return {
    long: `${prefix}${long}`,
    option: { help },
    initial: preset === undefined ? undefined : String(preset),
    switched: String(preset !== true),
    set,
  };
}

function withDefault(help: string, preset: boolean | number | string | undefined): string {
  return preset === undefined ? help : `${help} (default: ${preset})`;
}
