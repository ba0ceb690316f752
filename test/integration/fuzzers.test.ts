/** The programs of `npm run faults`, which is run seldom, compile with today's native core. */
import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { root } from "../../scripts/build/run.ts";
import { driverCompiler } from "../faults/native.ts";

const folder = "test/faults/native";

test.each(readdirSync(`${root}${folder}`))("%s: compiles with the native core", async (file) => {
  const command = [...(await driverCompiler()), "-fsyntax-only", `${folder}/${file}`];
  const compiler = Bun.spawn(command, { cwd: root, stderr: "pipe" });
  expect({ stderr: await compiler.stderr.text(), status: await compiler.exited }).toEqual({ stderr: "", status: 0 });
});
