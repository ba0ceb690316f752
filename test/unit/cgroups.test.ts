import { describe, expect, test } from "bun:test";
import { Cgroups, ORIGIN_BYTES, type CgroupOrigin, originOf } from "../../src/exit/cgroups.ts";
import { cgroupRecord, halves } from "../support/fake-records.ts";
import { Random, repeated } from "../support/random.ts";

/** Returns the number of bytes that a number of cgroups with short paths take. */
const bytesOf = (cgroups: number) => cgroups * (ORIGIN_BYTES + 4);

/** Creates Cgroups with room for `generation` cgroups a generation, and records evicted ids. */
function someCgroups(generation: number) {
  const evicted: bigint[] = [];
  const cgroups = new Cgroups(bytesOf(generation), 1000, (id) => evicted.push(BigInt(id)));
  const path = (id: bigint) => {
    const place = cgroups.get(...halves(id));
    return place && Buffer.from(place.path).toString();
  };
  const add = (...ids: bigint[]) => {
    for (const id of ids) cgroups.add(cgroupRecord(id, `/${id}`));
  };
  return { cgroups, evicted, path, add };
}

const idsFrom = (first: number, count: number) => Array.from({ length: count }, (_, i) => BigInt(first + i));

describe("Cgroups.get():", () => {
  test("a cgroup of a container: path, container id and no pod uid", () => {
    const { cgroups } = someCgroups(4);
    const id = "0123456789abcdef".repeat(4);
    cgroups.add(cgroupRecord(5n, `/system.slice/docker-${id}.scope`));
    const { path, containerId, podUid, isRoot } = cgroups.get(0, 5)!;
    expect(Buffer.from(path).toString()).toBe(`/system.slice/docker-${id}.scope`);
    expect(Buffer.from(containerId!).toString()).toBe(id);
    expect([podUid, isRoot]).toEqual([null, false]);
  });

  test("a path whose beginning is missing: no unit and no slice, which anyone could have named so", () => {
    const { cgroups } = someCgroups(4);
    const units = (isCut: boolean) => {
      cgroups.add(cgroupRecord(5n, "/system.slice/nginx.service", isCut));
      const { unit, userUnit, slice } = cgroups.get(0, 5)!;
      return [unit, userUnit, slice].map((name) => name && Buffer.from(name).toString());
    };
    expect(units(false)).toEqual(["nginx.service", null, "system.slice"]);
    expect(units(true)).toEqual([null, null, null]);
  });

  test("the root cgroup: isRoot is true", () => {
    const { cgroups } = someCgroups(4);
    cgroups.add(cgroupRecord(1n, "/"));
    const { path, isRoot } = cgroups.get(0, 1)!;
    expect([Buffer.from(path).toString(), isRoot]).toEqual(["/", true]);
  });

  test("ids that differ in one half: different cgroups", () => {
    const { path, add } = someCgroups(100);
    const ids = [1n, 0xffff_ffffn, 1n << 32n, (1n << 32n) + 1n, 5n << 45n, (5n << 45n) + 1n, 2n ** 53n - 1n]
      .concat([2n ** 53n, 2n ** 53n + 1n, 2n ** 53n + 2n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n - 2n])
      .concat([(300n << 45n) + 7n, (300n << 45n) + 8n]);
    add(...ids);
    for (const id of ids) expect(path(id)).toBe(`/${id}`);
    for (const id of [2n, 2n << 32n, 2n ** 53n + 3n, 2n ** 64n - 3n]) expect(path(id)).toBeUndefined();
  });

  test("id 0: undefined, even after a record with id 0", () => {
    const { path, add } = someCgroups(4);
    add(0n);
    expect(path(0n)).toBeUndefined();
  });

  test("a second record for an id: replaces the first", () => {
    const { cgroups, path } = someCgroups(4);
    cgroups.add(cgroupRecord(5n, "/old"));
    cgroups.add(cgroupRecord(5n, "/new"));
    expect(path(5n)).toBe("/new");
  });

  test("bytes of the path: copied, because the next batch overwrites the record", () => {
    const { cgroups, path } = someCgroups(4);
    const record = cgroupRecord(5n, "/a");
    cgroups.add(record);
    record.bytes.fill(0x78);
    expect(path(5n)).toBe("/a");
  });
});

describe("Cgroups: eviction:", () => {
  test("two generations that are not overfull: evict no cgroup", () => {
    const { evicted, path, add } = someCgroups(10);
    add(...idsFrom(1, 20));
    expect(evicted).toEqual([]);
    for (const id of idsFrom(1, 20)) expect(path(id)).toBe(`/${id}`);
  });

  test("a third generation: evicts the oldest as a whole, and reports each id once", () => {
    const { evicted, add } = someCgroups(10);
    add(...idsFrom(1, 21));
    expect(evicted).toEqual(idsFrom(1, 10));
    add(...idsFrom(22, 10));
    expect(evicted).toEqual(idsFrom(1, 20));
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

  test("a cgroup that is looked up regularly: never evicted", () => {
    const { evicted, path, add } = someCgroups(10);
    add(1n, 2n);
    for (const id of idsFrom(3, 500)) {
      add(id);
      expect([path(1n), path(2n)]).toEqual(["/1", "/2"]);
    }
    expect(evicted).not.toContain(1n);
    expect(evicted).not.toContain(2n);
    expect(evicted.length).toBe(new Set(evicted).size);
  });

  test("a cgroup of the oldest generation that was just looked up: not evicted", () => {
    const { evicted, path, add } = someCgroups(3);
    add(1n, 2n, 3n, 4n, 5n, 6n);
    expect(path(1n)).toBe("/1");
    expect(evicted).toEqual([2n, 3n]);
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
  "Cgroups: knows every cgroup if the kernel sends each path once after its eviction, in generations of %d",
  (generation) => {
    const random = new Random(15);
    /** Stands for the map sent_cgroup_paths of bpf/cgroup_path.bpf.h. */
    const sent = new Set<bigint>();
    const cgroups = new Cgroups(bytesOf(generation), 0, (id) => sent.delete(BigInt(id)));
    let maxSent = 0;
    for (let i = 0; i < repeated(10_000); i++) {
      // few ids are frequent, many are rare, in three ranges of ids that share their low halves
      const number = random.below(4) ? random.below(generation) : random.below(20 * generation);
      const id = (BigInt([0, 5, 300][random.below(3)]!) << 45n) + BigInt(number + 1);
      if (!sent.has(id)) {
        cgroups.add(cgroupRecord(id, `/${id}`));
        sent.add(id);
      }
      if (random.below(10) === 0) cgroups.beginBatch(1);
      const place = cgroups.get(...halves(id));
      if (!place || Buffer.from(place.path).toString() !== `/${id}`) throw new Error(`${id} is not known after ${i}`);
      maxSent = Math.max(maxSent, sent.size);
    }
    // the map sent_cgroup_paths has room for four generations
    expect(maxSent).toBeLessThanOrEqual(3 * generation);
  },
);

test("Cgroups: knows the cgroups of exit records that were queued when the cgroup was evicted", () => {
  const random = new Random(16);
  const generation = 50;
  const sent = new Set<bigint>();
  const cgroups = new Cgroups(bytesOf(generation), 20, (id) => sent.delete(BigInt(id)));
  /** The queued records: paths of cgroups, and exits in them. */
  let ring: [isPath: boolean, id: bigint][] = [];
  for (let i = 0; i < 2000; i++) {
    for (let exits = random.below(20); exits > 0; exits--) {
      const id = BigInt(1 + random.below(random.below(3) ? 40 : 1000));
      if (!sent.has(id)) ring.push([true, id]);
      sent.add(id);
      ring.push([false, id]);
    }
    cgroups.beginBatch(ring.length);
    for (const [isPath, id] of ring) {
      if (isPath) cgroups.add(cgroupRecord(id, `/${id}`));
      else if (!cgroups.get(...halves(id))) throw new Error(`${id} is not known in batch ${i}`);
    }
    ring = [];
  }
});

test("cgroup paths of 3,800 bytes: take no more memory than short ones, because bytes are bounded", () => {
  const sent = new Set<bigint>();
  const generation = 1024 * 1024;
  const cgroups = new Cgroups(generation, 0, (id) => sent.delete(BigInt(id)));
  let maxBytes = 0;
  for (const id of idsFrom(1, 2000)) {
    cgroups.beginBatch(4096);
    const path = `/${id}${"/xxxxxxxxxxxxxxxxxxxx".repeat(180)}`;
    cgroups.add(cgroupRecord(id, path));
    sent.add(id);
    maxBytes = Math.max(maxBytes, sent.size * path.length);
    expect(cgroups.get(...halves(id))?.path.length).toBe(path.length);
  }
  expect(maxBytes).toBeLessThan(2 * generation);
});

test("a cgroup whose path arrives 100 times: evicts no other", () => {
  const { cgroups, evicted, add } = someCgroups(3);
  add(1n, 2n);
  for (let i = 0; i < 100; i++) cgroups.add(cgroupRecord(2n, "/2"));
  expect(evicted).toEqual([]);
});

test("a cgroup path larger than a generation: still known", () => {
  const { path, add } = someCgroups(0);
  add(7n);
  expect(path(7n)).toBe("/7");
});

describe("originOf() two hierarchies:", () => {
  const bytes = (text: string) => Buffer.from(text);
  const place = (path: string, containerId: string | null = null, podUid: string | null = null): CgroupOrigin => ({
    path: bytes(path),
    containerId: containerId === null ? null : bytes(containerId),
    podUid: podUid === null ? null : bytes(podUid),
    unit: null,
    userUnit: null,
    slice: null,
    isRoot: path === "/",
  });

  test("one is missing: returns the other", () => {
    const only = place("/a");
    expect(originOf(only, undefined)).toBe(only);
    expect(originOf(undefined, only)).toBe(only);
    expect(originOf(undefined, undefined)).toBeNull();
  });

  test("both exist: the combined origin is created once per pair, not per exit", () => {
    const [v2, v1, other] = [place("/v2", null, "pod"), place("/v1", "id"), place("/v1b", "other")];
    const both = originOf(v2, v1);
    expect(both).toEqual({ ...v2, containerId: bytes("id") });
    expect(originOf(v2, v1)).toBe(both!);
    expect(originOf(v2, other)).toEqual({ ...v2, containerId: bytes("other") });
    expect(v2.containerId).toBeNull();
  });
});
