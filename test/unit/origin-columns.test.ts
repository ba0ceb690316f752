import { describe, expect, test } from "bun:test";
import { fakeExit, header, line, written } from "../support/fake-exit.ts";
import { formatOf } from "../support/fake-host.ts";
import type { FakeOrigin } from "../support/fake-origin.ts";
import { contextOf } from "../support/fake-records.ts";
import { hostileSample, lenientText, unsafe } from "../support/hostile-text.ts";

const systemd = { pid: 1, comm: "systemd", start: 12_345_678n };
const cron = { pid: 812, comm: "cron", start: 2n ** 63n };
const script = { pid: 9000, comm: "cleanup.sh", start: 9_007_199_254_740_993n };

const known: FakeOrigin = {
  ancestors: [script, cron, systemd],
  startedBy: { pid: 8999, comm: "a b", start: 77n },
  loginUid: 1000,
  sessionId: 3,
  sid: 812,
  pgid: 9000,
  cwd: "/srv/a b",
  hostname: "web-1",
  tty: "pts12",
};

const json = formatOf("-j -C origin");
const parsed = (origin: FakeOrigin | undefined, context = contextOf()) =>
  JSON.parse(line(json, fakeExit({ origin, cgroupV2: 7n }, context)));

describe("origin in JSON:", () => {
  test("every key, with exact start times in the ids", () => {
    expect(parsed(known, contextOf({ 7: "/system.slice/cron.service" }))).toEqual({
      event: "exit",
      ancestors: [
        { pid: 9000, comm: "cleanup.sh", id: "9000-9007199254740993" },
        { pid: 812, comm: "cron", id: "812-9223372036854775808" },
        { pid: 1, comm: "systemd", id: "1-12345678" },
      ],
      started_by: { pid: 8999, comm: "a b", id: "8999-77" },
      unit: "cron.service",
      user_unit: null,
      slice: "system.slice",
      hostname: "web-1",
      container_name: null,
      pod_name: null,
      pod_namespace: null,
      tty: "pts/12",
      login_uid: 1000,
      session_id: 3,
      sid: 812,
      pgid: 9000,
      cwd: "/srv/a b",
    });
  });

  test("a user's unit, and the bytes of an escaped name", () => {
    const path = "/user.slice/user-1000.slice/user@1000.service/app.slice/app-\\xc3\\xa4.service";
    expect(parsed(known, contextOf({ 7: path }))).toMatchObject({
      unit: "user@1000.service",
      user_unit: "app-ä.service",
      slice: "user-1000.slice",
    });
  });

  test("unknown values are null; init has no ancestors", () => {
    const nothing = { started_by: null, unit: null, user_unit: null, slice: null, hostname: null, tty: null };
    const noNames = { container_name: null, pod_name: null, pod_namespace: null };
    const noIds = { login_uid: null, session_id: null, sid: null, pgid: null, cwd: null };
    expect(parsed({})).toEqual({ event: "exit", ancestors: [], ...nothing, ...noNames, ...noIds });
    expect(parsed(undefined)).toEqual({ event: "exit", ancestors: null, ...nothing, ...noNames, ...noIds });
  });

  test("login uid 0 and the largest ids are values", () => {
    expect(parsed({ loginUid: 0, sessionId: 0xffff_fffe })).toMatchObject({ login_uid: 0, session_id: 4_294_967_294 });
  });

  test("ancestors of siblings, and of others with the same parent or the same pids: their own", () => {
    const renamed = { ...cron, comm: "crond" };
    const reused = { ...script, start: script.start + 1n };
    const others = [8, 16, 24].map((pid) => ({ ...script, pid: script.pid + pid }));
    const chains = [
      [script, cron, systemd],
      [script, renamed, systemd],
      [script, cron],
      [reused, cron, systemd],
      [script],
      [],
      ...others.map((parent) => [parent, cron, systemd]),
      Array.from({ length: 16 }, (_, i) => ({ pid: script.pid, comm: "\x01".repeat(15), start: BigInt(i) })),
    ];
    // each after each, and twice
    for (const chain of chains.flatMap((first) => chains.flatMap((second) => [first, second, second]))) {
      const expected = chain.map(({ pid, comm, start }) => ({ pid, comm, id: `${pid}-${start}` }));
      expect(parsed({ ancestors: chain }).ancestors).toEqual(expected);
    }
  });

  test("16 ancestors", () => {
    const ancestors = Array.from({ length: 16 }, (_, i) => ({ pid: 100 - i, comm: `p${i}`, start: BigInt(i) }));
    const shown = ancestors.map(({ pid, comm, start }) => ({ pid, comm, id: `${pid}-${start}` }));
    expect(parsed({ ...known, ancestors })).toMatchObject({ ancestors: shown, tty: "pts/12", cwd: "/srv/a b" });
  });

  test.each([
    ["/", false, "/"],
    ["/srv", true, "/srv (deleted)"],
  ])("cwd %p, removed: %p", (cwd, isCwdDeleted, shown) => {
    expect(parsed({ cwd, isCwdDeleted }).cwd).toBe(shown);
  });

  test.each([
    ["pts0", "pts/0"],
    ["tty1", "tty1"],
    ["ttyS0", "ttyS0"],
    ["pts", "pts"],
    ["ptsa", "ptsa"],
  ])("tty %p of the kernel is %p below /dev", (tty, shown) => {
    expect(parsed({ tty }).tty).toBe(shown);
  });

  test("args and a path before it do not move it", () => {
    const format = formatOf("-j -C args,exe,pgid,tty");
    for (let length = 0; length < 20; length++) {
      const fields = { args: ["x".repeat(length)], exe: `/${"y".repeat(length + 1)}`, origin: known };
      expect(JSON.parse(line(format, fields))).toMatchObject({ args: fields.args, exe: fields.exe, pgid: 9000 });
    }
  });

  test("hostile names are read back, and escaped for terminals", () => {
    let count = 0;
    for (const comm of hostileSample()) {
      if (comm.includes(0) || comm.length > 16) continue;
      count++;
      const text = line(json, { origin: { ancestors: [{ ...cron, comm }], startedBy: { ...cron, comm } } });
      const { ancestors, started_by } = JSON.parse(text);
      expect([ancestors[0].comm, started_by.comm]).toEqual([lenientText(comm), lenientText(comm)]);
      expect(text).not.toMatch(unsafe);
    }
    expect(count).toBeGreaterThan(40);
  });
});

describe("origin in CSV:", () => {
  const csv = formatOf("--csv -C origin");

  test("started_by has three fields, ancestors are JSON", () => {
    expect(header(csv)).toBe(
      "ancestors,started_by_pid,started_by_comm,started_by_id,unit,user_unit,slice,hostname,container_name,pod_name,pod_namespace,tty,login_uid,session_id,sid,pgid,cwd\n",
    );
    expect(line(csv, { origin: { ...known, ancestors: [systemd] } })).toBe(
      '"[{""pid"":1,""comm"":""systemd"",""id"":""1-12345678""}]",8999,a b,8999-77,,,,web-1,,,,pts/12,1000,3,812,9000,/srv/a b',
    );
  });

  test("unknown values are empty", () => {
    expect(line(csv, { origin: {} })).toBe(`[]${",".repeat(16)}`);
    expect(line(csv)).toBe(",".repeat(16));
  });
});

describe("origin in tables:", () => {
  test("ancestors by name, the oldest first, and the forker's name", () => {
    expect(line(formatOf("-C ancestors,started_by,tty"), { origin: known })).toBe(
      "systemd -> cron -> cleanup.sh  'a b'           pts/12",
    );
  });

  test("a block of --wide has them with arrows, and the forker only if it is not the parent", () => {
    const format = formatOf("-f wide");
    format.begin?.();
    const blockOf = (origin: FakeOrigin) => written((out) => format.exit(out, fakeExit({ origin })));
    expect(blockOf(known)).toContain("from systemd → cron → cleanup.sh   parent bash[42049]   started by 'a b'[8999]");
    expect(blockOf(known)).toContain("hostname web-1   tty pts/12   login user 1000   cwd '/srv/a b'");
    expect(blockOf({ ...known, startedBy: { pid: 42049, comm: "bash", start: 1n } })).not.toContain("started by");
    expect(blockOf({ cwd: "/" })).not.toContain("cwd");
  });
});
