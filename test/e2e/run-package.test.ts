/**
 * `exitsnoop run` without ecc and ecli: runs packages of test/eunomia/programs and makes calls for
 * them to record.
 */
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { makePackage } from "../../scripts/build/package.ts";
import described from "../../scripts/build/package/exitsnoop.meta.json" with { type: "json" };
import { differences } from "../eunomia/differences.ts";
import { type Form, Runner } from "../eunomia/runner.ts";
import { makeCalls } from "../eunomia/side-by-side.ts";
import { mark, type Meta } from "../eunomia/tools.ts";
import { pack } from "../support/packages.ts";
import { binary, fixture, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

const root = new URL("../..", import.meta.url).pathname;

/** Runs a package and makes `calls` calls. Returns its output of at least `lines` lines. */
async function run(path: string, form: Form, calls: number, lines: number, options: string[] = []) {
  const runner = await Runner.start("ours", path, form, options);
  await makeCalls(calls);
  await runner.until(() => runner.lines >= lines, 5000);
  const ended = await runner.end();
  expect({ status: ended.status, stderr: ended.stderr }).toMatchObject({ status: 0 });
  return ended;
}

const jsonLines = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

/** Made with what the tests' own generator and Debian 12's clang know. */
const own = differences.filter(({ program, clang }) => !clang && program !== "static-probes");

describe("output that ecli cannot print", () => {
  test.each(own)("$program: $ours", async ({ program, calls, options, edit, last, plain, json }) => {
    using folder = temporaryFolder();
    const path = await pack(folder.path, program, edit);
    for (const [form, expected] of [
      ["plain", plain],
      ["json", json],
    ] as const) {
      if (!expected) continue;
      const { stdout } = await run(path, form, calls, last ? 2 * last : expected.length, options);
      const text = `${expected.join("\n")}\n`;
      // a map is read again and again
      expect(last ? stdout.slice(-text.length) : stdout).toBe(text);
    }
  });
});

test("integers of every size and sign are exact", async () => {
  using folder = temporaryFolder();
  const { stdout } = await run(await pack(folder.path, "integers"), "plain", 66, 67);
  const [, ...rows] = stdout.trimEnd().split("\n");
  expect(rows.length).toBe(66);
  rows.forEach((row, number) => {
    // programs/integers.bpf.c computes this; a shift uses the lowest six bits of its count
    const bits = number === 0 ? 1n << 63n : BigInt.asUintN(64, -1n) >> BigInt(number & 63);
    const flipped = BigInt.asUintN(64, ~bits);
    const right = [
      BigInt.asIntN(8, bits >> 56n),
      flipped >> 56n,
      BigInt.asIntN(16, bits >> 48n),
      flipped >> 48n,
      BigInt.asIntN(32, bits >> 32n),
      flipped >> 32n,
      BigInt.asIntN(64, bits),
      flipped,
      BigInt.asIntN(64, -BigInt.asIntN(64, bits)),
      bits,
      (BigInt.asIntN(64, bits) << 64n) | BigInt(number),
      (flipped << 64n) | bits,
    ];
    expect([number, row.split(/ +/).slice(1)]).toEqual([number, right.map(String)]);
  });
});

test("a package that calls functions of the kernel runs, and --inspect lists them", async () => {
  using folder = temporaryFolder();
  const path = await pack(folder.path, "kernel-functions");
  const { stdout } = await run(path, "json", 2, 2);
  expect(jsonLines(stdout)).toEqual([0, 1].map((number) => ({ is_missing: 1, is_there: 1, number, sum: 20 })));
  const inspected = (await runToEnd([binary, "run", "--inspect", path])).stdout;
  expect(inspected).toMatch(
    /^Functions of the kernel that its programs call directly:\n(?: {2}(?:bpf_iter_num_(?:new|next|destroy)|no_such_function)\n){4}\n/m,
  );
  expect(inspected).toContain("Variables of the kernel that its programs use:\n  do_exit\n  no_such_variable\n");
});

test("defaults and values beyond 2^53 are exact in events and in the help", async () => {
  using folder = temporaryFolder();
  const path = await pack(folder.path, "wide-tunables");
  const { stdout } = await run(path, "json", 1, 1);
  expect(stdout).toBe(
    '{"least":-9223372036854775808,"most":18446744073709551615,"negative":-9007199254740993,"odd":9007199254740993,' +
      '"plain":9223372036854775809}\n',
  );
  const help = (await runToEnd([binary, "run", path, "--", "--help"])).stdout;
  for (const digits of ["18446744073709551615", "9007199254740993", "-9223372036854775808", "9223372036854775809"]) {
    expect(help).toContain(`(default: ${digits})`);
  }
});

test.each([
  ["most", 2n ** 64n],
  ["least", -(2n ** 63n) - 1n],
])("a default of %s that does not fit its type is refused with its digits", async (name, value) => {
  using folder = temporaryFolder();
  const path = await pack(folder.path, "wide-tunables");
  const text = readFileSync(path, "utf8");
  const old = name === "most" ? "18446744073709551615" : "-9223372036854775808";
  writeFileSync(path, text.replace(`"default":${old}`, `"default":${value}`));
  const { status, stderr } = await runToEnd([binary, "run", path]);
  expect({ status, stderr }).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(`--${name} ${value}: expected`),
  });
});

test("null for maps, data sections and export types, as the released ecc writes it, is read as empty", async () => {
  using folder = temporaryFolder();
  const path = await pack(folder.path, "no-export", (meta) => {
    Object.assign(meta.bpf_skel, { maps: null, data_sections: null });
    Object.assign(meta, { export_types: null });
  });
  const { status, stderr } = await runToEnd([binary, "run", "--for", "100ms", path]);
  expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringMatching(/^Running .*\n0 events\n$/) });
});

describe("sources of events", () => {
  test("a perf buffer: every event is printed", async () => {
    using folder = temporaryFolder();
    const { stdout, stderr } = await run(await pack(folder.path, "perf-buffer"), "json", 300, 300);
    expect(jsonLines(stdout).map(({ number }) => number)).toEqual(Array.from({ length: 300 }, (_, i) => i));
    expect(stderr).toContain("300 events, 0 lost\n");
  });

  test("a map that is sampled prints its keys and values", async () => {
    using folder = temporaryFolder();
    const { stdout } = await run(await pack(folder.path, "counts"), "json", 70, 12);
    const [last] = [jsonLines(stdout).slice(-3)];
    expect(last!.reduce((sum, { value }) => sum + value.calls, 0)).toBe(70);
    expect(last!.map(({ value }) => value.comm)).toEqual(["marked", "marked", "marked"]);
  });

  test("an LPM trie that is sampled prints its keys and values", async () => {
    using folder = temporaryFolder();
    const { stdout } = await run(await pack(folder.path, "prefixes"), "json", 70, 12);
    const last = jsonLines(stdout).slice(-4);
    expect(last.map(({ key }) => key.prefixlen).sort()).toEqual([16, 24, 32, 8]);
    expect(last.reduce((sum, { value }) => sum + value.calls, 0)).toBe(70);
  });

  test("several sources of events, each with its own type, are all printed", async () => {
    using folder = temporaryFolder();
    const path = await pack(folder.path, "several-types", (meta: Meta) => {
      const id = (name: string) => meta.export_types.find((type) => type.name === name)!.type_id;
      meta.enable_multiple_export_types = true;
      for (const map of meta.bpf_skel.maps) {
        if (map.name === "events") map.export_config = { btf_type_id: id("event") };
        if (map.name === "others") map.export_config = { btf_type_id: id("other") };
      }
    });
    const events = jsonLines((await run(path, "json", 6, 6)).stdout);
    expect(events.filter(({ name }) => name === "event").map(({ number }) => number)).toEqual([0, 2, 4]);
    expect(events.filter(({ twice }) => twice !== undefined).map(({ twice }) => twice)).toEqual([2, 6, 10]);
  });

  test("several maps with one type: the last is printed, and a warning names it", async () => {
    using folder = temporaryFolder();
    const { stderr } = await run(await pack(folder.path, "last-map"), "json", 2, 2);
    expect(stderr).toMatch(
      /^exitsnoop: \d maps export events \(\w+, [\w, ]+\); as in ecli, only the last, \w+, is printed, and as the first type, event; enable_multiple_export_types prints all$/m,
    );
  });

  test("a package without a type of events: one sentence that names the header", async () => {
    using folder = temporaryFolder();
    const path = await pack(folder.path, "text", (meta: Meta) => void (meta.export_types = []));
    const { status, stdout, stderr } = await runToEnd([binary, "run", path]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(
      /^exitsnoop: [^\n]*meta\.export_types: none, but the map \w+ exports events; give ecc the header[^\n]*\n$/,
    );
  });

  test("stack traces have the names of functions", async () => {
    using folder = temporaryFolder();
    const path = await pack(folder.path, "stacks", (meta: Meta) => {
      const map = meta.bpf_skel.maps.find(({ name }) => name === "events")!;
      map.intepreter = { stack_trace: { field_map: { pid: "who", cpu_id: "cpu" }, with_symbols: true } };
    });
    const calling = Bun.spawn([fixture("marked-calls"), String(mark), "2", "hold"], {
      stdin: "pipe",
      stdout: "ignore",
    });
    const runner = await Runner.start("ours", path, "plain");
    calling.stdin.write("x");
    await calling.stdin.flush();
    await runner.until(() => runner.lines >= 10, 5000);
    const { stdout } = await runner.end();
    calling.stdin.end();
    await calling.exited;
    expect(stdout).toMatch(new RegExp(`^COMM: marked \\(pid=${calling.pid}\\) @ CPU \\d+$`, "m"));
    expect(stdout).toMatch(/^ +\d+ \[<[0-9a-f]{16}>\] main\+0x[0-9a-f]+$/m);
  });

  test("60,000 events at once, then Ctrl-C: every event is printed", async () => {
    using folder = temporaryFolder();
    const runner = await Runner.start("ours", await pack(folder.path, "burst"), "json");
    await makeCalls(60_000);
    const { stdout, status } = await runner.end();
    expect(status).toBe(0);
    expect(jsonLines(stdout).map(({ number }) => number)).toEqual(Array.from({ length: 60_000 }, (_, i) => i));
  });
});

describe("input and output of a run", () => {
  test("a package from stdin, -o and --count: the run ends after that many events in the file", async () => {
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
    expect(jsonLines(readFileSync(`${folder.path}/out`, "utf8")).length).toBe(3);
  });

  test("a package in ecc's two files runs, and a missing object is named", async () => {
    using folder = temporaryFolder();
    const { meta, object } = await makePackage(`${root}bpf/exitsnoop.bpf.c`, described);
    writeFileSync(`${folder.path}/exitsnoop.skel.json`, JSON.stringify(meta));
    const skeleton = `${folder.path}/exitsnoop.skel.json`;
    const lonely = await runToEnd([binary, "run", skeleton]);
    expect(lonely).toMatchObject({ status: 1, stdout: "" });
    expect(lonely.stderr).toMatch(/: its object exitsnoop\.bpf\.o: it cannot be read: no such file or directory\n$/);
    writeFileSync(`${folder.path}/exitsnoop.bpf.o`, object);
    const { status, stderr } = await runToEnd([binary, "run", "--for", "100ms", skeleton]);
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining("Running ") });
  });

  test("a reader that goes away ends the run with status 0", async () => {
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

  test("--inspect describes a package, also to a user other than root", async () => {
    using folder = temporaryFolder();
    const path = await pack(folder.path, "stacks");
    const asNobody = ["setpriv", "--reuid", "65534", "--clear-groups"];
    await runToEnd(["chmod", "-R", "a+rX", folder.path]);
    const all = await Promise.all([[], asNobody].map((via) => runToEnd([...via, binary, "run", "--inspect", path])));
    for (const { status, stdout, stderr } of all) {
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      for (const word of ["on_call", "tp/syscalls/sys_enter_getpriority", "events", "ringbuf", "bpf_get_stack"]) {
        expect(stdout).toContain(word);
      }
    }
  });

  test.each([
    ["a URL", ["https://example.org/package.json"], 2, "is a URL; fetch it first"],
    ["nothing", [], 2, "which PACKAGE?"],
    ["two packages", ["a.json", "b.json"], 2, "one PACKAGE too many"],
    ["no such file", ["/nowhere/package.json"], 1, "no such file or directory"],
    ["a folder", ["/"], 1, "it is a directory"],
  ])("%s is refused in one sentence", async (_, args, status, words) => {
    const refused = await runToEnd([binary, "run", ...args]);
    expect(refused).toMatchObject({ status, stdout: "" });
    expect(refused.stderr).toMatch(/^exitsnoop: [^\n]+\n$/);
    expect(refused.stderr).toContain(words);
  });

  test("a value that does not fit and an unknown option are refused", async () => {
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
