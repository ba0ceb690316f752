import { describe, expect, test } from "bun:test";
import { importMistakes, readImports } from "../../scripts/check/imports.ts";
import { temporaryFolder } from "../support/tracer.ts";

const mistakesOf = (imports: Record<string, string[]>) => importMistakes(new Map(Object.entries(imports)));

describe("scripts/check/imports.ts: refuses", () => {
  test.each([
    ["an import from a layer above", "src/bpf/map.ts", "src/cli/plan.ts", "cli is a layer above bpf"],
    ["an import of record from outside itself", "src/record/view.ts", "src/errors.ts", "src/record imports nothing"],
    ["bun:ffi outside src/native", "src/bpf/map.ts", "bun:ffi", "only src/native and test/ import bun:ffi"],
    ["an import from scripts/ of test/", "scripts/bench/bench.ts", "test/support/tracer.ts", "scripts/ does not"],
    ["an import from src/ of scripts/", "src/main.ts", "scripts/build/run.ts", "src/ imports neither"],
    ["a folder without a layer", "src/main.ts", "src/nowhere/file.ts", "this folder has no layer"],
  ])("%s", (_, from, to, reason) => {
    expect(mistakesOf({ [from]: [to], [to]: [] })).toEqual([expect.stringContaining(reason)]);
  });

  test("a cycle of files and a cycle of folders of the same layer", () => {
    expect(mistakesOf({ "src/bpf/a.ts": ["src/bpf/b.ts"], "src/bpf/b.ts": ["src/bpf/a.ts"] })).toHaveLength(1);
    const folders = { "src/bpf/a.ts": ["src/system/b.ts"], "src/system/c.ts": ["src/bpf/d.ts"] };
    expect(mistakesOf(folders)).toEqual([expect.stringContaining("bpf -> system -> bpf")]);
  });
});

test("scripts/check/imports.ts: allows imports of the same folder and of layers below", () => {
  expect(
    mistakesOf({
      "src/main.ts": ["src/cli/parse.ts", "src/errors.ts"],
      "src/cli/parse.ts": ["src/cli/values/common.ts"],
    }),
  ).toEqual([]);
});

test("readImports(): finds imports of values, types, files and modules, each form on one line or several", async () => {
  using folder = temporaryFolder();
  const text = [
    'import { a } from "./a.ts";\nimport type {\n  B,\n} from "../b.ts";\nexport { c } from "./c.ts";',
    'import "./d.ts";\nconst e = await import("./e.ts");\nimport f from "../../build/f.o" with { type: "file" };',
    'import { g } from "bun:ffi";\nconst text = \'from "none"\';',
  ].join("\n");
  await Bun.write(`${folder.path}/src/x/y.ts`, text);
  const imports = await readImports(`${folder.path}/`, ["src/x/y.ts"]);
  const [a, b, c, d, e] = ["src/x/a.ts", "src/b.ts", "src/x/c.ts", "src/x/d.ts", "src/x/e.ts"];
  expect(imports.get("src/x/y.ts")).toEqual([a, b, c, d, e, "build/f.o", "bun:ffi"] as string[]);
});
