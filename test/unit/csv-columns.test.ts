import { describe, expect, test } from "bun:test";
import { createFormat } from "../../src/output/formats.ts";
import type { ColumnKey } from "../../src/output/index.ts";
import { parseCsv } from "../support/csv-parser.ts";
import {
  exited,
  fakeExit,
  type Fields,
  header,
  killedBy,
  type Killer,
  line,
  formatOptions,
} from "../support/fake-exit.ts";
import { contextOf } from "../support/fake-records.ts";
import { hostileSample, plainOracle, unsafe } from "../support/hostile-text.ts";

const csvOf = (...columns: ColumnKey[]) => createFormat("csv", formatOptions({ columns }));

/** Returns the fields of an exit's line by their keys. */
function fieldsOf(columns: ColumnKey[], fields: Partial<Fields> = {}, context = contextOf()) {
  const csv = csvOf(...columns);
  const [keys, values, ...others] = parseCsv(`${header(csv)}${line(csv, fakeExit(fields, context))}\n`);
  expect(others).toEqual([]);
  expect(values).toHaveLength(keys!.length);
  return Object.fromEntries(keys!.map((key, i) => [key, values![i]!]));
}

const ID = "0123456789abcdef".repeat(4);
const bash: Killer = { kind: "process", pid: 4242, uid: 1000, code: 0, comm: "bash", reason: "signal" };
const keys = ["kind", "pid", "comm", "uid", "si_code", "cgroup", "reason"].map((part) => `killed_by_${part}`);
const parts = (...values: string[]) => Object.fromEntries(keys.map((key, i) => [key, values[i]!]));

describe("killed_by in CSV:", () => {
  const killed = (killer: Killer, fields: Partial<Fields> = {}, context = contextOf()) =>
    fieldsOf(["killed_by"], { status: killedBy(9), killer, ...fields }, context);

  test("a process: a field for each part", () => {
    expect(line(csvOf("killed_by"), { status: killedBy(9), killer: bash })).toBe("process,4242,bash,1000,0,,signal");
    expect(killed(bash)).toEqual(parts("process", "4242", "bash", "1000", "0", "", "signal"));
  });

  test("a negative si_code: a number without an apostrophe", () => {
    expect(killed({ ...bash, code: -6 })).toEqual(parts("process", "4242", "bash", "1000", "-6", "", "signal"));
  });

  test("the kernel and the OOM killer: no pid, name or uid", () => {
    expect(killed({ ...bash, kind: "kernel", reason: "cpuLimit" })).toEqual(
      parts("kernel", "", "", "", "0", "", "cpu_limit"),
    );
    expect(killed({ ...bash, kind: "oom", code: 128, reason: "oomMachine" })).toEqual(
      parts("oom", "", "", "", "128", "", "oom_machine"),
    );
  });

  test("a process that seccomp's strict mode kills without a signal: no si_code", () => {
    const strict: Killer = { kind: "kernel", code: 1, reason: "seccomp" };
    expect(killed(strict)).toEqual(parts("kernel", "", "", "", "", "", "seccomp"));
    expect(killed(strict, { status: killedBy(31) })).toEqual(parts("kernel", "", "", "", "1", "", "seccomp"));
  });

  test("the OOM killer: the cgroup whose limit was reached, if its path is known", () => {
    const context = contextOf({ 77: '/docker/=a,"b"\x1b' });
    const of = (oomCgroup: bigint) => killed({ kind: "oom", code: 128, reason: "oomCgroup" }, { oomCgroup }, context);
    expect(of(77n)).toEqual(parts("oom", "", "", "", "128", "$'/docker/=a,\"b\"\\x1b'", "oom_cgroup"));
    for (const lost of [0n, 78n]) expect(of(lost)).toEqual(parts("oom", "", "", "", "128", "", "oom_cgroup"));
    // other killers have no cgroup, even if the record contains an id
    expect(killed(bash, { oomCgroup: 77n }, context).killed_by_cgroup).toBe("");
    expect(killed(bash, { oomCgroup: 77n, status: exited(9) }, context).killed_by_cgroup).toBe("");
  });

  test("an exit without a signal, or a signal without a known sender: empty fields", () => {
    expect(killed(bash, { status: exited(9) })).toEqual(parts("", "", "", "", "", "", ""));
    expect(fieldsOf(["killed_by"], { status: killedBy(9) })).toEqual(parts("", "", "", "", "", "", ""));
  });

  test("names that look like a formula, or hostile ones: an apostrophe or escapes", () => {
    expect(killed({ ...bash, comm: "=1+1" }).killed_by_comm).toBe("'=1+1");
    expect(killed({ ...bash, comm: '-a,"b"\n' }).killed_by_comm).toBe(`'$'-a,"b"\\n'`);
    for (const comm of hostileSample()) {
      if (comm.includes(0)) continue;
      const formula = "=+-@\t\r".includes(String.fromCharCode(comm[0] ?? 0)) ? "'" : "";
      expect(killed({ ...bash, comm }).killed_by_comm).toBe(formula + plainOracle(comm));
    }
  });
});

test("resources in CSV: whole numbers, or empty fields if unknown", () => {
  const columns: ColumnKey[] = ["max_rss_bytes", "read_bytes", "threads"];
  const resources = { maxRssBytes: 2n ** 64n - 1n, readBytes: 4096n };
  expect(line(csvOf(...columns), { resources, threads: 3 })).toBe("18446744073709551615,4096,3");
  expect(line(csvOf(...columns), { resources, hasIo: false })).toBe("18446744073709551615,,1");
  expect(line(csvOf(...columns), { resources, isUsageIncomplete: true })).toBe("18446744073709551615,,1");
  expect(line(csvOf(...columns), { resources, isProcess: false })).toBe(",,");
});

test("unknown arguments, executable and cgroup in CSV: empty fields", () => {
  const unknown: Partial<Fields> = { args: null, exe: null };
  expect(line(csvOf("args", "args_truncated", "exe", "cgroup", "container_id", "pod_uid"), unknown)).toBe(",true,,,,");
});

test("cgroup and executable in CSV: plain text, quoted if it contains a comma or a quote", () => {
  const docker = `/a,"b"\n/docker-${ID}.scope`;
  const fields = fieldsOf(
    ["cgroup", "container_id", "exe"],
    { cgroupV2: 5n, exe: "/a,\x1b/ü", isDeleted: true },
    contextOf({ 5: docker }),
  );
  expect(fields).toEqual({
    cgroup: `$'/a,"b"\\n/docker-${ID}.scope'`,
    container_id: ID,
    exe: "$'/a,\\x1b/ü (deleted)'",
  });
});

test("uid in CSV: a number, even if the user's name is known", () => {
  expect(fieldsOf(["uid"], { uid: 0 }, contextOf({}, { 0: "root" }))).toEqual({ uid: "0" });
});

test("hostile texts in CSV: escaped in every field", () => {
  const hostile = "\x1b]0;x\x07\u202e";
  const text = line(csvOf("args", "exe", "killed_by"), {
    args: [hostile],
    exe: `/${hostile}`,
    status: killedBy(9),
    killer: { ...bash, comm: hostile },
  });
  expect(text).not.toMatch(unsafe);
});
