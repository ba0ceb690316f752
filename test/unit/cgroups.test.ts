import { describe, expect, test } from "bun:test";
import { Cgroups, ORIGIN_BYTES, type CgroupOrigin, originOf } from "../../src/exit/cgroups.ts";
import { cgroupRecord, halves } from "../support/fake-records.ts";
import { Random } from "../support/random.ts";

/** Returns the number of bytes that so many cgroups with short paths take. */
const bytesOf = (cgroups: number) => cgroups * (ORIGIN_BYTES + 4);

/** Cgroups of that many a generation, and the ids that the kernel was asked to tell again. */
function someCgroups(generation: number) {
  const forgotten: bigint[] = [];
  const cgroups = new Cgroups(bytesOf(generation), 1000, (id) => forgotten.push(BigInt(id)));
  const path = (id: bigint) => {
    const place = cgroups.get(...halves(id));
    return place && Buffer.from(place.path).toString();
  };
  const add = (...ids: bigint[]) => {
    for (const id of ids) cgroups.add(cgroupRecord(id, `/${id}`));
  };
  return { cgroups, forgotten, path, add };
}

const idsFrom = (first: number, count: number) => Array.from({ length: count }, (_, i) => BigInt(first + i));

describe("a cgroup is known by its id,", () => {
  test("with its path and what that says", () => {
    const { cgroups } = someCgroups(4);
    const id = "0123456789abcdef".repeat(4);
    cgroups.add(cgroupRecord(5n, `/system.slice/docker-${id}.scope`));
    const { path, containerId, podUid, isRoot } = cgroups.get(0, 5)!;
    expect(Buffer.from(path).toString()).toBe(`/system.slice/docker-${id}.scope`);
    expect(Buffer.from(containerId!).toString()).toBe(id);
    expect([podUid, isRoot]).toEqual([null, false]);
  });

  test("the root, too", () => {
    const { cgroups } = someCgroups(4);
    cgroups.add(cgroupRecord(1n, "/"));
    const { path, isRoot } = cgroups.get(0, 1)!;
    expect([Buffer.from(path).toString(), isRoot]).toEqual(["/", true]);
  });

  test("whatever id that is: both halves count", () => {
    const { path, add } = someCgroups(100);
    const ids = [1n, 0xffff_ffffn, 1n << 32n, (1n << 32n) + 1n, 5n << 45n, (5n << 45n) + 1n, 2n ** 53n - 1n]
      .concat([2n ** 53n, 2n ** 53n + 1n, 2n ** 53n + 2n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n - 2n])
      .concat([(300n << 45n) + 7n, (300n << 45n) + 8n]);
    add(...ids);
    for (const id of ids) expect(path(id)).toBe(`/${id}`);
    for (const id of [2n, 2n << 32n, 2n ** 53n + 3n, 2n ** 64n - 3n]) expect(path(id)).toBeUndefined();
  });

  test("0 is none, even if somebody told one", () => {
    const { path, add } = someCgroups(4);
    add(0n);
    expect(path(0n)).toBeUndefined();
  });

  test("the last that was told, where one was told twice", () => {
    const { cgroups, path } = someCgroups(4);
    cgroups.add(cgroupRecord(5n, "/old"));
    cgroups.add(cgroupRecord(5n, "/new"));
    expect(path(5n)).toBe("/new");
  });

  test("the bytes are copied: the record's batch is overwritten by the next", () => {
    const { cgroups, path } = someCgroups(4);
    const record = cgroupRecord(5n, "/a");
    cgroups.add(record);
    record.bytes.fill(0x78);
    expect(path(5n)).toBe("/a");
  });
});

describe("what is forgotten", () => {
  test("is nothing, until two generations are full", () => {
    const { forgotten, path, add } = someCgroups(10);
    add(...idsFrom(1, 20));
    expect(forgotten).toEqual([]);
    for (const id of idsFrom(1, 20)) expect(path(id)).toBe(`/${id}`);
  });

  test("is the oldest generation, all of it, once, and the kernel is asked to tell it again", () => {
    const { forgotten, add } = someCgroups(10);
    add(...idsFrom(1, 21));
    expect(forgotten).toEqual(idsFrom(1, 10));
    add(...idsFrom(22, 10));
    expect(forgotten).toEqual(idsFrom(1, 20));
  });

  test("an evicted cgroup: stays until as many bytes were read as the ring holds, for queued records", () => {
    const { cgroups, path, add } = someCgroups(10);
    cgroups.beginBatch(5000);
    add(...idsFrom(1, 100));
    expect(path(3n)).toBe("/3");
    add(...idsFrom(101, 20));
    for (const bytes of [999, 1]) {
      cgroups.beginBatch(bytes);
      expect(path(4n)).toBe("/4");
      add(...idsFrom(201, 30));
    }
    cgroups.beginBatch(1);
    expect(path(5n)).toBeUndefined();
  });

  test("is never what was used while others came", () => {
    const { forgotten, path, add } = someCgroups(10);
    add(1n, 2n);
    for (const id of idsFrom(3, 500)) {
      add(id);
      expect([path(1n), path(2n)]).toEqual(["/1", "/2"]);
    }
    expect(forgotten).not.toContain(1n);
    expect(forgotten).not.toContain(2n);
    expect(forgotten.length).toBe(new Set(forgotten).size);
  });

  test("is not what was asked for just now", () => {
    const { forgotten, path, add } = someCgroups(3);
    add(1n, 2n, 3n, 4n, 5n, 6n);
    expect(path(1n)).toBe("/1");
    expect(forgotten).toEqual([2n, 3n]);
  });

  test("an evicted cgroup: known again once the kernel sends its path again", () => {
    const { cgroups, path, add } = someCgroups(2);
    add(...idsFrom(1, 9));
    cgroups.beginBatch(1000);
    cgroups.beginBatch(1000);
    expect(path(1n)).toBeUndefined();
    add(1n);
    expect(path(1n)).toBe("/1");
  });
});

test.each([1, 2, 7, 64])(
  "a kernel that tells each cgroup once is always understood, in generations of %d",
  (generation) => {
    const random = new Random(15);
    /** What bpf/cgroup_path.bpf.h has: the cgroups that need not be told. */
    const told = new Set<bigint>();
    const cgroups = new Cgroups(bytesOf(generation), 0, (id) => told.delete(BigInt(id)));
    let most = 0;
    for (let i = 0; i < 30_000; i++) {
      // a few are used all the time, many seldom, in three hierarchies
      const number = random.below(4) ? random.below(generation) : random.below(20 * generation);
      const id = (BigInt([0, 5, 300][random.below(3)]!) << 45n) + BigInt(number + 1);
      if (!told.has(id)) {
        cgroups.add(cgroupRecord(id, `/${id}`));
        told.add(id);
      }
      if (random.below(10) === 0) cgroups.beginBatch(1);
      const place = cgroups.get(...halves(id));
      if (!place || Buffer.from(place.path).toString() !== `/${id}`) throw new Error(`${id} is not known after ${i}`);
      most = Math.max(most, told.size);
    }
    // the kernel's map has room for four generations
    expect(most).toBeLessThanOrEqual(3 * generation);
  },
);

test("records that were under way when their cgroup was forgotten are understood", () => {
  const random = new Random(16);
  const generation = 50;
  const told = new Set<bigint>();
  const cgroups = new Cgroups(bytesOf(generation), 20, (id) => told.delete(BigInt(id)));
  /** What stands in the ring buffer: news of a cgroup, or a death in it. */
  let ring: [isNews: boolean, id: bigint][] = [];
  for (let i = 0; i < 2000; i++) {
    for (let deaths = random.below(20); deaths > 0; deaths--) {
      const id = BigInt(1 + random.below(random.below(3) ? 40 : 1000));
      if (!told.has(id)) ring.push([true, id]);
      told.add(id);
      ring.push([false, id]);
    }
    cgroups.beginBatch(ring.length);
    for (const [isNews, id] of ring) {
      if (isNews) cgroups.add(cgroupRecord(id, `/${id}`));
      else if (!cgroups.get(...halves(id))) throw new Error(`${id} is not known in batch ${i}`);
    }
    ring = [];
  }
});

test("cgroup paths of 3,800 bytes: take no more memory than short ones, because bytes are bounded", () => {
  const told = new Set<bigint>();
  const generation = 1024 * 1024;
  const cgroups = new Cgroups(generation, 0, (id) => told.delete(BigInt(id)));
  let most = 0;
  for (const id of idsFrom(1, 14_000)) {
    cgroups.beginBatch(4096);
    const path = `/${id}${"/xxxxxxxxxxxxxxxxxxxx".repeat(180)}`;
    cgroups.add(cgroupRecord(id, path));
    told.add(id);
    most = Math.max(most, told.size * path.length);
    expect(cgroups.get(...halves(id))?.path.length).toBe(path.length);
  }
  expect(most).toBeLessThan(2 * generation);
});

test("a cgroup whose path arrives 100 times: evicts no other", () => {
  const { cgroups, forgotten, add } = someCgroups(3);
  add(1n, 2n);
  for (let i = 0; i < 100; i++) cgroups.add(cgroupRecord(2n, "/2"));
  expect(forgotten).toEqual([]);
});

test("a cgroup path larger than a generation: still known", () => {
  const { path, add } = someCgroups(0);
  add(7n);
  expect(path(7n)).toBe("/7");
});

describe("of two hierarchies", () => {
  const bytes = (text: string) => Buffer.from(text);
  const place = (path: string, containerId: string | null = null, podUid: string | null = null): CgroupOrigin => ({
    path: bytes(path),
    containerId: containerId === null ? null : bytes(containerId),
    podUid: podUid === null ? null : bytes(podUid),
    isRoot: path === "/",
  });

  test("one that is not there leaves the other", () => {
    const only = place("/a");
    expect(originOf(only, undefined)).toBe(only);
    expect(originOf(undefined, only)).toBe(only);
    expect(originOf(undefined, undefined)).toBeNull();
  });

  test("both together are made once, not once an exit", () => {
    const [v2, v1, other] = [place("/v2", null, "pod"), place("/v1", "id"), place("/v1b", "other")];
    const both = originOf(v2, v1);
    expect(both).toEqual({ ...v2, containerId: bytes("id") });
    expect(originOf(v2, v1)).toBe(both!);
    expect(originOf(v2, other)).toEqual({ ...v2, containerId: bytes("other") });
    expect(v2.containerId).toBeNull();
  });
});
