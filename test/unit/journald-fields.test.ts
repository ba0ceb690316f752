/** The fields of a record in the journal, by event. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { Counters } from "../../src/export/counters.ts";
import { type ExportedEvent, parseEvent } from "../../src/export/event.ts";
import { fieldsOf } from "../../src/export/journald/fields.ts";
import { messageIds } from "../../src/export/journald/message-ids.ts";
import { exited, fakeExit, type Fields, killedBy } from "../support/fake-exit.ts";
import { formatOf } from "../support/fake-host.ts";
import { unsafe } from "../support/hostile-text.ts";
import { repeated } from "../support/random.ts";
import { fakeExits, textOfExits } from "../support/recordings.ts";

const time = "2026-11-30T10:00:01.000000001Z";
const eventOf = (line: object | string) =>
  parseEvent(typeof line === "string" ? line : JSON.stringify(line), new Counters()) as ExportedEvent;
const fields = (event: ExportedEvent, hasArguments = false) =>
  Object.fromEntries(fieldsOf(event, { hasArguments })) as Record<string, string>;
const exitOf = (given: Partial<Fields>) => eventOf(textOfExits(formatOf("-j -w"), [fakeExit(given)]).trim());
const kernel = { kind: "kernel", reason: "fault" } as const;

describe("the priority and the message id of", () => {
  test.each<[string, Partial<Fields>, string, keyof typeof messageIds]>([
    ["a success", { status: exited(0) }, "6", "success"],
    ["a failure", { status: exited(3) }, "5", "failure"],
    ["a request to end", { status: killedBy(15) }, "6", "signal"],
    ["SIGKILL", { status: killedBy(9), killer: { kind: "process" } }, "3", "signal"],
    ["a fault without a core dump", { status: killedBy(11), killer: kernel }, "2", "signal"],
    ["a core dump", { status: killedBy(11, true), killer: kernel }, "2", "core"],
    ["an OOM kill", { status: killedBy(9), killer: { kind: "oom" } }, "2", "oom"],
  ])("%s", (_, given, priority, kind) => {
    expect(fields(exitOf(given))).toMatchObject({ PRIORITY: priority, MESSAGE_ID: messageIds[kind] });
  });

  test("other events", () => {
    const of = (line: object) => fields(eventOf(line));
    expect(of({ event: "lost", time, count: 7 })).toMatchObject({ PRIORITY: "4", MESSAGE_ID: messageIds.lost });
    expect(of({ event: "gap", from: time, to: time })).toMatchObject({ PRIORITY: "4", MESSAGE_ID: messageIds.gap });
    const storm = { event: "suppressed", time, count: 4213, comm: "x", exit_code: null, signal: "SIGKILL" };
    expect(of({ ...storm, killed_by_kind: "oom" })).toMatchObject({ PRIORITY: "2", MESSAGE_ID: messageIds.suppressed });
    expect(of(storm)).toMatchObject({ PRIORITY: "3", EXITSNOOP_COUNT: "4213", EXITSNOOP_COMM: "x" });
  });
});

test("the catalog: explains each message id, and no other one", () => {
  const catalog = readFileSync(new URL("../../scripts/release/exitsnoop.catalog", import.meta.url), "utf8");
  const ids = [...catalog.matchAll(/^-- (\S+)$/gm)].map(([, id]) => id!);
  expect(ids).toEqual(Object.values(messageIds));
});

test("the writer: has the beginning of the message ids", () => {
  const writer = readFileSync(new URL("../../src/native/core/journal_writer.c", import.meta.url), "utf8");
  const [, prefix] = /OWN_MESSAGE_ID "([0-9a-f]+)"/.exec(writer)!;
  for (const id of Object.values(messageIds)) expect(id).toMatch(new RegExp(`^${prefix}[0-9a-f]{2}$`));
});

describe("the message of", () => {
  test.each<[string, object, string]>([
    ["lost exits", { event: "lost", time, count: 4213 }, "4,213 exits are missing: the tracer lost them"],
    ["a gap", { event: "gap", from: time, to: time }, `No tracer ran from ${time} to ${time}`],
    [
      "suppressed exits",
      { event: "suppressed", time, count: 1000, comm: "nginx", parent_comm: "master", exit_code: 1, signal: null },
      "+1,000 like this: nginx exited with 1, child of master",
    ],
    ["suppressed exits of several kinds", { event: "suppressed", time, count: 5, comm: null }, "+5 of other kinds"],
  ])("%s", (_, line, message) => {
    expect(fields(eventOf(line)).MESSAGE).toBe(message);
  });

  test("a crash: has its functions in lines of their own", () => {
    const crash = {
      frames: [
        { ip: "0x1234", function: "outer", function_offset: 9, module: "/bin/crasher", offset: "0x113a" },
        { ip: "0x1", function: null, module: null },
      ],
    };
    const event = { event: "exit", time, pid: 5, comm: "crasher", signal: "SIGSEGV", exit_code: null, crash };
    expect(fields(eventOf(event)).MESSAGE).toBe(
      "crasher[5] was killed by SIGSEGV\n#0  0x1234 outer+0x9 (/bin/crasher + 0x113a)\n#1  0x1 ?",
    );
  });
});

describe("OBJECT_SYSTEMD_UNIT:", () => {
  const unitOf = (cgroup: string) => {
    const { OBJECT_SYSTEMD_UNIT, OBJECT_SYSTEMD_USER_UNIT } = fields(eventOf({ event: "exit", time, pid: 1, cgroup }));
    return [OBJECT_SYSTEMD_UNIT, OBJECT_SYSTEMD_USER_UNIT];
  };
  test.each<[string, (string | undefined)[]]>([
    ["/system.slice/nginx.service", ["nginx.service", undefined]],
    ["/system.slice/nginx.service/worker", ["nginx.service", undefined]],
    ["/system.slice/system-getty.slice/getty@tty1.service", ["getty@tty1.service", undefined]],
    ["/system.slice/my\\x2dapp.service", ["my\\x2dapp.service", undefined]],
    [
      "/user.slice/user-1000.slice/user@1000.service/app.slice/app\\x2dterm.service",
      ["user@1000.service", "app\\x2dterm.service"],
    ],
    ["/docker/0123/system.slice/sshd.service", [undefined, undefined]],
    ["/", [undefined, undefined]],
  ])("of a process in %s", (cgroup, units) => {
    expect(unitOf(cgroup)).toEqual(units);
  });
});

describe("arguments:", () => {
  const killer = { kind: "process", pid: 2, comm: "pkill", uid: 0, args: ["pkill", "a b"] };
  const event = { event: "exit", time, pid: 1, args: ["x", "--password=y"], args_truncated: true, killed_by: killer };

  test("arguments by default: are left out, also those of the killer", () => {
    expect(JSON.stringify(fields(eventOf(event)))).not.toMatch(/password|a b|ARGS/);
  });

  test("arguments with --args: are words for a shell", () => {
    expect(fields(eventOf(event), true)).toMatchObject({
      EXITSNOOP_ARGS: "x --password=y",
      EXITSNOOP_ARGS_TRUNCATED: "true",
      EXITSNOOP_KILLED_BY_ARGS: "pkill 'a b'",
    });
  });
});

test("exits of every kind with hostile names: have names that journald takes, and values that stay text", () => {
  const lines = textOfExits(formatOf("-j -w"), fakeExits(repeated(200)))
    .trim()
    .split("\n");
  for (const line of lines) {
    for (const [name, value] of fieldsOf(eventOf(line), { hasArguments: true })) {
      if (!/^[A-Z][A-Z0-9_]{0,63}$/.test(name) || unsafe.test(value.replaceAll("\n", "")))
        expect([name, value]).toEqual(["harmless", ""]);
    }
  }
});
