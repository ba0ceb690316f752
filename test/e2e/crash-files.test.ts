/** Crash sites in programs of all kinds: hidden, removed, replaced, damaged, unusual. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compileCrash, crashesOf, functionsOf } from "../support/crash-sites.ts";
import { fixture } from "../support/tracer.ts";

const program = fixture("crash");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync("/tmp/exitsnoop-crash-");
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Returns a copy of a program that only root can reach. */
function hiddenCopy(of: string): string {
  const secret = join(folder, "secret");
  mkdirSync(secret, { mode: 0o700, recursive: true });
  const hidden = join(secret, "hidden");
  copyFileSync(of, hidden);
  return hidden;
}

test("a file that only root can reach: the broker opens it", async () => {
  const [event] = await crashesOf([[hiddenCopy(program), "write-null"]]);
  expect(functionsOf(event!.crash!)).toEqual(["write_null", "inner", "outer", "main"]);
});

/** Compiles a program whose code and data are in one page of its file. */
function smallProgram(): string {
  const source = join(folder, "small.c");
  writeFileSync(source, "int main(void) { *(volatile int *)0 = 1; }");
  const compiled = join(folder, "small");
  const { success } = Bun.spawnSync(["clang", "-w", "-O1", "-Wl,-z,noseparate-code", "-o", compiled, source]);
  expect(success).toBe(true);
  return compiled;
}

/** Returns a copy of the program whose notes precede its code in the headers, as mold makes it. */
function notesFirst(): string {
  const elf = readFileSync(program);
  const [at, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(56)];
  const headers = Array.from({ length: count }, (_, i) => Buffer.from(elf.subarray(at + 56 * i, at + 56 * (i + 1))));
  const isLate = (header: Buffer) => Number(![3, 4, 6].includes(header.readUInt32LE(0)));
  elf.set(Buffer.concat(headers.toSorted((one, other) => isLate(one) - isLate(other))), at);
  const copy = join(folder, "notes-first");
  writeFileSync(copy, elf, { mode: 0o755 });
  return copy;
}

test.each([
  ["", () => program],
  [" with its notes first", notesFirst],
  [" with code and data in one page", smallProgram],
])("a file%s that the tracer may not read: module, offset, address and build id", async (_, compile) => {
  const plainProgram = compile();
  const hidden = hiddenCopy(plainProgram);
  const via = ["setpriv", "--bounding-set", "-dac_read_search,-dac_override", "--"];
  const [event] = await crashesOf([[hidden, "write-null"]], undefined, undefined, via);
  const [plain] = await crashesOf([[plainProgram, "write-null"]]);
  const [frame] = event!.crash!.frames;
  const [known] = plain!.crash!.frames;
  expect(frame).toMatchObject({ module: hidden, function: null, file: "unreadable" });
  for (const key of ["offset", "address", "build_id"] as const) expect(frame![key]).toBe(known![key]);
});

test("a file that was removed: deleted, and no file of its name is read", async () => {
  const removed = join(folder, "removed");
  copyFileSync(program, removed);
  const [event] = await crashesOf([
    ["/bin/sh", "-c", `exec 3<${removed}; rm ${removed}; exec /proc/self/fd/3 write-null`],
  ]);
  expect(event!.crash!.frames[0]).toMatchObject({ module: removed, deleted: true, file: "gone", function: null });
});

test("a path that has another file in the tracer's mounts: replaced, and its names are not used", async () => {
  const place = join(folder, "place");
  copyFileSync("/bin/true", place);
  const mounted = `mount --bind ${program} ${place} && exec ${place} write-null`;
  const [event] = await crashesOf([["unshare", "-m", "/bin/sh", "-c", mounted]]);
  const [frame] = event!.crash!.frames;
  // the mounted file is found by its device, where the tracer sees that
  expect(["ok", "replaced"]).toContain(frame!.file!);
  if (frame!.file === "ok") expect(frame!.function).toBe("write_null");
  else expect(frame!.function).toBeNull();
});

test("a path that is a file of the kernel in the tracer's mounts: it is not opened", async () => {
  const place = "/proc/vmallocinfo";
  // in a file system that the tracer does not see, so that it cannot find the file by its device
  const mounted = `mount -t tmpfs none /mnt && cp ${program} /mnt/app && mount --bind /mnt/app ${place} &&
    exec ${place} write-null`;
  const [event] = await crashesOf([["unshare", "-m", "/bin/sh", "-c", mounted]]);
  // it would be "replaced" if it had been opened
  expect(event!.crash!.frames[0]).toMatchObject({ module: place, file: "unreadable", function: null });
});

test("a file with 190,000 entries and no sorted table: given up, with the reason", async () => {
  const source = join(folder, "entries.s");
  writeFileSync(source, ".text\n.rept 190000\n.cfi_startproc\nnop\n.cfi_endproc\n.endr\n");
  const compiled = compileCrash(folder, "entries", ["-O1", "-Wl,--no-eh-frame-hdr", source]);
  const [event] = await crashesOf([[compiled, "write-null"]]);
  expect(event!.crash!.frames_missing).toBe("too_complex");
});

test("a build id of more than 20 bytes: the file is identified by its inode", async () => {
  const compiled = compileCrash(folder, "long-build-id", ["-O1", `-Wl,--build-id=0x${"5a".repeat(32)}`]);
  const [event] = await crashesOf([[compiled, "write-null"]]);
  expect(functionsOf(event!.crash!)).toEqual(["write_null", "inner", "outer", "main"]);
  expect(event!.crash!.frames[0]).toMatchObject({ build_id: null, file: "ok" });
});

test("a path that is longer than what is recorded: no part of it is shown", async () => {
  const script = `cd ${folder}; d=${"d".repeat(200)}
    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do mkdir $d; cd $d; done; cp ${program} deep; exec ./deep write-null`;
  const [event] = await crashesOf([["/bin/sh", "-c", script]]);
  expect(event!.crash!.frames[0]).toMatchObject({ module: "[unknown file]", offset: expect.any(String) });
});
