/**
 * Packages that somebody spoiled: each is refused with one sentence that says what is wrong and where, in two seconds and 300 MB at
 * most, with --inspect and without.
 */
import { expect, test } from "bun:test";
import { malformedElves } from "./malformed/elves.ts";
import { malformedExports } from "./malformed/exports.ts";
import { malformedFiles } from "./malformed/files.ts";
import { malformedMembers } from "./malformed/schema.ts";
import { malformedStreams } from "./malformed/streams.ts";
import { malformedMaps } from "./malformed/maps.ts";
import { malformedPrograms } from "./malformed/programs.ts";
import { malformedStructs } from "./malformed/structs.ts";
import { malformedTypes } from "./malformed/types.ts";
import { malformedWords } from "./malformed/words.ts";
import { expectRefusals } from "./malformed/refusal.ts";
import { victim } from "./malformed/victim.ts";
import { write } from "./malformed/malformed.ts";
import { binary, runToEnd, temporaryFolder } from "../support/tracer.ts";

test("the sound one runs", async () => {
  using folder = temporaryFolder();
  write(`${folder.path}/p.json`, [victim.text]);
  const { status, stdout } = await runToEnd([binary, "run", "--for", "100ms", "p.json"], { cwd: folder.path });
  expect(stdout).toStartWith("TIME ");
  expect(status).toBe(0);
});

test("files that are no package", () => expectRefusals(malformedFiles, 70));
test("base64, zlib, and how large they say they are", () => expectRefusals(malformedStreams, 40));
test("members that are missing or of the wrong kind", () => expectRefusals(malformedMembers, 150));
test("ELF files that are no BPF object", () => expectRefusals(malformedElves, 70));
test("types that cannot be", () => expectRefusals(malformedTypes, 50));
test("types that hold what they cannot hold", () => expectRefusals(malformedStructs, 30));
test("maps", () => expectRefusals(malformedMaps, 20));
test("programs", () => expectRefusals(malformedPrograms, 50));
test("variables, as options", () => expectRefusals(malformedWords, 50));
test("what is printed", () => expectRefusals(malformedExports, 50));
