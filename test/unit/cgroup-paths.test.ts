/** Parsing of cgroup paths, and their compilation for bpf/cgroup_filter.bpf.h. */
import { describe, expect, test } from "bun:test";
import { compileCgroupPaths, formatCgroupPath, parseCgroupPath } from "../../src/filter/cgroup-paths.ts";
import { Random } from "../support/random.ts";

describe("parseCgroupPath():", () => {
  test.each([
    ["/", 0, []],
    ["/a", 0, ["a"]],
    ["/a/b/", 0, ["a", "b"]],
    ["//a///b//", 0, ["a", "b"]],
    ["/a/./b/.", 0, ["a", "b"]],
    ["/a/../b", 0, ["b"]],
    ["/..", 1, []],
    ["/../../a b/c", 2, ["a b", "c"]],
    ["/a/../../b", 1, ["b"]],
    ["/...", 0, ["..."]],
  ])("%s: %d levels above the root, names %j", (text, above, names) => {
    expect(parseCgroupPath(text)).toEqual({ above, names });
  });

  test.each(["/", "/a", "/a/b", "/..", "/../../a/b"])("%s: formatCgroupPath() returns that text", (text) => {
    expect(formatCgroupPath(parseCgroupPath(text))).toBe(text);
  });
});

/**
 * Does what the BPF program does: decides by a cgroup's names below the tracer's root whether the
 * cgroup is at or below one of the paths.
 */
function matches(paths: string[], cgroup: string): boolean {
  const { depths, nameless, transitions } = compileCgroupPaths(paths.map(parseCgroupPath));
  const names = parseCgroupPath(cgroup).names;
  return depths.some((depth, i) => {
    if (depth < 0 || depth > names.length) return false;
    if ((nameless >> i) & 1) return true;
    let state = i + 1;
    let at = depth;
    while (state && at > 0) {
      const name = names[--at]!;
      const step = transitions.find((each) => each.state === state && Buffer.from(each.name).toString() === name);
      if (step?.complete === 1 && at === 0) return true;
      state = step?.next ?? 0;
    }
    return false;
  });
}

describe("compileCgroupPaths():", () => {
  test("one path: matches the cgroup and its descendants, no other", () => {
    for (const cgroup of ["/a", "/a/b", "/a/b/c"]) expect(matches(["/a"], cgroup)).toBeTrue();
    for (const cgroup of ["/", "/ab", "/b/a", "/b"]) expect(matches(["/a"], cgroup)).toBeFalse();
  });

  test("the path /: matches every cgroup", () => {
    for (const cgroup of ["/", "/a", "/a/b"]) expect(matches(["/"], cgroup)).toBeTrue();
  });

  test("paths with a common ending: share states", () => {
    const { depths, transitions } = compileCgroupPaths(["/a/x", "/b/x", "/c/y", "/a/x"].map(parseCgroupPath));
    expect(depths).toEqual([2]);
    expect(transitions).toHaveLength(5);
  });

  test("paths with and without .. that end at one depth: match different root levels", () => {
    const { depths, transitions } = compileCgroupPaths(["/a", "/../b/a"].map(parseCgroupPath));
    expect(depths).toEqual([1]);
    expect(transitions.map(({ complete }) => complete)).toEqual([1, 2]);
    expect(transitions[0]!.next).toBe(transitions[1]!.state);
  });

  test("a path above the root: ends at a negative depth", () => {
    expect(compileCgroupPaths([parseCgroupPath("/../..")])).toEqual({
      depths: [-2],
      nameless: 1,
      removedNameless: 0,
      transitions: [],
    });
  });

  test("2000 random sets of paths: match like a comparison of prefixes", () => {
    const random = new Random(17);
    const path = (maxNames: number) =>
      Array.from({ length: random.below(maxNames + 1) }, () => `/${"abc"[random.below(3)]}`).join("") || "/";
    for (let i = 0; i < 2000; i++) {
      const paths = Array.from({ length: 1 + random.below(6) }, () => path(4));
      const cgroup = path(6);
      const expected = paths.some((each) => each === "/" || `${cgroup}/`.startsWith(`${each}/`));
      if (matches(paths, cgroup) !== expected) throw new Error(`${cgroup} in ${paths.join(", ")}: not ${expected}`);
    }
  });
});
