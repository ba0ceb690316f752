import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { summaryKeys } from "../../src/views/keys.ts";
import { tableColumns, values } from "../../src/views/values.ts";

test("docs/output.md: has each key of --by with its members, each value and each heading of a summary", () => {
  const text = readFileSync(`${import.meta.dir}/../../docs/output.md`, "utf8");
  const section = /^## Summary$([^]*?)^## /m.exec(text)![1]!;
  const names = [
    ...summaryKeys.flatMap(({ name, fields }) => [name, ...fields.map(({ key }) => key)]),
    ...values.map(({ key }) => key),
    ...tableColumns.map(({ heading }) => heading),
  ];
  expect(names.filter((name) => !section.includes(`\`${name}\``))).toEqual([]);
});
