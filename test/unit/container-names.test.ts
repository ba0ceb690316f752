import { describe, expect, test } from "bun:test";
import { ContainerNameCache, parseContainerName } from "../../src/exit/container-names.ts";
import { ANY } from "../../src/filter/selection.ts";
import { containerFilter } from "../../src/trace/container-filter.ts";
import { fakeExit, line } from "../support/fake-exit.ts";
import { formatOf } from "../support/fake-host.ts";
import { contextOf } from "../support/fake-records.ts";

const ID = "0123456789abcdef".repeat(4);
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Returns the names as texts. */
const textsOf = (names: ReturnType<ContainerNameCache["of"]>) =>
  names && [names.container, names.pod, names.namespace].map((name) => name && new TextDecoder().decode(name));

describe("parseContainerName():", () => {
  test.each<[string, (string | null)[]]>([
    ["2web", ["web", null, null]],
    ["2a_b_c", ["a_b_c", null, null]],
    ["1pod_ns_app", ["app", "pod", "ns"]],
    ["1pod_ns", [null, "pod", "ns"]],
    ["1pod", [null, "pod", null]],
    ["1", [null, null, null]],
    ["1pod__app", ["app", "pod", null]],
    ["1a_b_c_d", [null, null, null]],
    [`1${"p".repeat(100)}_ns_${"c".repeat(81)}`, ["c".repeat(81), "p".repeat(100), "ns"]],
    [`1${"p".repeat(100)}_ns_${"c".repeat(82)}`, ["c".repeat(82), "p".repeat(100), "ns"]],
  ])("%s: has the container, pod and namespace %j", (text, names) => {
    expect(textsOf(parseContainerName(text))).toEqual(names);
  });
});

/** A source whose answers and clock a test sets. */
function fakeSource(answer: string | null | undefined) {
  const source = { answer, time: 0, asked: [] as string[], lookUp, now: () => source.time };
  function lookUp(id: string) {
    source.asked.push(id);
    return source.answer;
  }
  const cache = new ContainerNameCache(source);
  const at = (time: number, id = known) => {
    source.time = time;
    cache.beginBatch();
    return textsOf(cache.of(id));
  };
  const known = bytesOf(ID);
  return { source, cache, at, known };
}

describe("ContainerNameCache:", () => {
  test("a name that is found: looked up once a minute, for all cgroups of the container", () => {
    const { source, at } = fakeSource("2web");
    for (const time of [0, 1, 59_999]) expect(at(time)).toEqual(["web", null, null]);
    expect(at(59_999, bytesOf(ID))).toEqual(["web", null, null]);
    expect(source.asked).toEqual([ID]);
    source.answer = "2renamed";
    expect(at(60_000)).toEqual(["renamed", null, null]);
  });

  test("a name that is not found: looked up again after 100 ms, then less and less often", () => {
    const { source, at } = fakeSource(null);
    const times: number[] = [];
    for (let time = 0; time <= 300_000; time += 50) {
      const before = source.asked.length;
      expect(at(time)).toBeNull();
      if (source.asked.length > before) times.push(time);
    }
    expect(times.slice(0, 5)).toEqual([0, 100, 300, 700, 1500]);
    const pauses = times.slice(1).map((time, i) => time - times[i]!);
    expect(pauses.at(-1)).toBe(60_000);
    expect(pauses.toSorted((a, b) => a - b)).toEqual(pauses);
  });

  test("an answer that is not known yet: asked for again at the next exit, and kept when the file is gone", () => {
    const { source, at } = fakeSource(undefined);
    expect(at(0)).toBeNull();
    source.answer = "2web";
    expect(at(0)).toEqual(["web", null, null]);
    source.answer = null;
    expect(at(60_000)).toEqual(["web", null, null]);
    source.answer = undefined;
    expect(at(120_000)).toEqual(["web", null, null]);
  });

  test("a pod's names without the container's: looked up again, and replaced when all are there", () => {
    const { source, at } = fakeSource("1pod_ns");
    for (const time of [0, 99]) expect(at(time)).toEqual([null, "pod", "ns"]);
    expect(source.asked).toEqual([ID]);
    source.answer = null;
    expect(at(100)).toEqual([null, "pod", "ns"]);
    source.answer = "1pod_ns_app";
    expect(at(300)).toEqual(["app", "pod", "ns"]);
    source.answer = "1pod_ns";
    expect(at(60_300)).toEqual(["app", "pod", "ns"]);
    expect(source.asked.length).toBe(4);
  });

  test("a container in a pod: looked up by its id and the uid of the pod", () => {
    const { source, cache } = fakeSource("1pod_ns");
    const uid = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
    expect(textsOf(cache.of(bytesOf(ID), bytesOf(uid)))).toEqual([null, "pod", "ns"]);
    expect(source.asked).toEqual([ID + uid]);
  });

  test("more than 4096 containers: the names are looked up again", () => {
    const { source, at } = fakeSource("2web");
    for (let i = 0; i < 5000; i++) expect(at(0, bytesOf(`${i}`))).toEqual(["web", null, null]);
    expect(source.asked.length).toBe(5000);
    at(0, bytesOf("4999"));
    expect(source.asked.length).toBe(5000);
    at(0, bytesOf("0"));
    expect(source.asked.length).toBe(5001);
  });
});

const OTHER = "fedcba9876543210".repeat(4);
const context = contextOf(
  { 1: `/docker/${ID}`, 2: `/docker/${OTHER}`, 3: "/user.slice" },
  {},
  { [ID]: "1api_payments_worker", [OTHER]: "2web" },
);

test("columns of names: JSON, and null outside of containers", () => {
  const of = (cgroupV2: bigint) =>
    line(formatOf("-j -C container_name,pod_name,pod_namespace"), fakeExit({ cgroupV2 }, context));
  expect(of(1n)).toBe('{"event":"exit","container_name":"worker","pod_name":"api","pod_namespace":"payments"}');
  expect(of(2n)).toBe('{"event":"exit","container_name":"web","pod_name":null,"pod_namespace":null}');
  for (const none of [0n, 3n]) expect(of(none)).toContain('"container_name":null,"pod_name":null,"pod_namespace":null');
});

describe("containerFilter():", () => {
  const passing = (selected: string[], removed: string[] = []) => {
    const passes = containerFilter({ selected, removed })!;
    return [1n, 2n, 3n].filter((cgroupV2) => passes(fakeExit({ cgroupV2 }, context))).map(Number);
  };

  test("no values: returns no filter", () => expect(containerFilter(ANY)).toBeUndefined());

  test.each<[string[], string[], number[]]>([
    [["web"], [], [2]],
    [["we"], [], []],
    [["webs"], [], []],
    [["api"], [], []],
    [["web", "worker"], [], [1, 2]],
    [["web", ID.slice(0, 12)], [], [1, 2]],
    [[], ["web"], [1, 3]],
    [[], ["web", ID], [3]],
    [["web", "worker"], ["worker"], [2]],
    [["worker"], [ID.slice(0, 12)], []],
  ])("selected %j, removed %j: passes the cgroups %j", (selected, removed, passed) => {
    expect(passing(selected, removed)).toEqual(passed);
  });
});
