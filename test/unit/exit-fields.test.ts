import { describe, expect, test } from "bun:test";
import { exited, fakeExit, type Fields, killedBy, type Killer, leafFirst } from "../support/fake-exit.ts";
import { argsRecord, contextOf } from "../support/fake-records.ts";
import { Exit } from "../../src/exit/exit.ts";
import type { ByteSlice } from "../../src/exit/byte-slice.ts";
import { ExitFlag, Offset } from "../../src/record/layout.ts";

const textOf = ({ bytes, start, end }: ByteSlice) => Buffer.from(bytes.subarray(start, end)).toString();

describe("Exit.args:", () => {
  test("a slice of the record, not a copy", () => {
    const exit = fakeExit({ args: ["ls", "-l"] });
    expect(textOf(exit.args)).toBe("ls\0-l\0");
    expect(exit.args.bytes).toBe(exit.record.bytes);
  });

  test("arguments from earlier chunks: taken once, even if they are read often", () => {
    const context = contextOf();
    context.longArguments.add(argsRecord(17, 0, "sh\0x\0"));
    const exit = fakeExit({ pid: 17, argsInChunks: true }, context);
    for (let i = 0; i < 3; i++) expect(textOf(exit.args)).toBe("sh\0x\0");
    expect(context.longArguments.take(17)).toBeUndefined();
  });

  test("arguments from earlier chunks: those of the thread that exited last", () => {
    const context = contextOf();
    context.longArguments.add(argsRecord(17, 0, "of the leader\0"));
    context.longArguments.add(argsRecord(19, 0, "of the last\0"));
    expect(textOf(fakeExit({ pid: 17, tid: 19, argsInChunks: true }, context).args)).toBe("of the last\0");
  });

  test("arguments whose chunks were lost: empty", () => {
    expect(textOf(fakeExit({ argsInChunks: true }, contextOf()).args)).toBe("");
  });
});

describe("Exit.exe:", () => {
  test("a path that is joined from names, leaf first", () => {
    expect(textOf(fakeExit({ exe: "/usr/bin/ls", args: [] }).exe)).toBe("/usr/bin/ls");
    expect(textOf(fakeExit({ exe: "/usr/bin/ls", isDeleted: true }).exe)).toBe("/usr/bin/ls (deleted)");
  });

  test("a path after a longer one: contains nothing of the longer one", () => {
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

describe("Exit.update():", () => {
  test("replaces arguments and cgroup of the previous record", () => {
    const context = contextOf({ 5: "/a", 6: "/b" });
    const exit = fakeExit({ args: ["one"], cgroupV2: 5n }, context);
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

test("Exit.number(): exact over the range of a u64", () => {
  const exit = fakeExit({ resources: { maxRssBytes: 2n ** 64n - 1n, readBytes: 2n ** 53n + 1n } });
  expect(exit.number(Offset.maxRssBytes)).toMatchObject({ seconds: 18_446_744_073, nanoseconds: 709_551_615 });
  expect(exit.number(Offset.readBytes)).toMatchObject({ seconds: 9_007_199, nanoseconds: 254_740_993 });
});

test("Exit.hasKiller: true only for a process that a signal killed and whose sender is recorded", () => {
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

test("Exit.oomCgroup: null if the whole machine was out of memory or the cgroup's path is unknown", () => {
  const context = contextOf({ 5: "/a" });
  const oom = (oomCgroup: bigint) => {
    const { isMachineOom, oomCgroup: cgroup } = fakeExit({ killer: { kind: "oom" }, oomCgroup }, context);
    return [isMachineOom, cgroup && Buffer.from(cgroup.path).toString()];
  };
  expect(oom(0n)).toEqual([true, null]);
  expect(oom(5n)).toEqual([false, "/a"]);
  expect(oom(6n)).toEqual([false, null]);
  expect(oom(5n << 32n)).toEqual([false, null]);
});

test("Exit.isProcess: false for a thread that is not the last of its process", () => {
  expect(fakeExit({ isProcess: true }).isProcess).toBeTrue();
  expect(fakeExit({ isProcess: false }).isProcess).toBeFalse();
});
