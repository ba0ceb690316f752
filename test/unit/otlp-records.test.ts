import { expect, test } from "bun:test";
import { jsonSchema } from "../../src/cli/schema.ts";
import { type EventObject, processAttributes } from "../../src/otlp/attributes.ts";
import { exitMembers } from "../../src/otlp/event-members.ts";
import { nanosecondsOf } from "../../src/otlp/event-time.ts";
import { toLogRecord } from "../../src/otlp/from-event.ts";
import { parseExactly } from "../../src/otlp/parse-exactly.ts";
import { containerKey, hostAttributes, resourceOf } from "../../src/otlp/resource.ts";
import { MAX_STORED_ARGS } from "../../src/record/layout.ts";
import type { NamedMember } from "../../src/otlp/shape.ts";

const exit = (values: EventObject): EventObject => ({ event: "exit", comm: "web", pid: 42, ...values });
const recordOf = (event: EventObject, hasArguments = false) => toLogRecord(event, { hasArguments }, "7")!;
const attributesOf = (event: EventObject, hasArguments = false) =>
  Object.fromEntries(recordOf(event, hasArguments).attributes.map(({ key, value }) => [key, value]));
const oom = { kind: "oom", cgroup: "/kubepods/pod1" };

test.each([
  [{ exit_code: 0, signal: null }, 9, undefined],
  [{ exit_code: 3, signal: null }, 13, "exit_status"],
  [{ signal: "SIGTERM" }, 10, undefined],
  [{ signal: "SIGINT" }, 10, undefined],
  [{ signal: "SIGHUP" }, 10, undefined],
  [{ signal: "SIGPIPE" }, 10, undefined],
  [{ signal: "SIGKILL", killed_by: { kind: "process", comm: "sh", pid: 1 } }, 17, "SIGKILL"],
  [{ signal: "SIGUSR1" }, 17, "SIGUSR1"],
  [{ signal: "SIGSEGV" }, 21, "SIGSEGV"],
  [{ signal: "SIGABRT", core_dumped: true }, 21, "SIGABRT"],
  [{ signal: "SIGSYS" }, 21, "SIGSYS"],
  [{ signal: "SIGKILL", killed_by: oom }, 21, "oom"],
])("severity of %j: the number is %p and error.type %p", (values, severity, errorType) => {
  const record = recordOf(exit(values));
  expect(record.severityNumber).toBe(severity);
  expect(attributesOf(exit(values))["error.type"]).toBe(errorType!);
  expect(record.eventName).toBe("exitsnoop.process.exit");
});

test.each([
  [{ exit_code: 3 }, "web[42] exited with 3"],
  [{ signal: "SIGKILL", killed_by: oom }, "web[42] was killed by SIGKILL (OOM killer, cgroup /kubepods/pod1)"],
  [
    { signal: "SIGKILL", killed_by: { kind: "process", comm: "sh", pid: 1 } },
    "web[42] was killed by SIGKILL from sh[1]",
  ],
  [{ signal: "SIGSEGV", core_dumped: true }, "web[42] was killed by SIGSEGV and dumped core"],
  [{ exit_code: 1, comm: "\x1b[31m\nx" }, "\\x1b[31m\\nx[42] exited with 1"],
])("body of %j: a sentence that is safe for terminals", (values, body) => {
  expect(recordOf(exit(values)).body).toBe(body);
});

test("attributes of an exit: the names of the semantic conventions, exitsnoop's own for the rest", () => {
  const event = exit({
    ...{ time: "2026-11-30T10:00:00.000000001Z", ppid: 1, uid: 33, exe: "/usr/bin/web", ns_pid: 2, cgroup: "/a" },
    ...{ signal: "SIGKILL", exit_code: null, killed_by: { ...oom, pid: null, reason: "oom_cgroup" }, sid: 5 },
    ...{ ancestors: [{ pid: 1, comm: "init", id: "1-2" }], oom: { trigger: { pid: 9, comm: "x" } }, pgid: 6 },
  });
  expect(attributesOf(event)).toEqual({
    "process.pid": 42,
    "process.parent_pid": 1,
    "exitsnoop.comm": "web",
    "process.real_user.id": 33,
    "exitsnoop.signal": "SIGKILL",
    "process.exit.time": "2026-11-30T10:00:00.000000001Z",
    "exitsnoop.killed_by.kind": "oom",
    "exitsnoop.killed_by.cgroup": "/kubepods/pod1",
    "exitsnoop.killed_by.reason": "oom_cgroup",
    "exitsnoop.oom.trigger.pid": 9,
    "exitsnoop.oom.trigger.comm": "x",
    "process.executable.path": "/usr/bin/web",
    "process.executable.name": "web",
    "process.linux.cgroup": "/a",
    "process.vpid": 2,
    "exitsnoop.ancestors.pid": [1],
    "exitsnoop.ancestors.comm": ["init"],
    "exitsnoop.ancestors.id": ["1-2"],
    "process.session_leader.pid": 5,
    "process.group_leader.pid": 6,
    "error.type": "oom",
  });
});

test("arguments of a process and of its killer: exported only if they are asked for", () => {
  const event = exit({ args: ["web", "-p"], args_truncated: false, killed_by: { kind: "process", args: ["sh"] } });
  const keys = (attributes: object) => Object.keys(attributes).filter((key) => /arg/.test(key));
  expect(keys(attributesOf(event))).toEqual([]);
  const attributes = attributesOf(event, true);
  expect(attributes["process.command_args"]).toEqual(["web", "-p"]);
  expect(attributes["process.args_count"]).toBe(2);
  expect(attributes["exitsnoop.killed_by.args"]).toEqual(["sh"]);
  const cut = attributesOf({ ...event, args_truncated: true }, true);
  expect([cut["process.args_count"], cut["exitsnoop.args_truncated"]]).toEqual([undefined!, true]);
});

test("arguments with a redactor: cut ones are marked as cut, and so are those of a sender that are as long", () => {
  const long = ["a".repeat(MAX_STORED_ARGS - 6), "half"];
  const areCutIn = (event: EventObject) => {
    const areCut: boolean[] = [];
    const redact = (args: readonly string[], isCut: boolean) => {
      areCut.push(isCut);
      return args;
    };
    processAttributes(exit(event), { hasArguments: true, redact });
    return areCut;
  };
  expect(areCutIn({ args: ["a"], args_truncated: true })).toEqual([true]);
  expect(areCutIn({ args: long, args_truncated: false })).toEqual([false]);
  // a line that does not say it
  expect(areCutIn({ args: long })).toEqual([true]);
  expect(areCutIn({ args: ["a"] })).toEqual([false]);
  expect(areCutIn({ killed_by: { kind: "process", args: long } })).toEqual([true]);
  expect(areCutIn({ killed_by: { kind: "process", args: long.slice(1) } })).toEqual([false]);
});

test("values that OTLP cannot have: a lone surrogate, an integer beyond int64, objects, fractions", () => {
  const line = `{"event":"exit","comm":"\\ud800","uid":9223372036854775808,"duration_ns":9007199254740993,
    "pid":{"a":1},"ppid":1.5,"cwd":[[1]]}`;
  expect(attributesOf(parseExactly(line) as EventObject)).toEqual({
    "exitsnoop.comm": "\ufffd",
    "process.real_user.id": "9223372036854775808",
    "exitsnoop.duration_ns": 9_007_199_254_740_993n,
  });
});

test("events besides exits: lost, gap and suppressed are exported, a summary is not", () => {
  const time = "2026-11-30T10:00:00.000000000Z";
  const lost = recordOf({ event: "lost", time, count: 3 });
  expect([lost.eventName, lost.severityNumber, lost.time]).toEqual(["exitsnoop.lost", 13, "1796032800000000000"]);
  expect(lost.attributes).toEqual([{ key: "exitsnoop.lost.count", value: 3 }]);
  expect(recordOf({ event: "gap", from: time, to: time }).time).toBe("1796032800000000000");
  const suppressed = recordOf({
    event: "suppressed",
    time,
    count: 4213,
    comm: "x",
    signal: "SIGKILL",
    killed_by_kind: "oom",
  });
  expect(suppressed).toMatchObject({ severityNumber: 21, body: "+4,213 like this: x killed by SIGKILL (OOM killer)" });
  expect(suppressed.attributes).toContainEqual({ key: "exitsnoop.suppressed.comm", value: "x" });
  expect(toLogRecord({ event: "summary" }, { hasArguments: false }, "1")).toBeUndefined();
});

test.each([
  ["2026-11-30T10:00:00.123456789Z", "1796032800123456789"],
  ["1970-01-01T00:00:00.000000005Z", "5"],
  ["1969-12-31T23:59:59.000000000Z", undefined],
  ["9999-01-01T00:00:00.000000000Z", undefined],
  ["2026-13-30T10:00:00.000000000Z", undefined],
  ["yesterday", undefined],
  [5, undefined],
])("time %p: is %p in ns since 1970", (time, nanoseconds) => expect(nanosecondsOf(time)).toBe(nanoseconds!));

test("resource: a container has one of its own, with the names of its pod", () => {
  const host = hostAttributes("1.2.3", { name: "node1" });
  const event = exit({ container_id: "c", pod_uid: "u", pod_name: "p", pod_namespace: "n", container_name: "app" });
  expect(Object.fromEntries(resourceOf(event, host).map(({ key, value }) => [key, value]))).toEqual({
    "service.name": "exitsnoop",
    "service.version": "1.2.3",
    "host.name": "node1",
    "os.type": "linux",
    "container.id": "c",
    "k8s.pod.uid": "u",
    "k8s.pod.name": "p",
    "k8s.namespace.name": "n",
    "k8s.container.name": "app",
  });
  expect(resourceOf(exit({ container_name: "db" }), []).map(({ key }) => key)).toEqual(["container.name"]);
  expect(containerKey(exit({}))).toBe("");
  expect(containerKey(exit({ container_id: "a" }))).not.toBe(containerKey(exit({ pod_uid: "a" })));
});

test("exported keys: every key of the schema, except those of the resource and the arguments", () => {
  const { oneOf } = jsonSchema() as { oneOf: { title: string; properties: Record<string, Property> }[] };
  const resource = ["container_id", "pod_uid", "pod_name", "pod_namespace", "container_name"];
  const elsewhere = ["event", "args", "args_truncated", ...resource];
  const { properties } = oneOf.find(({ title }) => title === "exit")!;
  const listed = Object.entries(properties).filter(([key]) => !elsewhere.includes(key));
  expect(pathsOf(exitMembers).toSorted()).toEqual(listed.flatMap(pathsIn).toSorted());
});

interface Property {
  properties?: Record<string, Property>;
  items?: Property;
}
const pathsIn = ([key, { properties, items }]: [string, Property]): string[] => {
  const inner = properties ?? items?.properties;
  return inner ? Object.entries(inner).flatMap((entry) => pathsIn(entry).map((path) => `${key}.${path}`)) : [key];
};
const pathsOf = (members: readonly NamedMember[]): string[] =>
  members.flatMap(({ key, members: inner }) => (inner ? pathsOf(inner).map((path) => `${key}.${path}`) : [key]));
