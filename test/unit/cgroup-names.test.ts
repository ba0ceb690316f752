import { describe, expect, test } from "bun:test";
import { compileCgroups, containerIdIn } from "../../src/filter/cgroup-names.ts";
import { parseCgroupPath } from "../../src/filter/cgroup-paths.ts";
import { ALL_EXITS, type Selection } from "../../src/filter/selection.ts";
import { CgroupMatch, CgroupState } from "../../src/record/layout.ts";

const id = "0123456789abcdef".repeat(4);

describe("containerIdIn():", () => {
  test.each([
    id,
    `docker-${id}.scope`,
    `cri-containerd-${id}.scope`,
    `crio-${id}`,
    `libpod-payload-${id}`,
    `libpod-${id}.scope`,
    `kubepods-burstable.slice:cri-containerd:${id}`,
  ])("%s: the container's id", (name) => {
    expect(containerIdIn(name)).toBe(id);
  });

  test.each([
    "",
    id.slice(1),
    `${id}0`,
    `x${id}`,
    `${id}.service`,
    `${id}x`,
    id.toUpperCase(),
    `conmon-${id}`,
    `libpod-conmon-${id}.scope`,
    `crio-conmon-${id}.scope`,
  ])("%s: none", (name) => {
    expect(containerIdIn(name)).toBeUndefined();
  });

  test("a name that only ends like conmon's: the container's id", () => {
    expect(containerIdIn(`xconmon-${id}`)).toBe(id);
  });
});

describe("compileCgroups():", () => {
  const compile = (given: Partial<Selection>) => compileCgroups({ ...ALL_EXITS, ...given });

  test("no filter by cgroup: off", () => {
    expect(compile({})).toBeUndefined();
  });

  test("units and containers: transitions in their own states, and the distinct lengths of ids", () => {
    const compiled = compile({
      units: { selected: ["a.service"], removed: ["b.slice"] },
      containers: { selected: [id, id.slice(0, 12)], removed: ["f".repeat(12)] },
    })!;
    const found = compiled.transitions.map(({ state, name, match }) => [state, name.toString(), match]);
    expect(found).toEqual([
      [CgroupState.unit, "a.service", CgroupMatch.unit],
      [CgroupState.unit, "b.slice", CgroupMatch.removed],
      [CgroupState.container, id, CgroupMatch.container],
      [CgroupState.container, id.slice(0, 12), CgroupMatch.container],
      [CgroupState.container, "f".repeat(12), CgroupMatch.removed],
    ]);
    expect(compiled).toMatchObject({ containerLengths: [64, 12], minDepth: 1, hasUnits: true, removes: true });
    expect(compiled.required).toBe(CgroupMatch.unit | CgroupMatch.container);
  });

  test("a name twice, selected and removed: one transition with both bits", () => {
    const { transitions } = compile({ units: { selected: ["a.service", "a.service"], removed: ["a.service"] } })!;
    expect(transitions).toHaveLength(1);
    expect(transitions[0]!.match).toBe(CgroupMatch.unit | CgroupMatch.removed);
  });

  test("removed values alone: no match is required", () => {
    const { required, removes } = compile({ cgroups: { selected: [], removed: [parseCgroupPath("/a")] } })!;
    expect({ required, removes }).toEqual({ required: 0, removes: true });
  });

  test("a path and a unit: the smallest depth is that of the path / or of a name", () => {
    const units = { selected: ["a.service"], removed: [] };
    const depthWith = (path: string) =>
      compile({ units, cgroups: { selected: [parseCgroupPath(path)], removed: [] } })!.minDepth;
    expect([depthWith("/"), depthWith("/a/b/c")]).toEqual([0, 1]);
  });
});
