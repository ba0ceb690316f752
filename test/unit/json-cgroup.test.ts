import { describe, expect, test } from "bun:test";
import { createFormat } from "../../src/output/formats.ts";
import { fakeExit, line, formatOptions } from "../support/fake-exit.ts";
import { cgroupRecord, contextOf } from "../support/fake-records.ts";
import { unsafe } from "../support/hostile-text.ts";

const json = createFormat("json", formatOptions({ columns: ["cgroup", "container_id", "pod_uid"] }));
const ID = "0123456789abcdef".repeat(4);
const UID = "01234567-89ab-cdef-0123-456789abcdef";
const DOCKER = `/system.slice/docker-${ID}.scope`;
const POD = `/kubepods/burstable/pod${UID}/${ID}`;

/** Returns the keys of an exit with these ids of cgroups; 0 stands for none. */
function originOf(v2: number, v1: number, cgroups: Record<number, string | Uint8Array>) {
  const exit = fakeExit({ cgroupV2: BigInt(v2), cgroupV1: BigInt(v1) }, contextOf(cgroups));
  const { event, ...rest } = JSON.parse(line(json, exit));
  expect(event).toBe("exit");
  return rest;
}

const unknownOrigin = { cgroup: null, container_id: null, pod_uid: null };
const withoutContainer = (cgroup: string) => ({ ...unknownOrigin, cgroup });

test("cgroup, container_id and pod_uid in JSON: the line of a container in a pod", () => {
  const exit = fakeExit({ cgroupV2: 5n }, contextOf({ 5: POD }));
  expect(line(json, exit)).toBe(`{"event":"exit","cgroup":"${POD}","container_id":"${ID}","pod_uid":"${UID}"}`);
});

describe("cgroup in JSON with one hierarchy:", () => {
  test.each([[DOCKER], ["/user.slice/user-0.slice/session-1.scope"], ["/"], ["/a b/größe"]])(
    "the path %s: cgroup, and container_id if it names a container",
    (path) => {
      const container_id = path === DOCKER ? ID : null;
      expect(originOf(5, 0, { 5: path })).toEqual({ cgroup: path, container_id, pod_uid: null });
      expect(originOf(0, 5, { 5: path })).toEqual({ cgroup: path, container_id, pod_uid: null });
    },
  );

  test("a cgroup whose path was lost: null", () => {
    expect(originOf(6, 0, { 5: DOCKER })).toEqual(unknownOrigin);
    expect(originOf(0, 6, { 5: DOCKER })).toEqual(unknownOrigin);
    expect(originOf(0, 0, { 5: DOCKER })).toEqual(unknownOrigin);
  });
});

describe("cgroup in JSON with two hierarchies:", () => {
  test("paths in both: cgroup v2's", () => {
    expect(originOf(5, 6, { 5: "/v2", 6: "/v1" })).toEqual(withoutContainer("/v2"));
  });

  test("no cgroup v2: cgroup v1's path", () => {
    expect(originOf(0, 6, { 5: "/v2", 6: "/v1" })).toEqual(withoutContainer("/v1"));
  });

  test("v2's path was lost, or v1's beside v2's root: null", () => {
    expect(originOf(5, 6, { 6: "/v1" })).toEqual(unknownOrigin);
    expect(originOf(5, 7, { 5: "/" })).toEqual(unknownOrigin);
    expect(originOf(5, 7, { 5: "/v2" })).toEqual(withoutContainer("/v2"));
  });

  test("v2's root, which holds every process if v2 is unused: cgroup v1's path", () => {
    expect(originOf(5, 6, { 5: "/", 6: POD })).toEqual({ cgroup: POD, container_id: ID, pod_uid: UID });
    expect(originOf(5, 6, { 5: "/", 6: "/" })).toEqual(withoutContainer("/"));
    expect(originOf(5, 0, { 5: "/" })).toEqual(withoutContainer("/"));
  });

  test("container and pod in v1's path only: v1's", () => {
    expect(originOf(5, 6, { 5: "/v2", 6: DOCKER })).toEqual({ cgroup: "/v2", container_id: ID, pod_uid: null });
    expect(originOf(5, 6, { 5: DOCKER, 6: POD })).toEqual({ cgroup: DOCKER, container_id: ID, pod_uid: UID });
    expect(originOf(5, 6, { 5: POD, 6: "/v1" })).toEqual({ cgroup: POD, container_id: ID, pod_uid: UID });
  });

  test("container and pod in both paths: v2's", () => {
    const other = POD.replaceAll("0123", "fedc");
    expect(originOf(5, 6, { 5: POD, 6: other })).toEqual({ cgroup: POD, container_id: ID, pod_uid: UID });
  });
});

test("cgroup in JSON for changing pairs of cgroups: each exit has its own", () => {
  const context = contextOf({ 5: "/v2", 6: DOCKER, 7: DOCKER.replaceAll("0123", "fedc"), 8: "/other" });
  const containerOf = (v2: bigint, v1: bigint) =>
    JSON.parse(line(json, fakeExit({ cgroupV2: v2, cgroupV1: v1 }, context)));
  for (let round = 0; round < 2; round++) {
    expect(containerOf(5n, 6n)).toMatchObject({ cgroup: "/v2", container_id: ID });
    expect(containerOf(5n, 7n)).toMatchObject({ cgroup: "/v2", container_id: ID.replaceAll("0123", "fedc") });
    expect(containerOf(8n, 6n)).toMatchObject({ cgroup: "/other", container_id: ID });
  }
});

test("cgroup in JSON of a hostile path: read back as a UTF-8 decoder reads it, and escaped for terminals", () => {
  const path = '/a"\\\n\x1b[2J\u202e/b\u2028';
  expect(originOf(5, 0, { 5: path })).toEqual(withoutContainer(path));
  expect(line(json, fakeExit({ cgroupV2: 5n }, contextOf({ 5: path })))).not.toMatch(unsafe);
  expect(originOf(5, 0, { 5: new Uint8Array([0x2f, 0x61, 0xff, 0xfe]) })).toEqual(withoutContainer("/a\ufffd\ufffd"));
});

test("cgroup in JSON of a truncated path: begins with /.../", () => {
  const context = contextOf();
  context.cgroups.add(cgroupRecord(5n, `/deep/docker-${ID}.scope`, true));
  expect(JSON.parse(line(json, fakeExit({ cgroupV2: 5n }, context)))).toMatchObject({
    cgroup: `/.../deep/docker-${ID}.scope`,
    container_id: ID,
  });
});
