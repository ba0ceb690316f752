import { describe, expect, test } from "bun:test";
import { jsonSchema } from "../../src/cli/schema.ts";
import type { ExitContext } from "../../src/exit/exit.ts";
import { OomFlag } from "../../src/record/layout.ts";
import { exited, fakeExit, type Fields, killedBy, line, written } from "../support/fake-exit.ts";
import { formatOf } from "../support/fake-host.ts";
import { contextOf, oomKill, oomRecord, type OomKillFields } from "../support/fake-records.ts";
import { lineValidator } from "../support/json-schema.ts";

const victim: Partial<Fields> = { status: killedBy(9), killer: { kind: "oom", reason: "oomCgroup" }, oomCgroup: 77n };
const violations = lineValidator(jsonSchema());

function contextWith(...kills: Partial<OomKillFields>[]): ExitContext {
  const context = contextOf({ 77: "/docker/web" });
  for (const kill of kills) context.oomKills.add(oomRecord(kill));
  return context;
}

/** Returns `oom` of an exit's JSON line, after a check of the schema. */
function oomOf(fields: Partial<Fields>, context: ExitContext): unknown {
  const text = line(formatOf("-j -C oom"), fakeExit(fields, context));
  expect(violations(text)).toEqual([]);
  return (JSON.parse(text) as { oom: unknown }).oom;
}

const known = {
  cgroup: "/docker/web",
  limit_bytes: 16 << 20,
  usage_bytes: (16 << 20) - 4096,
  trigger: { pid: 4242, comm: "hog" },
  anon_bytes: 15 << 20,
  file_bytes: 573_440,
  shmem_bytes: 0,
  swap_bytes: 4096,
  oom_score_adj: -17,
};

describe("oom in JSON:", () => {
  test("an OOM kill: all values, in their order, with an exact incident", () => {
    expect(line(formatOf("-j -C oom"), fakeExit(victim, contextWith({})))).toBe(
      '{"event":"exit","oom":{"cgroup":"/docker/web","limit_bytes":16777216,"usage_bytes":16773120,' +
        '"trigger":{"pid":4242,"comm":"hog"},"anon_bytes":15728640,"file_bytes":573440,"shmem_bytes":0,' +
        '"swap_bytes":4096,"oom_score_adj":-17,"incident":"4242-9007199254740993"}}',
    );
    expect(oomOf(victim, contextWith({}))).toMatchObject(known);
  });

  test("a machine out of memory: no cgroup, limit and usage", () => {
    expect(oomOf({ ...victim, oomCgroup: 0n }, contextWith({ flags: OomFlag.hasMemory }))).toMatchObject({
      ...known,
      ...{ cgroup: null, limit_bytes: null, usage_bytes: null },
    });
  });

  test("unknown memory: null, not 0", () => {
    const memory = { anon_bytes: null, file_bytes: null, shmem_bytes: null, swap_bytes: null };
    expect(oomOf(victim, contextWith({ flags: OomFlag.hasLimit }))).toMatchObject({ ...known, ...memory });
  });

  test("a lost path: only cgroup is null", () => {
    expect(oomOf({ ...victim, oomCgroup: 78n }, contextWith({}))).toMatchObject({ ...known, cgroup: null });
  });

  test("sizes past 2^53: exact", () => {
    const text = line(formatOf("-j -C oom"), fakeExit(victim, contextWith({ limitBytes: 2n ** 63n - 4096n })));
    expect(text).toContain('"limit_bytes":9223372036854771712,');
  });

  test("a name of the trigger with control characters: escaped", () => {
    const text = line(formatOf("-j -C oom"), fakeExit(victim, contextWith({ triggerComm: '\x1b"\n' })));
    expect(text).toContain(String.raw`"comm":"\u001b\"\n"}`);
  });
});

describe("oom: null", () => {
  test("without a record, after another death, and for another process with the same pid", () => {
    expect(oomOf(victim, contextWith())).toBeNull();
    expect(oomOf({ ...victim, status: exited(0) }, contextWith({}))).toBeNull();
    expect(oomOf({ ...victim, killer: { kind: "process" } }, contextWith({}))).toBeNull();
    expect(oomOf(victim, contextWith({ startTimeNs: oomKill.startTimeNs + 1n }))).toBeNull();
    expect(oomOf(victim, contextWith({ startTimeNs: oomKill.startTimeNs + (1n << 32n) }))).toBeNull();
  });

  test("for the oldest kill, if 4096 more came before the exit", () => {
    const others = Array.from({ length: 4096 }, (_, i) => ({ pid: 50_000 + i }));
    expect(oomOf(victim, contextWith({}, ...others.slice(1)))).toMatchObject(known);
    expect(oomOf(victim, contextWith({}, ...others))).toBeNull();
  });
});

test("oom: a second kill of the same pid replaces the first", () => {
  const context = contextWith({ startTimeNs: 5n }, { anonBytes: 1n });
  expect(oomOf(victim, context)).toMatchObject({ anon_bytes: 1 });
  expect(oomOf({ ...victim, startTimeNs: 5n }, context)).toBeNull();
});

test("oom with --threads: every thread of the victim has it", () => {
  const context = contextWith({});
  for (const isProcess of [false, true]) expect(oomOf({ ...victim, isProcess }, context)).toMatchObject(known);
});

test("oom in CSV: a field for each value", () => {
  const csv = (fields: Partial<Fields>, context: ExitContext) =>
    line(formatOf("-f csv -C oom"), fakeExit(fields, context));
  expect(csv(victim, contextWith({ triggerComm: "=a,b" }))).toBe(
    `/docker/web,16777216,16773120,4242,"'=a,b",15728640,573440,0,4096,-17,4242-9007199254740993`,
  );
  expect(csv(victim, contextWith())).toBe(",".repeat(10));
});

test("oom in the table: values with their names", () => {
  const table = (kill: Partial<OomKillFields>) => line(formatOf("-C oom"), fakeExit(victim, contextWith(kill)));
  expect(table({ triggerComm: "a\x1b[2Jb" })).toBe(
    "memory limit 16M, memory used 16M, requested by $'a\\x1b[2Jb'[4242], anonymous 15M, file 560K, shared 0, swap 4.0K, " +
      "oom_score_adj -17, incident 4242-9007199254740993",
  );
  expect(table({ flags: 0 })).toStartWith("requested by hog[4242], oom_score_adj -17, ");
});

test("oom in a block: a line of its own, without values of 0", () => {
  const block = (context: ExitContext) =>
    written((out) => formatOf("-f wide").exit(out, fakeExit(victim, context))).replace(/ +\n/g, "\n");
  expect(block(contextWith({ oomScoreAdj: 0 }))).toContain(
    "\n    memory limit 16M   memory used 16M   requested by hog[4242]   anonymous 15M   file 560K   swap 4.0K   " +
      "incident 4242-9007199254740993\n    parent ",
  );
  expect(block(contextWith())).not.toContain("incident");
});
