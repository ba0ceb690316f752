/** The files that the operands of exitsnoop replay name. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { TraceError } from "../../src/errors.ts";
import { recordingsOf } from "../../src/replay/recordings.ts";
import { temporaryFolder } from "../support/tracer.ts";

const named = (number: number, end = ".jsonl") => `exits-${String(number).padStart(10, "0")}${end}`;

/** Returns the names of the segments in a directory with these files. */
function segmentsIn(names: readonly string[], prepare: (path: string) => void = () => {}): string[] {
  using folder = temporaryFolder();
  for (const name of names) writeFileSync(`${folder.path}/${name}`, "");
  prepare(folder.path);
  return recordingsOf([folder.path]).map(({ file, isSegment }) => {
    expect({ file, isSegment }).toEqual({ file: `${folder.path}/${basename(file)}`, isSegment: true });
    return basename(file);
  });
}

describe("a directory", () => {
  test("directory: stands for its segments, in the order of their numbers", () => {
    const names = [10, 9, 2, 1_000_000_000].map((number) => named(number));
    expect(segmentsIn(names)).toEqual([2, 9, 10, 1_000_000_000].map((number) => named(number)));
  });

  test("compressed segments: each is read once", () => {
    const names = [named(1, ".jsonl.gz"), named(2, ".jsonl.zst"), named(3), named(3, ".jsonl.gz")];
    expect(segmentsIn(names)).toEqual([named(1, ".jsonl.gz"), named(2, ".jsonl.zst"), named(3)]);
  });

  test("other files, links and directories: are not read", () => {
    const others = ["exits-1.jsonl", named(2, ".csv"), named(3, ".jsonl.bak"), "exits.jsonl", `x${named(4)}`];
    const segments = segmentsIn([named(1), ...others], (path) => {
      symlinkSync(`${path}/${named(1)}`, `${path}/${named(5)}`);
      mkdirSync(`${path}/${named(6)}`);
    });
    expect(segments).toEqual([named(1)]);
  });
});

test("a directory without segments, or that is missing: is refused with the reason", () => {
  using folder = temporaryFolder();
  const refusal = `cannot read ${folder.path}: it is a directory without segments of --keep; name the files in it`;
  expect(() => recordingsOf([folder.path])).toThrow(new TraceError(refusal));
  const missing = `${folder.path}/none`;
  expect(() => recordingsOf([missing])).toThrow(new TraceError(`cannot read ${missing}: no such file or directory`));
});

test("files and stdin: are read as they are named", () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/exits.jsonl`;
  writeFileSync(file, "");
  expect(recordingsOf([file, "-"])).toEqual([
    { file, isSegment: false },
    { file: "-", isSegment: false },
  ]);
});
