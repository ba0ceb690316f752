import { describe, expect, test } from "bun:test";
import { Senders } from "../../src/exit/senders.ts";
import { RECORD_BYTES } from "../../src/record/layout.ts";
import { fakeExit, type Fields, header, killedBy, type Killer, line, written } from "../support/fake-exit.ts";
import { formatOf } from "../support/fake-host.ts";
import { addSender, contextOf } from "../support/fake-records.ts";
import { hostileSample, lenientText, unsafe } from "../support/hostile-text.ts";

const pkill: Killer = { kind: "process", pid: 4242, uid: 1000, code: 0, comm: "pkill", reason: "signal" };
const container = "0f".repeat(32);
const sender: Partial<Fields> = {
  pid: 4242,
  exitTimeSinceBoot: 99n,
  startTimeNs: 90n,
  args: ["pkill", "-f", "java"],
  exe: "/usr/bin/pkill",
  cgroupV2: 8n,
  origin: {
    ancestors: [
      { pid: 4000, comm: "cleanup.sh", start: 40n },
      { pid: 812, comm: "cron", start: 8n },
      { pid: 1, comm: "systemd", start: 1n },
    ],
    loginUid: 1000,
    sessionId: 5,
    tty: "pts7",
  },
};

/** Returns the exit of a process that the sender killed. */
function killedExit(fields: Partial<Fields> = {}, senderFields: Partial<Fields> = sender) {
  const context = contextOf({ 8: `/system.slice/docker-${container}.scope`, 9: "/user.slice" }, { 1000: "ann" });
  addSender(context, senderFields);
  return fakeExit({ status: killedBy(9), killer: pkill, senderTimeNs: 99n, cgroupV2: 9n, ...fields }, context);
}

const killedByIn = (exit: ReturnType<typeof killedExit>, options = "-j -C killed_by") =>
  JSON.parse(line(formatOf(options), exit)).killed_by;

const base = { kind: "process", pid: 4242, comm: "pkill", uid: 1000, si_code: 0, cgroup: null, reason: "signal" };
const full = {
  id: "4242-90",
  args: ["pkill", "-f", "java"],
  exe: "/usr/bin/pkill",
  login_uid: 1000,
  session_id: 5,
  tty: "pts/7",
  sender_cgroup: `/system.slice/docker-${container}.scope`,
  unit: `docker-${container}.scope`,
  container_id: container,
  ancestors: [
    { pid: 4000, comm: "cleanup.sh", id: "4000-40" },
    { pid: 812, comm: "cron", id: "812-8" },
    { pid: 1, comm: "systemd", id: "1-1" },
  ],
};
const noSender = Object.fromEntries(Object.keys(full).map((key) => [key, null]));

describe("killed_by in full:", () => {
  test.each(["-j -C killed_by", "-j -C +killed_by,+args", "-j -w"])(
    "exitsnoop %s has all about the sender, after the keys that always come",
    (options) => {
      const killed = killedByIn(killedExit(), options);
      expect(killed).toEqual({ ...base, ...full });
      expect(Object.keys(killed)).toEqual([...Object.keys(base), ...Object.keys(full)]);
    },
  );

  test("exitsnoop -j, -j -C +args: has the keys that always come", () => {
    expect(killedByIn(killedExit(), "-j")).toEqual(base);
    expect(killedByIn(killedExit(), "-j -C +args")).toEqual(base);
  });

  test("the sender's own values, not those of the process that it killed", () => {
    const exit = killedExit({ args: ["victim"], exe: "/victim", origin: { loginUid: 7, tty: "tty1" } });
    const event = JSON.parse(line(formatOf("-j -w"), exit));
    expect(event.killed_by).toEqual({ ...base, ...full });
    expect(event).toMatchObject({ args: ["victim"], exe: "/victim", login_uid: 7, tty: "tty1", cgroup: "/user.slice" });
  });

  test("unknown values of the sender are null", () => {
    const unknown = { pid: 4242, exitTimeSinceBoot: 99n, startTimeNs: 90n, args: null, exe: null, origin: undefined };
    expect(killedByIn(killedExit({}, unknown))).toEqual({ ...base, ...noSender, id: "4242-90" });
  });

  test("a sender whose record is lost, or another process's: all null", () => {
    expect(killedByIn(killedExit({ senderTimeNs: 0n }))).toEqual({ ...base, ...noSender });
    expect(killedByIn(killedExit({ senderTimeNs: 98n }))).toEqual({ ...base, ...noSender });
    expect(killedByIn(killedExit({ killer: { ...pkill, pid: 4243 } }))).toEqual({ ...base, ...noSender, pid: 4243 });
  });

  test("kinds other than process: all null, even if the record names a sender", () => {
    for (const kind of ["kernel", "oom"] as const) {
      expect(killedByIn(killedExit({ killer: { ...pkill, kind } }))).toMatchObject({ kind, pid: null, ...noSender });
    }
    expect(line(formatOf("-j -C killed_by"), killedExit({ status: 0 }))).toBe('{"event":"exit","killed_by":null}');
  });

  test("exits one after the other have senders of their own", () => {
    const context = contextOf();
    addSender(context, sender);
    addSender(context, { ...sender, pid: 5, args: ["other"] });
    const argsOf = (pid: number) => {
      const exit = fakeExit({ status: killedBy(9), killer: { ...pkill, pid }, senderTimeNs: 99n }, context);
      return [killedByIn(exit).args, killedByIn(exit).args];
    };
    expect(argsOf(4242)).toEqual([sender.args, sender.args]);
    expect(argsOf(5)).toEqual([["other"], ["other"]]);
    expect(argsOf(4242)).toEqual([sender.args, sender.args]);
  });

  test("hostile arguments are read back, and escaped for terminals", () => {
    const texts = [...hostileSample()].filter((text) => !text.includes(0));
    for (let at = 0; at < texts.length; at += 10) {
      const args = texts.slice(at, at + 10);
      const json = line(formatOf("-j -C killed_by"), killedExit({}, { ...sender, args }));
      expect(JSON.parse(json).killed_by.args).toEqual(args.map(lenientText));
      expect(json).not.toMatch(unsafe);
    }
  });
});

test("killed_by in CSV: arguments as words of a shell, ancestors as JSON", () => {
  const csv = formatOf("--csv -C killed_by");
  expect(header(csv)).toEndWith(
    "killed_by_reason,killed_by_id,killed_by_args,killed_by_exe,killed_by_login_uid,killed_by_session_id,killed_by_tty,killed_by_sender_cgroup,killed_by_unit,killed_by_container_id,killed_by_ancestors\n",
  );
  const exit = killedExit({}, { ...sender, args: ["sh", "-c", "a b"], cgroupV2: 9n, origin: { ancestors: [] } });
  expect(line(csv, exit)).toBe(
    "process,4242,pkill,1000,0,,signal,4242-90,sh -c 'a b',/usr/bin/pkill,,,,/user.slice,,,[]",
  );
});

test("a block of --wide: the killer's command, login, terminal, unit and ancestors", () => {
  const format = formatOf("-f wide");
  format.begin?.();
  const block = written((out) => format.exit(out, killedExit()));
  expect(block).toContain(
    "killer pkill -f java   killer's exe /usr/bin/pkill   killer's tty pts/7   killer's login user ann   " +
      `killer's unit docker-${container}.scope   killer's container ${container}   killer's ancestors systemd → cron → cleanup.sh`,
  );
});

test("a block of --wide about a process that killed itself: it is described once", () => {
  const format = formatOf("-f wide");
  format.begin?.();
  const exit = killedExit({ killer: { ...pkill, pid: 42050, comm: "which" } }, { ...sender, pid: 42050 });
  expect(exit.sender).not.toBeNull();
  expect(written((out) => format.exit(out, exit))).not.toContain("killer");
});

test("an OOM daemon: the phrase says so", () => {
  const exit = killedExit({ killer: { ...pkill, comm: "earlyoom", reason: "oomUserspace" } });
  expect(line(formatOf("-C killed_by"), exit)).toBe("earlyoom[4242] (memory pressure)");
});

describe("Senders:", () => {
  const record = (pid: number, time: bigint) => fakeExit({ pid, exitTimeSinceBoot: time }).record;
  const exitOf = (pid: number, time: bigint) => fakeExit({ killer: { ...pkill, pid }, senderTimeNs: time }).record;

  test("a sender that exits refer to stays, others are dropped: memory is bounded", () => {
    const senders = new Senders(10 * RECORD_BYTES);
    senders.add(record(1, 5n), RECORD_BYTES);
    for (let pid = 2; pid < 500; pid++) {
      senders.add(record(pid, 5n), RECORD_BYTES);
      expect(senders.get(exitOf(1, 5n))?.pid).toBe(1);
    }
    const kept = Array.from({ length: 498 }, (_, i) => senders.get(exitOf(i + 2, 5n))).filter(Boolean);
    expect(kept.length).toBeLessThanOrEqual(20);
    expect(senders.get(exitOf(2, 5n))).toBeUndefined();
  });

  test("times beyond 2^53 are told apart", () => {
    const senders = new Senders();
    senders.add(record(1, 2n ** 60n), RECORD_BYTES);
    expect(senders.get(exitOf(1, 2n ** 60n + 1n))).toBeUndefined();
    expect(senders.get(exitOf(1, 2n ** 60n))?.pid).toBe(1);
  });
});
