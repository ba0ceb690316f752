/** The recorder's package on Debian 12's kernel, where nobody tells it what a process was but the programs that it brings. */
import { describe, expect, test } from "bun:test";
import { checkDeaths } from "../e2e/packaged-deaths.ts";
import { debianKernel, runInGuest } from "./guest.ts";

describe("the recorder's package on Linux 6.1", async () => {
  const kernel = await debianKernel("linux-image-cloud-amd64");
  const parts = await runInGuest(
    kernel,
    { codes: "/deaths codes", signals: "/deaths signals", threads: "/deaths threads", oom: "/hog child 4096 3" },
    {
      prepare: "/exitsnoop package --recorder -q -o /package.json",
      tracer: "/exitsnoop run -j /package.json",
    },
  );

  test.each(["codes", "signals", "threads"])("what wait4() said: %s", (name) => {
    expect(checkDeaths(parts.get(`${name} truths`)!, parts.get(`${name} events`)!)).toBeGreaterThan(5);
  });

  test("the command is remembered from its exec, or from the parent's", () => {
    const events = parts.get("codes events")!;
    const commands = Array.from(events.matchAll(/"args":"([^"]*)".*"comm":"coded".*"exe":"([^"]*)"/g), (match) =>
      match.slice(1),
    );
    expect(commands.length).toBe(256);
    expect(new Set(commands.map(String))).toEqual(new Set(["/deaths codes,/deaths"]));
  });

  test("out of the machine's own memory", () => {
    const { pid } = JSON.parse(parts.get("oom truths")!) as { pid: number };
    const line = parts
      .get("oom events")!
      .split("\n")
      .find((text) => text.includes(`"pid":${pid},`));
    expect(JSON.parse(line!)).toMatchObject({ signal: 9, killer: "OOM(4)", oom_cgroup: 0, args: "/hog child 4096 3" });
  });
});
