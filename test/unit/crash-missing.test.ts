/** Why the callers of a crash site's last frame are not known, and the bound of its names. */
import { expect, test } from "bun:test";
import { boundNames, MAX_NAME_BYTES } from "../../src/crash/bound-names.ts";
import { missingOf } from "../../src/crash/missing.ts";
import type { unwindEnds } from "../../src/native/unwind.ts";
import { CrashFlag } from "../../src/record/layout.ts";
import { fakeFrame } from "../support/fake-crash.ts";

type End = (typeof unwindEnds)[number];
const { modulesCut, modulesDropped, stackDropped, stackMissing } = CrashFlag;

test.each<[string, End, number, boolean, string | null, string | null]>([
  ["the outermost frame", "outermost", 0, true, "f", null],
  ["the outermost frame, without the last record", "outermost", 0, false, "f", null],
  ["more frames", "cut", 0, true, "f", null],
  ["too much work", "exhausted", stackDropped, true, "f", "too_complex"],
  ["a stack without room", "unknown", stackDropped, true, "f", "ring_full"],
  ["modules without room", "unknown", modulesDropped, true, "f", "ring_full"],
  ["no last record", "unknown", 0, false, "f", "ring_full"],
  ["no stack", "unknown", stackMissing, true, "f", "stack_unreadable"],
  ["a frame in a mapping that is not recorded", "unknown", modulesCut, true, null, "too_many_mappings"],
  ["a frame in a recorded mapping", "unknown", modulesCut, true, "f", "no_unwind_info"],
  ["a caller in no recorded mapping", "unrecorded", modulesCut, true, "f", "too_many_mappings"],
  ["a caller in no mapping", "unrecorded", 0, true, "f", "no_unwind_info"],
  ["the start of a program without unwind tables", "unknown", 0, true, "_start", null],
  ["the start of a thread without unwind tables", "unknown", 0, true, "__clone", null],
  ["no unwind tables", "unknown", 0, true, "start_of", "no_unwind_info"],
])("%s: %s, flags %d, last record %p, function %p: %p", (_, end, flags, hasEnd, name, expected) => {
  const last = fakeFrame(name, name === null ? { offset: null } : {});
  expect(missingOf({ end }, flags, hasEnd, [fakeFrame("f"), last])).toBe(expected as never);
});

test("long names: those beyond the bound are left out, and the frames are kept", () => {
  const name = "f".repeat(MAX_NAME_BYTES / 4);
  const frames = boundNames(Array.from({ length: 64 }, () => fakeFrame(name)));
  expect(frames.length).toBe(64);
  expect(frames.filter((frame) => frame.function !== null).length).toBe(3);
  const bytes = frames.slice(0, 3).reduce((sum, frame) => sum + frame.module.length + frame.function!.length, 0);
  expect(bytes).toBeLessThanOrEqual(MAX_NAME_BYTES);
});
