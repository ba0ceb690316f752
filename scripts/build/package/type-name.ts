/** Types as C writes them where a name is missing: `char[16]`, `struct event *`, `int (*)(int)`. */
import { Kind, type Type } from "./btf.ts";

const prefixes: Record<number, string> = {
  [Kind.struct]: "struct",
  [Kind.union]: "union",
  [Kind.enum]: "enum",
  [Kind.enum64]: "enum",
};

export function isModifier({ kind }: Type): boolean {
  return kind === Kind.const || kind === Kind.volatile || kind === Kind.restrict || kind === Kind.typeTag;
}

/** Without const, volatile and restrict, as ecc writes them; what has no name is told by its kind alone. */
export function typeName(types: Type[], id: number): string {
  return declare(types, id, "");
}

/** C declares from the inside out: what surrounds `inner` grows on the way to the type that everything is made of. */
function declare(types: Type[], id: number, inner: string): string {
  const type = types[id]!;
  if (isModifier(type)) return declare(types, type.type, inner);
  switch (type.kind) {
    case Kind.ptr:
      return declare(types, type.type, `*${inner}`);
    case Kind.array:
      return declare(types, type.type, `${grouped(inner)}[${type.count}]`);
    case Kind.funcProto:
      return declare(types, type.type, ` (${inner})(${parameters(types, type)})`);
    default: {
      const prefix = type.kind === Kind.fwd ? (type.isUnion ? "union" : "struct") : prefixes[type.kind];
      const name = prefix ? `${prefix} ${type.name}`.trimEnd() : type.name;
      // as libbpf has it: `char *`, `int[4]`, `int(*)[4]`, `int (*)(int)`
      return /^[*\w]/.test(inner) ? `${name} ${inner}` : `${name}${inner}`;
    }
  }
}

/** `*` binds less than `[]` does. */
function grouped(inner: string): string {
  return inner.startsWith("*") ? `(${inner})` : inner;
}

function parameters(types: Type[], { parts }: Type): string {
  // clang writes (void) as one parameter of the type void
  if (parts.length === 1 && parts[0]!.type === 0) return "";
  return parts
    .map(({ name, type }, index) => (type === 0 && index === parts.length - 1 ? "..." : declare(types, type, name)))
    .join(", ");
}
