/** `exitsnoop run`: forms of a package, streams, arguments and --inspect. */
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { makePackage } from "../../scripts/build/package.ts";
import described from "../../scripts/build/package/exitsnoop.meta.json" with { type: "json" };
import { makeCalls } from "../support/eunomia/side-by-side.ts";
import { pack } from "../support/packages.ts";
import { asNobody } from "../support/privileged.ts";
import { expectRefusal } from "../support/refusal.ts";
import { parseLines } from "../support/run-package.ts";
import { binary, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

const root = new URL("../..", import.meta.url).pathname;

test("null for maps, data sections and export types, as the released ecc writes: read as empty", async () => {
  using folder = temporaryFolder();
  const path = await pack(folder.path, "no-export", (meta) => {
    Object.assign(meta.bpf_skel, { maps: null, data_sections: null });
    Object.assign(meta, { export_types: null });
  });
  const { status, stderr } = await runToEnd([binary, "run", "--for", "100ms", path]);
  expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringMatching(/^Running .*\n0 events\n$/) });
});

describe("input, output and arguments of exitsnoop run", () => {
  test("package from stdin, -o FILE, --count 3: ends after three events in the file", async () => {
    using folder = temporaryFolder();
    const path = await pack(folder.path, "text");
    const command = [binary, "run", "-j", "--count", "3", "-o", `${folder.path}/out`, "-"];
    const child = Bun.spawn(command, { stdin: Bun.file(path), stdout: "pipe", stderr: "pipe" });
    for (let i = 0; i < 100 && child.exitCode === null; i++) {
      await makeCalls(1);
      await Bun.sleep(20);
    }
    expect(await child.exited).toBe(0);
    expect(await child.stdout.text()).toBe("");
    expect(await child.stderr.text()).toEndWith("3 events\n");
    expect(parseLines(readFileSync(`${folder.path}/out`, "utf8")).length).toBe(3);
  });

  test("package in the two files of ecc: runs; without the object file, the message names it", async () => {
    using folder = temporaryFolder();
    const { meta, object } = await makePackage(`${root}bpf/exitsnoop.bpf.c`, described);
    writeFileSync(`${folder.path}/exitsnoop.skel.json`, JSON.stringify(meta));
    const skeleton = `${folder.path}/exitsnoop.skel.json`;
    const withoutObject = await runToEnd([binary, "run", skeleton]);
    expect(withoutObject).toMatchObject({ status: 1, stdout: "" });
    expect(withoutObject.stderr).toMatch(/: its object exitsnoop\.bpf\.o: no such file or directory\n$/);
    writeFileSync(`${folder.path}/exitsnoop.bpf.o`, object);
    const { status, stderr } = await runToEnd([binary, "run", "--for", "100ms", skeleton]);
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining("Running ") });
  });

  test("reader that closes the pipe: ends the run with status 0", async () => {
    using folder = temporaryFolder();
    const path = await pack(folder.path, "text");
    const script = '{ "$@"; echo "status $?" >&2; } | head -n 2';
    const command = [...shell(script), binary, "run", path];
    const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    for (let i = 0; i < 100 && child.exitCode === null; i++) {
      await makeCalls(1);
      await Bun.sleep(20);
    }
    expect((await child.stdout.text()).split("\n").length).toBe(3);
    expect(await child.stderr.text()).toEndWith("status 0\n");
  });

  test("--inspect: describes a package to root and to another user", async () => {
    using folder = temporaryFolder();
    const path = await pack(folder.path, "stacks");
    await runToEnd(["chmod", "-R", "a+rX", folder.path]);
    const all = await Promise.all([[], asNobody()].map((via) => runToEnd([...via, binary, "run", "--inspect", path])));
    for (const { status, stdout, stderr } of all) {
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      for (const word of ["on_call", "tp/syscalls/sys_enter_getpriority", "events", "ringbuf", "bpf_get_stack"]) {
        expect(stdout).toContain(word);
      }
    }
  });

  test.each([
    ["URL as PACKAGE", ["https://example.org/package.json"], 2, "is a URL; download it"],
    ["no PACKAGE", [], 2, "exitsnoop run needs PACKAGE"],
    ["two PACKAGEs", ["a.json", "b.json"], 2, "one PACKAGE too many"],
    ["missing file as PACKAGE", ["/nowhere/package.json"], 1, "no such file or directory"],
    ["directory as PACKAGE", ["/"], 1, "it is a directory"],
  ])("%s: refused with one message", async (_, args, status, message) => {
    expectRefusal(await runToEnd([binary, "run", ...args]), status, message);
  });

  test("value out of range, unknown option: refused with the range or a proposal", async () => {
    using folder = temporaryFolder();
    const path = await pack(folder.path, "tunables");
    for (const [option, status, words] of [
      ["--small-positive=65536", 2, "expected a whole number from 0 to 65535"],
      ["--small-positiv=1", 2, "did you mean --small-positive?"],
    ] as const) {
      const refused = await runToEnd([binary, "run", path, "--", option]);
      expect(refused).toMatchObject({ status, stdout: "" });
      expect(refused.stderr).toContain(words);
    }
  });
});
