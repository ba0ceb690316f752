import { expect, test } from "bun:test";
import type { BpfMap } from "../../src/bpf/map.ts";
import { PIDS_PER_ENTRY } from "../../src/record/layout.ts";
import { readTraceePids } from "../../src/recorder/tracees.ts";

/** Returns a map with these pids flagged, whose elements are read in the order of their keys. */
function fakeTracees(maxEntries: number, flagged: readonly number[]) {
  let next = 0;
  let reads = 0;
  const map = {
    maxEntries,
    read(_key: Uint8Array, isFirst: boolean, to: Uint8Array): number {
      reads++;
      if (isFirst) next = 0;
      const view = new DataView(to.buffer);
      const size = 4 + PIDS_PER_ENTRY;
      let count = 0;
      for (; next < maxEntries && (count + 1) * size <= to.length; next++, count++) {
        view.setUint32(count * size, next, true);
        for (let i = 0; i < PIDS_PER_ENTRY; i++) {
          to[count * size + 4 + i] = Number(flagged.includes(next * PIDS_PER_ENTRY + i));
        }
      }
      return count;
    },
  };
  return { map: map as unknown as BpfMap, reads: () => reads };
}

test("readTraceePids(): finds the first, the last and neighbouring pids, in ascending order", () => {
  const pids = [1, 63, 64, 65, 1023, 65_536, 199_999];
  expect(readTraceePids(fakeTracees(3125, pids).map, 100)).toEqual(pids);
});

test("readTraceePids() of a map without tracees: finds none", () => {
  expect(readTraceePids(fakeTracees(512, []).map, 100)).toEqual([]);
});

test("readTraceePids() of more tracees than asked for: returns the lowest pids and reads no further", () => {
  const { map, reads } = fakeTracees(65_536, [10, 20, 30, 4_000_000]);
  expect(readTraceePids(map, 2)).toEqual([10, 20]);
  expect(reads()).toBe(1);
});

test("readTraceePids() of at most 0 pids: reads nothing", () => {
  const { map, reads } = fakeTracees(512, [10]);
  expect(readTraceePids(map, 0)).toEqual([]);
  expect(reads()).toBe(0);
});
