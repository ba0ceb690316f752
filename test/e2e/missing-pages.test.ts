/** Arguments in pages that are not present at the exit, which a BPF program cannot read. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { MAX_STORED_ARGS } from "../../src/record/layout.ts";
import { type UsageEvent } from "../support/resource-usage.ts";
import { watch } from "../support/cgroups.ts";
import { fixture, runToEnd } from "../support/tracer.ts";

const program = fixture("missing-pages");

/** Runs test/fixtures/missing-pages.c to its end. Returns the events of its processes. */
async function exitWithMissingPages(how: string, ...args: string[]): Promise<UsageEvent[]> {
  const { value, events } = await watch(() => runToEnd([program, how, ...args]));
  expect(value).toMatchObject({ status: 0, stderr: "" });
  return events.filter(({ pid, ppid }) => pid === value.pid || ppid === value.pid) as UsageEvent[];
}

describe("short arguments with all pages missing", () => {
  test.each(["protected", "unmapped", "replaced", "discarded"])(
    "short arguments, pages %s: prints them completely",
    async (how) => {
      const [event, ...more] = await exitWithMissingPages(how, "a", "", "b c");
      expect(event).toMatchObject({ args: [program, how, "a", "", "b c"], args_truncated: false });
      expect(more).toEqual([]);
    },
  );

  test.each(["child before", "child after"])(
    "short arguments in a %s, without exec: prints those of its parent",
    async (how) => {
      const events = await exitWithMissingPages(how, "a");
      expect(events.map(({ args, args_truncated }) => [args, args_truncated])).toEqual([
        [[program, how, "a"], false],
        [[program, how, "a"], false],
      ]);
    },
  );

  test("short arguments of a process that started before the tracer: prints those of its exec", async () => {
    const child = Bun.spawn([program, "after a signal", "a"]);
    await Bun.sleep(200);
    const { of } = await watch(async () => {
      child.kill("SIGUSR1");
      await child.exited;
    });
    expect(of(child.pid)).toMatchObject([{ args: [program, "after a signal", "a"], args_truncated: false }]);
  });
});

const canSwap = existsSync("/sys/class/zram-control/hot_add");

/** Provides swap on a compressed RAM disk, and removes it on disposal. */
function zramSwap(): Disposable {
  const id = readFileSync("/sys/class/zram-control/hot_add", "utf8").trim();
  const device = `/dev/zram${id}`;
  const run = (...command: string[]) => expect(Bun.spawnSync(command).exitCode).toBe(0);
  writeFileSync(`/sys/block/zram${id}/disksize`, "64M");
  run("mkswap", device);
  run("swapon", device);
  return {
    [Symbol.dispose]() {
      run("swapoff", device);
      writeFileSync(`/sys/block/zram${id}/reset`, "1");
      writeFileSync("/sys/class/zram-control/hot_remove", id);
    },
  };
}

test.skipIf(!canSwap)("short arguments that are swapped out: prints those of the last exec", async () => {
  using _ = zramSwap();
  const [event] = await exitWithMissingPages("swapped out", "a", "b c");
  expect(event).toMatchObject({ args: [program, "swapped out", "a", "b c"], args_truncated: false });
});

describe("long arguments with some pages missing", () => {
  // One length fits into a record, the other does not. A short argument comes first, since a
  // process writes its title there.
  test.each([
    ["protected", 3000],
    ["protected", 20_000],
    ["first page", 3000],
    ["first page", 20_000],
    ["last page", 3900],
    ["last page", 20_000],
  ])(
    "long arguments with missing pages (%s, %d bytes): prints the known beginning, marked as truncated",
    async (how, length) => {
      const text = Array.from({ length }, (_, i) => String.fromCharCode(0x61 + (i % 26))).join("");
      const [event] = await exitWithMissingPages(how, text);
      const right = [program, how, text].join("\0");
      const known = event!.args!.join("\0");
      expect(right.startsWith(known)).toBe(true);
      expect(known.length).toBeGreaterThanOrEqual(MAX_STORED_ARGS - 1);
      expect(event!.args_truncated).toBe(known.length < right.length);
      if (how === "last page" && length > 5000) expect(known.length).toBeGreaterThan(length - 2 * 4096);
    },
  );
});

test("title written over arguments with a missing page: prints no overwritten arguments", async () => {
  const [event] = await exitWithMissingPages("title, last page", "a".repeat(8000));
  expect(event!.args![0]).toBe("a title");
  expect(event!.args_truncated).toBe(true);
});
