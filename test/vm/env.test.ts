/** Checks what the steps of env-steps.ts leave: environments that need a machine of their own. */
import { beforeAll, describe, expect, test } from "bun:test";
import { parseClosingLine, parseEvents } from "../support/tracer.ts";
import { type Outcome, runInVm } from "./vm.ts";
import { type Machine, machines } from "./machines.ts";
import { libraries } from "./env-files.ts";
import * as env from "./env-steps.ts";

const find = (name: string): Machine => machines.find((one) => one.name === name)!;
const MAX_BOOT_MS = 3_600_000;
/** Whether `npm run kernels -- NAME...` does not name a kernel. */
const isLeftOut = (name: string) => process.env.KERNELS?.split(",").includes(name) === false;

const words = (line: string) => line.trim().split(" ");
const lines = (text: string) => text.trim().split("\n");

/** Checks that each exit's time lies between two outputs of date(1), which prints whole seconds. */
function expectTimes(outcome: Outcome, step: string, codes: number[]): void {
  const { events } = parseEvents(outcome.part(step, "events-json"));
  const truths = lines(outcome.part(step, "truths")).map(words);
  for (const code of codes) {
    const event = events.find(({ exit_code }) => exit_code === code)!;
    const [, before, after] = truths.find(([name]) => name === String(code))!.map(Number);
    expect(Date.parse(event.time) / 1000).toBeWithin(before!, after! + 1);
    expect(event.duration_ns).toBeWithin(1, 60e9);
  }
}

/** Defines the tests that run on several kernels. */
function testSteps(outcome: () => Outcome): void {
  test("clock set ahead and back: TIME follows it, durations do not", () => {
    expectTimes(outcome(), "clock steps", env.exitCodes);
  });

  test("clock set ahead and back: --time delta does not follow it", () => {
    const [, ...rows] = lines(outcome().part("clock steps", "events-delta"));
    const exits = rows.map((row) => row.split(/ +/).map(Number) as [delta: number, code: number]);
    // other exits may come first
    const from = exits.findIndex(([, code]) => code === env.exitCodes[0]);
    expect(exits.slice(from).map(([, code]) => code)).toEqual(env.exitCodes);
    for (const [delta] of exits.slice(from + 1)) expect(delta).toBeWithin(2, 60);
  });

  test("suspend to memory: TIME is right afterwards, and ages include the sleep", () => {
    const step = "suspend";
    expect(outcome().part(step, "status").trim()).toBe("0");
    expectTimes(outcome(), step, [24]);
    const [, pid, start, end, slept] = words(lines(outcome().part(step, "truths")).at(-1)!).map(Number);
    expect(slept).toBeGreaterThanOrEqual(env.SUSPENDED - 1);
    const event = parseEvents(outcome().part(step, "events-json")).events.find((one) => one.pid === pid)!;
    expect(event.signal).toBe("SIGKILL");
    // /proc/uptime counts in 1/100 s; reading it takes another process, before and after
    const seconds = event.duration_ns / 1e9;
    expect(seconds).toBeLessThan(end! - start! + 0.02);
    expect(seconds).toBeGreaterThan(end! - start! - 2);
    expect(parseClosingLine(outcome().part(step, "stderr-json")).lost).toBe(0);
  });

  test("process limit reached, then all processes killed: each exit is printed, or counted where programs are preempted", () => {
    const step = "full of processes";
    expect(outcome().part(step, "fork-failed")).toContain("can't fork");
    const killed = Number(lines(outcome().part(step, "truths")).at(-1));
    expect(killed).toBeGreaterThan(150);
    const { events } = parseEvents(outcome().part(step, "events-json"));
    const stderr = outcome().part(step, "stderr-json");
    const { seen, lost } = parseClosingLine(stderr);
    const found = events.filter(({ comm, signal }) => comm === "sleep" && signal === "SIGKILL").length;
    expect(found).toBeLessThanOrEqual(killed);
    // exits of other processes may be lost as well
    expect(found + lost).toBeGreaterThanOrEqual(killed);
    if (!/can preempt a BPF program/.test(stderr)) expect(lost).toBe(0);
    expect(outcome().part(step, "ended-json").trim()).toBe("0");
    expect(seen).toBe(events.length);
  });

  test("tracer stopped: printed and lost exits add up to all", () => {
    const step = "stopped";
    const { seen, lost } = parseClosingLine(outcome().part(step, "stderr-json"));
    expect(lost).toBeGreaterThan(0);
    // the parent exits, too
    expect(seen + lost).toBe(2001);
  });
}

const steps = {
  "clock steps": env.clockSteps,
  suspend: env.suspend,
  "full of processes": env.fullOfProcesses,
  stopped: env.stopped,
};
const manyCpus = ["-smp", "cpus=2,maxcpus=255"];

describe.skipIf(isLeftOut("5.10"))("Linux 5.10, lockdown=integrity", () => {
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = await runInVm(
      find("5.10"),
      { integrity: env.integrity, "locked memory": env.lockedMemory, ...steps },
      {
        append: "lsm=lockdown,capability lockdown=integrity",
        emulator: manyCpus,
        files: await libraries(),
        label: "env",
      },
    );
  }, MAX_BOOT_MS);

  test("the VM runs Linux 5.10 with lockdown=integrity", () => {
    expect(outcome.release[0]).toMatch(/^5\.10\./);
    expect(outcome.part("integrity", "lockdown").trim()).toBe("none [integrity] confidentiality");
  });

  test("the VM has 255 possible CPUs", () => {
    // newer kernels count only the CPUs that the firmware declares
    expect(lines(outcome.part("stopped", "truths"))[0]).toBe("0-254");
  });

  test("lockdown=integrity: each exit is printed", () => {
    expect(parseClosingLine(outcome.part("integrity", "stderr-json"))).toEqual({ seen: 501, lost: 0 });
  });

  test("RLIMIT_MEMLOCK of 64 KB: the tracer raises it if permitted, and otherwise names it", () => {
    const traced = /^\d+ exits? in [^\n]*, \d+ lost 0$/;
    const messages = Object.fromEntries(
      lines(outcome.part("locked memory", "truths")).map((line) => line.split(/: (.*)/, 2)),
    );
    const message =
      "exitsnoop: only 64 KB of memory may be locked, and BPF memory counts as locked on this kernel: raise the limit " +
      "(ulimit -l unlimited, LimitMEMLOCK=infinity in a systemd unit, --ulimit memlock=-1 of docker) 1";
    expect(messages).toEqual({
      "soft, user": expect.stringMatching(traced),
      "hard, root": expect.stringMatching(traced),
      "hard, root without CAP_SYS_RESOURCE": message,
      "hard, user": message,
    });
  });

  testSteps(() => outcome);
});

describe.skipIf(isLeftOut("newest"))("newest Linux", () => {
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = await runInVm(find("newest"), steps, { emulator: manyCpus, label: "env" });
  }, MAX_BOOT_MS);

  testSteps(() => outcome);
});

describe.skipIf(isLeftOut("5.10"))("4096 possible CPUs", () => {
  const step = "possible cpus";
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = await runInVm(
      find("5.10"),
      { [step]: env.possibleCpus },
      // the kernel's per-CPU areas take more than 1 GB
      { append: `possible_cpus=${env.CPUS}`, emulator: ["-m", "4096"], label: "possible-cpus" },
    );
  }, MAX_BOOT_MS);

  test.each(["table", "wide"])("4096 possible CPUs: each exit is printed, as %s", (tracer) => {
    expect(lines(outcome.part(step, "truths"))[0]).toBe(`0-${env.CPUS - 1}`);
    expect(parseClosingLine(outcome.part(step, `stderr-${tracer}`))).toEqual({ seen: 501, lost: 0 });
    expect(outcome.part(step, `ended-${tracer}`).trim()).toBe("0");
  });

  test("4096 possible CPUs: the maps of both tracers take at most 160 KB for each", () => {
    const [before, during] = ["before", "during"].map((when) => Number(outcome.part(step, when))) as [number, number];
    const each = (during - before) / env.CPUS;
    // scratch records of 13.3 KB: three for the table, six with --wide; and 12 KB each for crashes.
    // The allocator keeps up to four empty pages (PCPU_EMPTY_POP_PAGES_HIGH of mm/percpu.c).
    expect(each).toBeWithin(10, 9 * 13.3 + 2 * 12 + 4 * 4 + 1);
  });

  test("4096 possible CPUs: doctor reports that tracing works", () => {
    expect(lines(outcome.part(step, "doctor")).at(-1)).toMatch(/^OK: exitsnoop can trace on this machine/);
  });
});

describe.skipIf(isLeftOut("5.10"))("lockdown=confidentiality", () => {
  let outcome: Outcome;
  beforeAll(async () => {
    const append = "lsm=lockdown,capability lockdown=confidentiality";
    outcome = await runInVm(
      find("5.10"),
      { confidentiality: env.confidentiality },
      { append, label: "confidentiality" },
    );
  }, MAX_BOOT_MS);

  test("lockdown=confidentiality: one error message, with and without securityfs", () => {
    const [level, ...stderr] = lines(outcome.part("confidentiality", "truths"));
    expect(level).toBe("none integrity [confidentiality]");
    const message =
      "exitsnoop: the kernel is locked down (confidentiality), so BPF programs may not read kernel memory: " +
      "boot with lockdown=integrity or without lockdown; nothing else helps";
    expect(stderr).toEqual(Array.from({ length: 6 }, () => [message, "status 1"]).flat());
  });
});
