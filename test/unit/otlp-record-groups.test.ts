import { expect, test } from "bun:test";
import { RecordGroups } from "../../src/export/otlp/record-groups.ts";

const NAME = "p".repeat(100_000);

function groupsOf(names: readonly string[]): RecordGroups {
  const groups = new RecordGroups([{ key: "host.name", value: "web1" }]);
  for (const pod_name of names) {
    groups.add({ event: "exit", pid: 1, pod_name }, new Uint8Array(100));
  }
  return groups;
}

test("size of a batch: has the names of each container once", () => {
  const { bytes } = groupsOf([`${NAME}a`, `${NAME}b`]);
  expect(bytes).toBeGreaterThan(2 * NAME.length);
  expect(bytes).toBeLessThan(2 * NAME.length + 1000);
  expect(groupsOf([NAME, NAME]).bytes).toBeLessThan(NAME.length + 1000);
});

test("size of a batch: begins anew when the records are taken", () => {
  const groups = groupsOf([NAME]);
  expect(groups.take()).toHaveLength(1);
  expect([groups.count, groups.bytes]).toEqual([0, 0]);
});
