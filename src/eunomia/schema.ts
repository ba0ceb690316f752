/**
 * The schema of the eunomia package.json, as ecc writes it and bpf-loader-lib 0.2.1 reads it. Texts
 * and lists are bounded here; opened-package.ts compares the names with the object. Unknown members
 * are ignored.
 */
import * as v from "valibot";
import { PackageError } from "./errors.ts";
import { UNSAFE_NAME, isUnsafeName } from "./unsafe-names.ts";

const MAX_NAME_LENGTH = 256;
const MAX_TEXT_LENGTH = 16 * 1024;
const MAX_LIST_LENGTH = 4096;
const MAX_PAGES = 4096;

const name = v.pipe(v.string(), v.maxLength(MAX_NAME_LENGTH));
const text = v.pipe(v.string(), v.maxLength(MAX_TEXT_LENGTH));
const whole = (largest: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(largest));
const u32 = whole(0xffff_ffff);
const list = <S extends v.GenericSchema>(item: S) => v.pipe(v.array(item), v.maxLength(MAX_LIST_LENGTH));
/** Accepts null for a list: the released ecc writes null if a program has no items of a kind. */
const listOrNull = <S extends v.GenericSchema>(item: S) =>
  v.pipe(
    v.nullable(list(item)),
    v.transform((items) => items ?? []),
  );
const scalar = v.union([v.boolean(), v.number(), text]);
/** ecc leaves members out; others write null. */
const maybe = <S extends v.GenericSchema>(schema: S) => v.nullish(schema);

/** Refuses arrays, which valibot accepts as objects if all members are optional. */
const object = <E extends v.ObjectEntries>(entries: E) =>
  v.pipe(
    v.unknown(),
    v.check((value) => !Array.isArray(value), "expected Object"),
    v.object(entries),
  );

/** Accepts also sections that the released ecli refuses, such as .data. */
const section = v.pipe(name, v.regex(/^\.(rodata|data|bss|kconfig)(\.\w+)*$/, "expected a data section's name"));

const variable = object({
  name,
  type: name,
  value: maybe(scalar),
  description: maybe(text),
  cmdarg: maybe(object({ default: maybe(scalar), long: maybe(name), short: maybe(name), help: maybe(text) })),
});

const sample = object({
  /** ms */
  interval: whole(86_400_000),
  type: v.optional(v.picklist(["log2_hist", "linear_hist", "default_kv"]), "default_kv"),
  unit: v.optional(name, "(unit)"),
  clear_map: v.optional(v.boolean(), false),
});

const member = object({ name, offset: u32, btf_type_id: u32 });

/** One of Rust's externally tagged enums: a string, or an object with one member. */
const exportConfig = v.union([
  v.literal("no_export"),
  v.literal("default"),
  v.strictObject({ btf_type_id: u32 }),
  v.strictObject({ custom_members: list(member) }),
]);

const stackFields = object({
  pid: maybe(name),
  cpu_id: maybe(name),
  comm: maybe(name),
  kstack_sz: maybe(name),
  ustack_sz: maybe(name),
  kstack: maybe(name),
  ustack: maybe(name),
});

const interpreter = v.union([
  v.literal("default_struct"),
  v.strictObject({
    stack_trace: object({ field_map: v.optional(stackFields, {}), with_symbols: v.optional(v.boolean(), true) }),
  }),
]);

const map = object({
  name,
  ident: name,
  mmaped: v.optional(v.boolean(), false),
  sample: maybe(sample),
  export_config: v.optional(exportConfig, "no_export"),
  /** The spelling of bpf-loader-lib. */
  intepreter: v.optional(interpreter, "default_struct"),
});

const program = object({
  name,
  attach: name,
  link: v.boolean(),
  // for xdp and tc only
  ifindex: v.optional(whole(0x7fff_ffff)),
  flags: v.optional(u32),
  tchook: v.optional(
    object({
      ifindex: v.optional(whole(0x7fff_ffff), 1),
      attach_point: v.optional(v.picklist(["BPF_TC_INGRESS", "BPF_TC_EGRESS", "BPF_TC_CUSTOM"]), "BPF_TC_INGRESS"),
    }),
  ),
  tcopts: v.optional(object({ handle: v.optional(u32, 1), priority: v.optional(u32, 1) })),
});

const exportType = object({
  name,
  members: list(object({ name, type: name })),
  size: u32,
  type_id: u32,
});

const meta = object({
  bpf_skel: object({
    obj_name: v.pipe(name, v.minLength(1)),
    data_sections: listOrNull(object({ name: section, variables: listOrNull(variable) })),
    maps: listOrNull(map),
    progs: v.nullish(list(program), []),
    doc: maybe(object({ version: maybe(text), brief: maybe(text), details: maybe(text), description: maybe(text) })),
  }),
  export_types: v.nullish(list(exportType), []),
  /** The pages of each CPU's buffer; perf_event_open(2) takes powers of two. */
  perf_buffer_pages: v.optional(
    v.pipe(
      whole(MAX_PAGES),
      v.check((pages) => pages > 0 && (pages & (pages - 1)) === 0, "expected a power of two"),
    ),
    64,
  ),
  poll_timeout_ms: v.optional(v.pipe(v.number(), v.integer()), 100),
  enable_multiple_export_types: v.optional(v.boolean(), false),
});

const packed = object({ bpf_object: v.string(), bpf_object_size: whole(Number.MAX_SAFE_INTEGER), meta });

export type Meta = v.InferOutput<typeof meta>;
export type Variable = v.InferOutput<typeof variable>;
export type MapMeta = v.InferOutput<typeof map>;
export type ProgramMeta = v.InferOutput<typeof program>;
export type Sample = v.InferOutput<typeof sample>;
export type StackFields = v.InferOutput<typeof stackFields>;

/** Returns the path of an issue, such as `meta.export_types[0].size`. */
function pathOf(issue: v.BaseIssue<unknown>): string {
  return (issue.path ?? []).reduce((path, { key }) => {
    if (typeof key === "number") return `${path}[${key}]`;
    const word = String(key).slice(0, MAX_NAME_LENGTH);
    return path ? `${path}.${word}` : word;
  }, "");
}

/** Returns the issue of the alternative of a union that matched the longest path. */
function innermost(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  if (issue.type !== "union" || !issue.issues) return issue;
  const deepest = [...issue.issues].sort((a, b) => (b.path?.length ?? 0) - (a.path?.length ?? 0))[0]!;
  return (deepest.path?.length ?? 0) > (issue.path?.length ?? 0) ? innermost(deepest) : issue;
}

/** @throws PackageError with the path of the first fault */
function checked<S extends v.GenericSchema>(schema: S, json: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, json, { abortEarly: true, abortPipeEarly: true });
  if (result.success) return result.output;
  const issue = innermost(result.issues[0]);
  const path = pathOf(issue);
  if (path && issue.received === "undefined") throw new PackageError(`${path} is missing`);
  const expected = issue.expected ? `expected ${issue.expected}` : issue.message;
  throw new PackageError(`${path ? `${path}: ` : ""}${expected}, not ${issue.received}`);
}

/** Members with free text, which messages escape. All others are names or numbers. */
const TEXTS: readonly string[] = ["description", "help", "default", "value", "brief", "details", "version"];

/** Refuses names that a terminal would display as different text. @throws PackageError */
function checkNames<T>(value: T, path: string): T {
  if (typeof value === "string" && isUnsafeName(value)) throw new PackageError(`${path}: ${UNSAFE_NAME}: ${value}`);
  if (typeof value !== "object" || value === null) return value;
  for (const [key, member] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key;
    if (!TEXTS.includes(key)) checkNames(member, at);
  }
  return value;
}

/** Checks a whole package.json. @throws PackageError */
export function checkPackage(json: unknown): v.InferOutput<typeof packed> {
  const root = checked(packed, json);
  checkNames(root.meta, "meta");
  return root;
}

/** Checks a description alone, as in ecc's skel.json. @throws PackageError */
export const checkMeta = (json: unknown): Meta => checkNames(checked(meta, json), "");
