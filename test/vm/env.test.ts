/** Bad places that take a machine of one's own: what the user sees there. test/vm/env-steps.ts has what happens. */
import { beforeAll, describe, expect, test } from "bun:test";
import { readJson } from "../support/tracer.ts";
import { type Outcome, runInGuest } from "./vm.ts";
import { type Machine, machines } from "./machines.ts";
import { libraries } from "./env-files.ts";
import * as places from "./env-steps.ts";

const find = (name: string): Machine => machines.find((one) => one.name === name)!;
const MINUTES = 3_600_000;
/** `npm run kernels -- NAME` asks for some only. */
const isLeftOut = (name: string) => process.env.KERNELS?.split(",").includes(name) === false;

const words = (line: string) => line.trim().split(" ");
const lines = (text: string) => text.trim().split("\n");
const closing = (text: string) =>
  Array.from(/^(\d+) exits?, (\d+) lost$/m.exec(text) ?? [], Number).slice(1) as [number, number];

/** Each death lies between what date(1), which knows whole seconds, said around it. */
function expectMoments(outcome: Outcome, step: string, codes: number[]): void {
  const { events } = readJson(outcome.part(step, "events-json"));
  const truths = lines(outcome.part(step, "truths")).map(words);
  for (const code of codes) {
    const event = events.find(({ exit_code }) => exit_code === code)!;
    const [, before, after] = truths.find(([name]) => name === String(code))!.map(Number);
    expect(Date.parse(event.time) / 1000).toBeWithin(before!, after! + 1);
    expect(event.duration_ns).toBeWithin(1, 60e9);
  }
}

/** What holds on every kernel. */
function everywhere(outcome: () => Outcome): void {
  test("the clock is set ahead and back: TIME follows, durations do not", () => {
    expectMoments(outcome(), "clock steps", places.moments);
  });

  test("the clock is set ahead and back: --time delta does not", () => {
    const [, ...rows] = lines(outcome().part("clock steps", "events-delta"));
    const told = rows.map((row) => row.split(/ +/).map(Number) as [delta: number, code: number]);
    // besides ours there may be others before
    const from = told.findIndex(([, code]) => code === places.moments[0]);
    expect(told.slice(from).map(([, code]) => code)).toEqual(places.moments);
    for (const [delta] of told.slice(from + 1)) expect(delta).toBeWithin(2, 60);
  });

  test("the machine sleeps: TIME is right afterwards, and ages include the sleep", () => {
    const step = "suspend";
    expect(outcome().part(step, "status").trim()).toBe("0");
    expectMoments(outcome(), step, [24]);
    const [, pid, born, died, slept] = words(lines(outcome().part(step, "truths")).at(-1)!).map(Number);
    expect(slept).toBeGreaterThanOrEqual(places.SUSPENDED - 1);
    const elder = readJson(outcome().part(step, "events-json")).events.find((event) => event.pid === pid)!;
    expect(elder.signal).toBe("SIGKILL");
    // /proc/uptime counts in 1/100 s, and was read a process's start before and after
    const lived = elder.duration_ns / 1e9;
    expect(lived).toBeLessThan(died! - born! + 0.02);
    expect(lived).toBeGreaterThan(died! - born! - 2);
    expect(closing(outcome().part(step, "said-json"))[1]).toBe(0);
  });

  test("no room for another process, and then all who filled it die: each is told", () => {
    const step = "full of processes";
    expect(outcome().part(step, "fork-failed")).toContain("can't fork");
    const killed = Number(lines(outcome().part(step, "truths")).at(-1));
    expect(killed).toBeGreaterThan(150);
    const { events } = readJson(outcome().part(step, "events-json"));
    expect(events.filter(({ comm, signal }) => comm === "sleep" && signal === "SIGKILL").length).toBe(killed);
    expect(outcome().part(step, "ended-json").trim()).toBe("0");
    expect(closing(outcome().part(step, "said-json"))).toEqual([events.length, 0]);
  });

  test("stopped: printed and lost are all that died", () => {
    const step = "stopped";
    const [seen, lost] = closing(outcome().part(step, "said-json"));
    expect(lost).toBeGreaterThan(0);
    // the parent's own death is one more
    expect(seen + lost).toBe(2001);
  });
}

const steps = {
  "clock steps": places.clockSteps,
  suspend: places.suspend,
  "full of processes": places.fullOfProcesses,
  stopped: places.stopped,
};
const manyCpus = ["-smp", "cpus=2,maxcpus=255"];

describe.skipIf(isLeftOut("5.10"))("Linux 5.10, lockdown=integrity", () => {
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = await runInGuest(
      find("5.10"),
      { integrity: places.integrity, "locked memory": places.lockedMemory, ...steps },
      {
        append: "lsm=lockdown,capability lockdown=integrity",
        emulator: manyCpus,
        files: await libraries(),
        called: "places",
      },
    );
  }, MINUTES);

  test("is what ran", () => {
    expect(outcome.release[0]).toMatch(/^5\.10\./);
    expect(outcome.part("integrity", "lockdown").trim()).toBe("none [integrity] confidentiality");
  });

  test("could have 255 CPUs", () => {
    // newer ones count only those that firmware says could be switched on
    expect(lines(outcome.part("stopped", "truths"))[0]).toBe("0-254");
  });

  test("lockdown=integrity lets us in", () => {
    const [seen, lost] = closing(outcome.part("integrity", "said-json"));
    expect([seen, lost]).toEqual([501, 0]);
  });

  test("64 KB of memory may be locked: whoever may raise that does, others are told", () => {
    const enough = /^\d+ exits?, \d+ lost 0$/;
    const told = Object.fromEntries(
      lines(outcome.part("locked memory", "truths")).map((line) => line.split(/: (.*)/, 2)),
    );
    const why =
      "exitsnoop: only 64 KB of memory may be locked, and BPF counts as that on this kernel: raise the limit " +
      "(ulimit -l unlimited, LimitMEMLOCK=infinity in a systemd unit, --ulimit memlock=-1 of docker) 1";
    expect(told).toEqual({
      "soft, user": expect.stringMatching(enough),
      "hard, root": expect.stringMatching(enough),
      "hard, deprived root": why,
      "hard, user": why,
    });
  });

  everywhere(() => outcome);
});

describe.skipIf(isLeftOut("newest"))("the newest Linux", () => {
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = await runInGuest(find("newest"), steps, { emulator: manyCpus, called: "places" });
  }, MINUTES);

  everywhere(() => outcome);
});

describe.skipIf(isLeftOut("5.10"))("4096 possible CPUs", () => {
  const step = "possible cpus";
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = await runInGuest(
      find("5.10"),
      { [step]: places.possibleCpus },
      // the kernel itself takes more than 1 GB for them
      { append: `possible_cpus=${places.CPUS}`, emulator: ["-m", "4096"], called: "possible-cpus" },
    );
  }, MINUTES);

  test.each(["table", "wide"])("each exit is told: %s", (tracer) => {
    expect(lines(outcome.part(step, "truths"))[0]).toBe(`0-${places.CPUS - 1}`);
    expect(closing(outcome.part(step, `said-${tracer}`))).toEqual([501, 0]);
    expect(outcome.part(step, `ended-${tracer}`).trim()).toBe("0");
  });

  test("and takes some 60 KB for each of them", () => {
    const [before, during] = ["before", "during"].map((when) => Number(outcome.part(step, when))) as [number, number];
    const each = (during - before) / places.CPUS;
    // the kernel keeps up to four more pages at hand for whoever comes next (PCPU_EMPTY_POP_PAGES_HIGH in mm/percpu.c)
    expect(each).toBeWithin(10, 56 + 4 * 4 + 1);
  });

  test("doctor says so, too", () => {
    expect(lines(outcome.part(step, "doctor")).at(-1)).toMatch(/^tracing +yes /);
  });
});

describe.skipIf(isLeftOut("5.10"))("lockdown=confidentiality", () => {
  let outcome: Outcome;
  beforeAll(async () => {
    const append = "lsm=lockdown,capability lockdown=confidentiality";
    outcome = await runInGuest(
      find("5.10"),
      { confidentiality: places.confidentiality },
      { append, called: "confidentiality" },
    );
  }, MINUTES);

  test("one sentence, whether the file that says so is there or not", () => {
    const [level, ...said] = lines(outcome.part("confidentiality", "truths"));
    expect(level).toBe("none integrity [confidentiality]");
    const sentence =
      "exitsnoop: the kernel is locked down (confidentiality): nobody may read its memory, not even root's programs in it: " +
      "boot it with lockdown=integrity, or without; nothing else helps";
    expect(said).toEqual(Array.from({ length: 6 }, () => [sentence, "status 1"]).flat());
  });
});
