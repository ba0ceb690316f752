import { describe, expect, test } from "bun:test";
import type { ExitContext } from "../../src/exit/exit.ts";
import { createFormat } from "../../src/output/formats.ts";
import { KillerReason } from "../../src/record/layout.ts";
import { exited, fakeExit, type Fields, killedBy, type Killer, line, formatOptions } from "../support/fake-exit.ts";
import { contextOf } from "../support/fake-records.ts";
import { hostileSample, lenientText, unsafe } from "../support/hostile-text.ts";

const json = createFormat("json", formatOptions({ columns: ["killed_by"] }));

/** Returns the line of a process that this killer's signal killed. */
function killed(killer: Killer, fields: Partial<Fields> = {}, context?: ExitContext): string {
  return line(json, fakeExit({ status: killedBy(9), killer, ...fields }, context));
}

const bash: Killer = { kind: "process", pid: 4242, uid: 1000, code: 0, comm: "bash", reason: "signal" };

describe("killed_by in JSON:", () => {
  test("a process: kind, pid, comm, uid, si_code and reason", () => {
    expect(killed(bash)).toBe(
      '{"event":"exit","killed_by":{"kind":"process","pid":4242,"comm":"bash","uid":1000,"si_code":0,"cgroup":null,"reason":"signal"}}',
    );
  });

  test("a process that kills itself: like any other process", () => {
    expect(killed({ ...bash, pid: 17, code: -6, reason: "abort" }, { pid: 17, status: killedBy(6, true) })).toBe(
      '{"event":"exit","killed_by":{"kind":"process","pid":17,"comm":"bash","uid":1000,"si_code":-6,"cgroup":null,"reason":"abort"}}',
    );
  });

  test("the kernel: pid, comm and uid are null, even if the record contains values", () => {
    expect(killed({ ...bash, kind: "kernel", code: 1, reason: "fault" }, { status: killedBy(11, true) })).toBe(
      '{"event":"exit","killed_by":{"kind":"kernel","pid":null,"comm":null,"uid":null,"si_code":1,"cgroup":null,"reason":"fault"}}',
    );
  });

  test("the OOM killer: the cgroup whose limit was reached", () => {
    const context = contextOf({ 77: "/docker/web" });
    expect(killed({ ...bash, kind: "oom", code: 128, reason: "oomCgroup" }, { oomCgroup: 77n }, context)).toBe(
      '{"event":"exit","killed_by":{"kind":"oom","pid":null,"comm":null,"uid":null,"si_code":128,"cgroup":"/docker/web","reason":"oom_cgroup"}}',
    );
  });

  test("the OOM killer on a machine out of memory, or after a lost path: cgroup is null", () => {
    for (const oomCgroup of [0n, 78n]) {
      const text = killed(
        { kind: "oom", code: 128, reason: "oomMachine" },
        { oomCgroup },
        contextOf({ 77: "/docker/web" }),
      );
      expect(text).toEndWith(',"si_code":128,"cgroup":null,"reason":"oom_machine"}}');
    }
  });
});

describe("killed_by in JSON: null", () => {
  test("for a process that exited, even if a signal was pending", () => {
    for (const code of [0, 1, 137]) {
      expect(killed(bash, { status: exited(code) })).toBe('{"event":"exit","killed_by":null}');
    }
  });

  test("for a signal whose sender is not recorded", () => {
    expect(line(json, { status: killedBy(9) })).toBe('{"event":"exit","killed_by":null}');
  });
});

test.each([
  [0, "kill(2)"],
  [-1, "sigqueue(3)"],
  [-6, "tgkill(2)"],
  [-2, "a timer"],
  [1, "a fault"],
  [128, "the kernel"],
  [2_147_483_647, "the maximum"],
  [-2_147_483_648, "the minimum"],
])("killed_by.si_code %d (%s): written with its sign", (code) => {
  for (const kind of ["process", "kernel", "oom"] as const) {
    expect(killed({ ...bash, kind, code })).toMatch(new RegExp(`,"si_code":${code}[,}]`));
  }
});

test("killed_by.reason: the last key, with a word of a closed list", () => {
  const words = Object.keys(KillerReason).map((reason) => {
    const text = killed({ kind: "kernel", reason: reason as keyof typeof KillerReason });
    const [, word] = /,"reason":"([a-z_]+)"}}$/.exec(text) ?? [];
    return word;
  });
  expect(words).toEqual(
    (
      "unknown signal fault abort seccomp syscall_user_dispatch broken_pipe terminal hangup cpu_limit file_size_limit timer " +
      "async_io message_queue parent_death pid_namespace_end reboot cgroup_kill oom_cgroup oom_machine exec_in_thread oom_userspace"
    ).split(" "),
  );
});

test("killed_by.si_code of a process that seccomp's strict mode kills without a signal: null", () => {
  const strict: Killer = { kind: "kernel", code: 1, reason: "seccomp" };
  expect(killed(strict)).toContain(',"si_code":null,');
  expect(killed(strict, { status: killedBy(31) })).toContain(',"si_code":1,');
});

test("killed_by.pid and killed_by.uid: exact over their range", () => {
  expect(killed({ ...bash, pid: 4_194_304, uid: 0xffff_ffff })).toContain('"pid":4194304,');
  expect(killed({ ...bash, uid: 0xffff_ffff })).toContain('"uid":4294967295,');
  expect(killed({ ...bash, uid: 0 })).toContain('"uid":0,');
});

test("killed_by.comm of a hostile name: read back as a UTF-8 decoder reads it, and escaped for terminals", () => {
  for (const comm of hostileSample()) {
    // no name contains a NUL
    if (comm.includes(0)) continue;
    const text = killed({ ...bash, comm });
    const { killed_by } = JSON.parse(text);
    expect(killed_by).toEqual({ ...bash, comm: lenientText(comm), code: undefined, si_code: 0, cgroup: null });
    expect(text).not.toMatch(unsafe);
  }
});

test("killed_by.cgroup of a hostile path: read back exactly, and escaped for terminals", () => {
  const context = contextOf({ 77: '/a"\n\x1b]0;x\x07\u202e/b' });
  const text = killed({ kind: "oom" }, { oomCgroup: 77n }, context);
  expect(JSON.parse(text).killed_by.cgroup).toBe('/a"\n\x1b]0;x\x07\u202e/b');
  expect(text).not.toMatch(unsafe);
});
