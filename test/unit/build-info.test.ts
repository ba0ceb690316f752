import { expect, test } from "bun:test";
import { versionText } from "../../src/cli/build-info.ts";

const hash = "0123456789abcdef0123456789abcdef01234567";

test.each<[string, object, string]>([
  [
    "of a commit",
    { commit: hash, day: "2026-11-29", target: "linux-x64-musl" },
    `${hash} (2026-11-29)\ntarget: linux-x64-musl`,
  ],
  [
    "of changed sources",
    { commit: `${hash}-dirty`, day: "2026-11-29", target: "linux-x64" },
    `${hash}-dirty (2026-11-29)\ntarget: linux-x64`,
  ],
  ["outside a git clone", { target: "linux-arm64" }, "unknown\ntarget: linux-arm64"],
  ["not compiled", {}, "unknown\ntarget: none: not compiled"],
])("--version %s: one fact a line", (_, facts, expected) => {
  expect(versionText({ version: "1.2.3", ...facts }, "1.7")).toBe(
    `exitsnoop 1.2.3\ncommit: ${expected}\nruntime: Bun ${Bun.version}\nlibbpf: 1.7\n`,
  );
});
