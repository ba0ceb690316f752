/** Debian 12's kernel, where a process has lost its memory when its exit is told; and a whole machine without memory. */
import { describe, expect, test } from "bun:test";
import { oomBy, type WideEvent } from "../e2e/cgroups.ts";
import * as killings from "../e2e/killings.ts";
import * as lives from "../e2e/lives.ts";
import { readJson } from "../e2e/tracer.ts";
import { debianKernel, runInGuest } from "./guest.ts";

const ways = ["senders", "states", "kernel", "pending", "queues", "exits", "many", "namespaces", "cgroups", "noise"];
/** What is remembered of arguments at exec, bytes. */
const REMEMBERED = 1023;

describe("Linux 6.1", async () => {
  const kernel = await debianKernel("linux-image-cloud-amd64");
  const parts = await runInGuest(kernel, {
    lives: "/lives 1",
    ...Object.fromEntries(ways.map((way) => [way, `/killings ${way}`])),
    oom: "/hog child 4096 3",
  });

  /** What was recorded while that command ran. */
  function recorded(name: string) {
    const events = readJson(parts.get(`${name} events`)!).events as WideEvent[];
    expect(parts.get(`${name} said`)).toMatch(/, 0 lost$/m);
    return { events, truths: parts.get(`${name} truths`)!, of: (pid: number) => events.filter((e) => e.pid === pid) };
  }

  test("is what ran", () => {
    expect(parts.get("release")).toMatch(/^6\.1\./);
  });

  test.each(ways)("who killed it: %s", (way) => {
    const { truths: stdout, of } = recorded(way);
    const { truths } = killings.readTruths(stdout);
    expect(truths.length).toBeGreaterThan(0);
    expect(killings.mistakes(truths, of)).toEqual([]);
  });

  test("what it was: remembered from its exec, as far as that goes", () => {
    const { truths, of } = recorded("lives");
    for (const truth of lives.readTruths(truths)) {
      // a title is younger than the exec
      if (!truth.is_told || truth.kind.startsWith("title")) continue;
      const [event, ...more] = of(truth.pid) as lives.LifeEvent[];
      expect(more).toEqual([]);
      const { args, args_truncated, exe } = event!;
      expect([truth.kind, exe]).toEqual([truth.kind, Buffer.from(truth.exe, "hex").toString()]);
      const isLong = truth.args.length / 2 > REMEMBERED;
      expect([truth.kind, args_truncated]).toEqual([truth.kind, isLong]);
      const right = lives.argumentsOf(isLong ? truth.args.slice(0, 2 * REMEMBERED) : truth.args);
      expect([truth.kind, args]).toEqual([truth.kind, right]);
    }
  });

  test("out of the machine's own memory", () => {
    const { truths, events } = recorded("oom");
    const { pid, status } = JSON.parse(truths) as { pid: number; status: number };
    expect(status).toBe(9);
    expect(events.filter((event) => event.pid === pid)).toMatchObject([{ signal: "SIGKILL", killed_by: oomBy(null) }]);
  });
});
