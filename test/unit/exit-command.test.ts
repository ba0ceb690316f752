import { describe, expect, test } from "bun:test";
import { exited, fakeExit, type Fields, killedBy, type Killer, leafFirst } from "../support/fake-exit.ts";
import { argsRecord, knowledgeOf } from "../support/fake-records.ts";
import { Exit } from "../../src/exit/exit.ts";
import type { ByteSlice } from "../../src/exit/byte-slice.ts";
import { ExitFlag, Offset } from "../../src/record/layout.ts";

const textOf = ({ bytes, start, end }: ByteSlice) => Buffer.from(bytes.subarray(start, end)).toString();

describe("arguments", () => {
  test("are a piece of the record, not a copy", () => {
    const exit = fakeExit({ args: ["ls", "-l"] });
    expect(textOf(exit.args)).toBe("ls\0-l\0");
    expect(exit.args.bytes).toBe(exit.record.bytes);
  });

  test("that came before are taken once, however often they are asked for", () => {
    const knowledge = knowledgeOf();
    knowledge.longArguments.add(argsRecord(17, 0, "sh\0x\0"));
    const exit = fakeExit({ pid: 17, cameBefore: true }, knowledge);
    for (let i = 0; i < 3; i++) expect(textOf(exit.args)).toBe("sh\0x\0");
    expect(knowledge.longArguments.take(17)).toBeUndefined();
  });

  test("that came before are those of the thread that died last", () => {
    const knowledge = knowledgeOf();
    knowledge.longArguments.add(argsRecord(17, 0, "of the leader\0"));
    knowledge.longArguments.add(argsRecord(19, 0, "of the last\0"));
    expect(textOf(fakeExit({ pid: 17, tid: 19, cameBefore: true }, knowledge).args)).toBe("of the last\0");
  });

  test("that should have come before and did not are none", () => {
    expect(textOf(fakeExit({ cameBefore: true }, knowledgeOf()).args)).toBe("");
  });
});

describe("the executable", () => {
  test("is a path, from names that begin with the leaf", () => {
    expect(textOf(fakeExit({ exe: "/usr/bin/ls", args: [] }).exe)).toBe("/usr/bin/ls");
    expect(textOf(fakeExit({ exe: "/usr/bin/ls", isDeleted: true }).exe)).toBe("/usr/bin/ls (deleted)");
  });

  test("leaves nothing of a longer one before it", () => {
    const { record, context } = fakeExit({ exe: `/${"long".repeat(60)}`, args: [], isDeleted: true });
    const exit = new Exit(record, context);
    exit.update(0, 0);
    expect(textOf(exit.exe)).toEndWith("long (deleted)");
    const names = leafFirst("/bin/sh");
    record.bytes.set(names, record.start + Offset.text);
    record.view.setUint16(record.start + Offset.exeBytes, names.length, true);
    record.view.setUint16(record.start + Offset.flags, ExitFlag.ofProcess | ExitFlag.exeKnown, true);
    exit.update(0, 0);
    expect(textOf(exit.exe)).toBe("/bin/sh");
  });
});

describe("the next record leaves nothing of the one before:", () => {
  test("neither its arguments nor its place", () => {
    const knowledge = knowledgeOf({ 5: "/a", 6: "/b" });
    const exit = fakeExit({ args: ["one"], cgroupV2: 5n }, knowledge);
    expect([textOf(exit.args), Buffer.from(exit.cgroup!.path).toString()]).toEqual(["one\0", "/a"]);
    const { bytes, view, start } = exit.record;
    bytes.set(Buffer.from("two\0"), start + Offset.text);
    view.setBigUint64(start + Offset.cgroupV2, 6n, true);
    exit.update(0, 0);
    expect([textOf(exit.args), Buffer.from(exit.cgroup!.path).toString()]).toEqual(["two\0", "/b"]);
    view.setBigUint64(start + Offset.cgroupV2, 0n, true);
    exit.update(0, 0);
    expect(exit.cgroup).toBeNull();
  });
});

test("a u64 of the record is exact", () => {
  const exit = fakeExit({ resources: { maxRssBytes: 2n ** 64n - 1n, readBytes: 2n ** 53n + 1n } });
  expect(exit.number(Offset.maxRssBytes)).toMatchObject({ seconds: 18_446_744_073, nanoseconds: 709_551_615 });
  expect(exit.number(Offset.readBytes)).toMatchObject({ seconds: 9_007_199, nanoseconds: 254_740_993 });
});

test("who killed it is known only of what was killed, and only where the kernel told", () => {
  const killer: Killer = { kind: "process" };
  const cases: [Partial<Fields>, isKilled: boolean, hasKiller: boolean][] = [
    [{ status: exited(0) }, false, false],
    [{ status: exited(9), killer }, false, false],
    [{ status: killedBy(9) }, true, false],
    [{ status: killedBy(9), killer }, true, true],
    [{ status: killedBy(11, true), killer: { kind: "kernel" } }, true, true],
    [{ status: killedBy(9), killer: { kind: "oom" } }, true, true],
  ];
  for (const [fields, isKilled, hasKiller] of cases) expect(fakeExit(fields)).toMatchObject({ isKilled, hasKiller });
});

test("the whole machine's OOM has no cgroup, another's is known where it was told", () => {
  const knowledge = knowledgeOf({ 5: "/a" });
  const oom = (oomCgroup: bigint) => {
    const { isMachineOom, oomCgroup: cgroup } = fakeExit({ killer: { kind: "oom" }, oomCgroup }, knowledge);
    return [isMachineOom, cgroup && Buffer.from(cgroup.path).toString()];
  };
  expect(oom(0n)).toEqual([true, null]);
  expect(oom(5n)).toEqual([false, "/a"]);
  expect(oom(6n)).toEqual([false, null]);
  expect(oom(5n << 32n)).toEqual([false, null]);
});

test("a thread's end is not its process's", () => {
  expect(fakeExit({ isProcess: true }).isProcess).toBeTrue();
  expect(fakeExit({ isProcess: false }).isProcess).toBeFalse();
});
