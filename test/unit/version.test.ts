import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { version } from "../../package.json" with { type: "json" };

const root = new URL("../../", import.meta.url).pathname;

test.each(["exitsnoop", "recorder-package"])("bpf/%s.bpf.c: @version is the version of package.json", (name) => {
  const source = readFileSync(`${root}bpf/${name}.bpf.c`, "utf8");
  expect(/^\/\/\/ @version (.*)$/m.exec(source)?.[1]).toBe(version);
});

test("CHANGELOG.md: the first released version is the version of package.json", () => {
  const changelog = readFileSync(`${root}CHANGELOG.md`, "utf8");
  expect(/^## \[(\d.*?)\]/m.exec(changelog)?.[1]).toBe(version);
});
