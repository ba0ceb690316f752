/**
 * Malformed packages: `exitsnoop run`, with --inspect and without, refuses each with one message
 * that names the fault and its place, within 2 seconds and 300 MB.
 */
import { expect, test } from "bun:test";
import { malformedObjects } from "./malformed/elf-objects.ts";
import { malformedExports } from "./malformed/exports.ts";
import { malformedFiles } from "./malformed/files.ts";
import { malformedMembers } from "./malformed/schema.ts";
import { malformedStreams } from "./malformed/streams.ts";
import { malformedMaps } from "./malformed/maps.ts";
import { malformedPrograms } from "./malformed/programs.ts";
import { malformedStructs } from "./malformed/structs.ts";
import { malformedTypes } from "./malformed/types.ts";
import { malformedVariables } from "./malformed/variables.ts";
import { expectRefusals } from "./malformed/refusal.ts";
import { validPackage } from "./malformed/valid-package.ts";
import { write } from "./malformed/malformed.ts";
import { binary, runToEnd, temporaryFolder } from "../support/tracer.ts";

test("valid package that the malformed ones are derived from: runs", async () => {
  using folder = temporaryFolder();
  write(`${folder.path}/p.json`, [validPackage.text]);
  const { status, stdout } = await runToEnd([binary, "run", "--for", "100ms", "p.json"], { cwd: folder.path });
  expect(stdout).toStartWith("TIME ");
  expect(status).toBe(0);
});

test("files that are no package: refused with a message that names the fault", () =>
  expectRefusals(malformedFiles, 70));
test("malformed base64 and zlib streams, and wrong sizes: refused", () => expectRefusals(malformedStreams, 40));
test("members that are missing or of the wrong type: refused", () => expectRefusals(malformedMembers, 150));
test("malformed ELF objects: refused", () => expectRefusals(malformedObjects, 70));
test("malformed type information (BTF): refused", () => expectRefusals(malformedTypes, 30));
test("types that contain themselves or invalid entries: refused", () => expectRefusals(malformedStructs, 20));
test("maps with invalid definitions, names or sizes: refused", () => expectRefusals(malformedMaps, 20));
test("invalid programs and sections: refused", () => expectRefusals(malformedPrograms, 50));
test("invalid variables and option values: refused", () => expectRefusals(malformedVariables, 50));
test("events that cannot be printed: refused", () => expectRefusals(malformedExports, 50));
