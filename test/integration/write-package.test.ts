import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { writeFile, writeOpen } from "../../src/eunomia/write-package.ts";
import { WriteError } from "../../src/errors.ts";
import { temporaryFolder } from "../support/tracer.ts";

const ENOSPC = -28;
const bytes = Buffer.from("the package");
const write = (fd: number, data: Uint8Array, length: number) => writeSync(fd, data, 0, length);
const fails = () => ENOSPC;

test("writeFile() of a new file: has the bytes and mode 0600", () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/package.json`;
  writeFile(write, file, bytes, false);
  expect(readFileSync(file, "utf8")).toBe("the package");
  expect(statSync(file).mode & 0o777 & ~process.umask()).toBe(0o600 & ~process.umask());
});

describe("writeFile() of an existing file:", () => {
  test.each([false, true])("overwritten only with --force (%p)", (isForced) => {
    using folder = temporaryFolder();
    const file = `${folder.path}/package.json`;
    writeFileSync(file, "something that is longer than the package");
    const attempt = () => writeFile(write, file, bytes, isForced);
    if (isForced) attempt();
    else expect(attempt).toThrow(/package\.json exists; overwrite it with --force, or name another file/);
    expect(readFileSync(file, "utf8")).toBe(isForced ? "the package" : "something that is longer than the package");
  });

  test("a symbolic link, also a dangling one: refused without --force", () => {
    using folder = temporaryFolder();
    writeFileSync(`${folder.path}/target`, "kept");
    symlinkSync("target", `${folder.path}/link`);
    symlinkSync("nowhere", `${folder.path}/dangling`);
    for (const name of ["link", "dangling"]) {
      expect(() => writeFile(write, `${folder.path}/${name}`, bytes, false)).toThrow("exists");
    }
    expect(readFileSync(`${folder.path}/target`, "utf8")).toBe("kept");
    expect(existsSync(`${folder.path}/nowhere`)).toBe(false);
  });

  test("a device: written without --force, because it has no content to lose", () => {
    writeFile(write, "/dev/null", bytes, false);
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });
});

describe("writeFile() of a file that cannot be written:", () => {
  test.each([false, true])("a folder, --force %p: refused", (isForced) => {
    using folder = temporaryFolder();
    mkdirSync(`${folder.path}/package.json`);
    const attempt = () => writeFile(write, `${folder.path}/package.json`, bytes, isForced);
    expect(attempt).toThrow(/: it is a directory; name a file in it$/);
  });

  test("a missing folder: throws a WriteError that suggests --output", () => {
    using folder = temporaryFolder();
    const attempt = () => writeFile(write, `${folder.path}/no/package.json`, bytes, false);
    expect(attempt).toThrow(/cannot write to .*: no such file or directory; name another file with --output$/);
    expect(attempt).toThrow(WriteError);
  });

  test("a full disk: removes the partial file", () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/package.json`;
    expect(() => writeFile(fails, file, bytes, false)).toThrow(/no space left on device; name another file/);
    expect(existsSync(file)).toBe(false);
  });

  test("a full disk, with --force: keeps the existing file", () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/package.json`;
    writeFileSync(file, "before");
    expect(() => writeFile(fails, file, bytes, true)).toThrow("no space left on device");
    expect(existsSync(file)).toBe(true);
  });

  test.if(process.getuid?.() !== 0)("a folder without write permission: throws an error", () => {
    using folder = temporaryFolder();
    chmodSync(folder.path, 0o555);
    expect(() => writeFile(write, `${folder.path}/package.json`, bytes, false)).toThrow("permission denied");
  });

  test("a hostile file name: escaped in the message", () => {
    using folder = temporaryFolder();
    expect(() => writeFile(write, `${folder.path}/\x1b[2J/x`, bytes, false)).toThrow(/\\x1b\[2J/);
  });

  test("writeOpen() to an output that takes 3 of 11 bytes: throws an error", () => {
    expect(() => writeOpen(() => 3, 1, "standard output", bytes)).toThrow(
      "only 3 of 11 bytes could be written to standard output",
    );
  });
});
