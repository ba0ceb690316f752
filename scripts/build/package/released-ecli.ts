/** Where ecc's own description of a variable would break the released ecli (bpf-loader-lib 0.2.1), ours says it so that it does not. */
import { Kind, type Type } from "./btf.ts";
import type { Described } from "./comments.ts";
import { isModifier, typeName } from "./type-name.ts";

/** Integers by the names that it reads values for; of those that it does not know, the one of the same size. */
const known: Record<string, string> = {
  _Bool: "bool",
  int: "int",
  short: "short",
  long: "long",
  "long long": "long long",
  "unsigned int": "unsigned int",
  "unsigned short": "unsigned short",
  "unsigned long": "unsigned long long",
  "unsigned long long": "unsigned long long",
};

/** What a typedef stands for in the end. */
function resolve(types: Type[], id: number): Type {
  const type = types[id]!;
  return type.kind === Kind.typedef || isModifier(type) ? resolve(types, type.type) : type;
}

/** `u64` and its like are names that it knows nothing of, but for `bool` and `pid_t`. */
export function ecliType(types: Type[], id: number): string {
  const name = typeName(types, id);
  const real = resolve(types, id);
  return real.kind === Kind.int && name !== "pid_t" ? (known[real.name] ?? name) : name;
}

/**
 * It overwrites a bool that has no default with false, whatever the object says.
 * @param initial the variable's bytes in the object; none: it begins with zeros.
 */
export function ecliDefault(types: Type[], id: number, said: Described, initial: Uint8Array | undefined): Described {
  const cmdarg = (said["cmdarg"] ?? {}) as Described;
  if (ecliType(types, id) !== "bool" || "default" in cmdarg || "value" in said) return {};
  return { cmdarg: { ...cmdarg, default: Boolean(initial?.[0]) } };
}
