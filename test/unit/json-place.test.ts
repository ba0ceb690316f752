import { describe, expect, test } from "bun:test";
import { createFormat } from "../../src/output/index.ts";
import { fakeExit, line, lookOf } from "../support/fake-exit.ts";
import { cgroupRecord, knowledgeOf } from "../support/fake-records.ts";
import { unsafe } from "../support/hostile-text.ts";

const json = createFormat("json", lookOf({ columns: ["cgroup", "container_id", "pod_uid"] }));
const ID = "0123456789abcdef".repeat(4);
const UID = "01234567-89ab-cdef-0123-456789abcdef";
const DOCKER = `/system.slice/docker-${ID}.scope`;
const POD = `/kubepods/burstable/pod${UID}/${ID}`;

/** Where a process of these cgroups lived; 0 is none. */
function place(v2: number, v1: number, cgroups: Record<number, string | Uint8Array>) {
  const exit = fakeExit({ cgroupV2: BigInt(v2), cgroupV1: BigInt(v1) }, knowledgeOf(cgroups));
  const { event, ...rest } = JSON.parse(line(json, exit));
  expect(event).toBe("exit");
  return rest;
}

const nowhere = { cgroup: null, container_id: null, pod_uid: null };
const bare = (cgroup: string) => ({ ...nowhere, cgroup });

test("the whole line, byte for byte", () => {
  const exit = fakeExit({ cgroupV2: 5n }, knowledgeOf({ 5: POD }));
  expect(line(json, exit)).toBe(`{"event":"exit","cgroup":"${POD}","container_id":"${ID}","pod_uid":"${UID}"}`);
});

describe("with one hierarchy", () => {
  test.each([[DOCKER], ["/user.slice/user-0.slice/session-1.scope"], ["/"], ["/a b/größe"]])(
    "%s is the path",
    (path) => {
      const container_id = path === DOCKER ? ID : null;
      expect(place(5, 0, { 5: path })).toEqual({ cgroup: path, container_id, pod_uid: null });
      expect(place(0, 5, { 5: path })).toEqual({ cgroup: path, container_id, pod_uid: null });
    },
  );

  test("a cgroup whose path was lost is null", () => {
    expect(place(6, 0, { 5: DOCKER })).toEqual(nowhere);
    expect(place(0, 6, { 5: DOCKER })).toEqual(nowhere);
    expect(place(0, 0, { 5: DOCKER })).toEqual(nowhere);
  });
});

describe("with two hierarchies", () => {
  test("the path is v2's", () => {
    expect(place(5, 6, { 5: "/v2", 6: "/v1" })).toEqual(bare("/v2"));
  });

  test("no cgroup v2: the path is v1's", () => {
    expect(place(0, 6, { 5: "/v2", 6: "/v1" })).toEqual(bare("/v1"));
  });

  test("no record of v2's path, or of v1's beside v2's root: the path is unknown", () => {
    expect(place(5, 6, { 6: "/v1" })).toEqual(nowhere);
    expect(place(5, 7, { 5: "/" })).toEqual(nowhere);
    expect(place(5, 7, { 5: "/v2" })).toEqual(bare("/v2"));
  });

  test("the path is v1's where nobody uses v2, whose root holds everything", () => {
    expect(place(5, 6, { 5: "/", 6: POD })).toEqual({ cgroup: POD, container_id: ID, pod_uid: UID });
    expect(place(5, 6, { 5: "/", 6: "/" })).toEqual(bare("/"));
    expect(place(5, 0, { 5: "/" })).toEqual(bare("/"));
  });

  test("container and pod are v1's where only that knows them", () => {
    expect(place(5, 6, { 5: "/v2", 6: DOCKER })).toEqual({ cgroup: "/v2", container_id: ID, pod_uid: null });
    expect(place(5, 6, { 5: DOCKER, 6: POD })).toEqual({ cgroup: DOCKER, container_id: ID, pod_uid: UID });
    expect(place(5, 6, { 5: POD, 6: "/v1" })).toEqual({ cgroup: POD, container_id: ID, pod_uid: UID });
  });

  test("container and pod are v2's where both know them", () => {
    const other = POD.replaceAll("0123", "fedc");
    expect(place(5, 6, { 5: POD, 6: other })).toEqual({ cgroup: POD, container_id: ID, pod_uid: UID });
  });
});

test("what was found out for one pair is not taken for another", () => {
  const knowledge = knowledgeOf({ 5: "/v2", 6: DOCKER, 7: DOCKER.replaceAll("0123", "fedc"), 8: "/other" });
  const containerOf = (v2: bigint, v1: bigint) =>
    JSON.parse(line(json, fakeExit({ cgroupV2: v2, cgroupV1: v1 }, knowledge)));
  for (let round = 0; round < 2; round++) {
    expect(containerOf(5n, 6n)).toMatchObject({ cgroup: "/v2", container_id: ID });
    expect(containerOf(5n, 7n)).toMatchObject({ cgroup: "/v2", container_id: ID.replaceAll("0123", "fedc") });
    expect(containerOf(8n, 6n)).toMatchObject({ cgroup: "/other", container_id: ID });
  }
});

test("hostile names of cgroups are read back as a decoder reads them, and harmless to terminals", () => {
  const path = '/a"\\\n\x1b[2J\u202e/b\u2028';
  expect(place(5, 0, { 5: path })).toEqual(bare(path));
  expect(line(json, fakeExit({ cgroupV2: 5n }, knowledgeOf({ 5: path })))).not.toMatch(unsafe);
  expect(place(5, 0, { 5: new Uint8Array([0x2f, 0x61, 0xff, 0xfe]) })).toEqual(bare("/a\ufffd\ufffd"));
});

test("a path that lies deeper than the kernel looks shows that its beginning is missing", () => {
  const knowledge = knowledgeOf();
  knowledge.cgroups.add(cgroupRecord(5n, `/deep/docker-${ID}.scope`, true));
  expect(JSON.parse(line(json, fakeExit({ cgroupV2: 5n }, knowledge)))).toMatchObject({
    cgroup: `/.../deep/docker-${ID}.scope`,
    container_id: ID,
  });
});
