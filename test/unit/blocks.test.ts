import { describe, expect, test } from "bun:test";
import { exited, fakeExit, type Fields, header, killedBy, written } from "../support/fake-exit.ts";
import { formatOf, formatOnTerminal } from "../support/fake-host.ts";
import { contextOf } from "../support/fake-records.ts";
import { hostileSample, unsafe } from "../support/hostile-text.ts";

const ID = "0123456789abcdef".repeat(4);
const context = contextOf({ 5: `/system.slice/docker-${ID}.scope`, 6: "/" }, { 1000: "ann" });
const blockOf = (fields: Partial<Fields>, options = "-w", width = 0) => {
  const format = formatOnTerminal(options, { width: () => width });
  format.begin!();
  return written((out) => format.exit(out, fakeExit(fields, context)));
};

const resources = { cpuUserNs: 972_000n, maxRssBytes: 1_677_722n, minorFaults: 120n, voluntarySwitches: 2n };

describe("a block of --wide on a terminal:", () => {
  test("has the command, the origin and the usage of an exit", () => {
    expect(
      blockOf({
        status: exited(124),
        duration: 202_000_000n,
        args: ["timeout", "0.2", "sleep", "60"],
        cgroupV2: 5n,
        resources,
      }),
    ).toBe(
      "21:40:09.000  which[42050]  exit 124  after 202ms \n" +
        "    timeout 0.2 sleep 60 \n" +
        `    parent bash[42049]   user ann   exe /usr/bin/which   cgroup /system.slice/docker-${ID}.scope   container ${ID} \n` +
        "    cpu user 972us   peak memory 1.6M   minor faults 120   voluntary switches 2\n",
    );
  });

  test("a killer follows in the first line", () => {
    expect(blockOf({ status: killedBy(11, true), killer: { kind: "process", pid: 7, comm: "sh" } })).toStartWith(
      "21:40:09.000  which[42050]  SIGSEGV+core  after 1.2ms  ← killed by sh[7] \n",
    );
  });

  test("a killer that does not fit in the first line has the second one", () => {
    const killed: Partial<Fields> = { status: killedBy(9), killer: { kind: "process", pid: 7, comm: "漢字" } };
    const first = "21:40:09.000  which[42050]  SIGKILL  after 1.2ms";
    const killer = "← killed by 漢字[7]";
    // each line but the last ends with a space, which must not begin another line
    const width = Bun.stringWidth(`${first}  ${killer} `);
    for (const color of ["never", "always"]) {
      const plain = (columns: number) => Bun.stripANSI(blockOf(killed, `-w --color ${color}`, columns));
      expect(plain(width)).toStartWith(`${first}  ${killer} \n    which ls`);
      expect(plain(width - 1)).toStartWith(`${first} \n    ${killer} \n    which ls`);
    }
  });

  test("values that are zero, unknown or say nothing new are left out", () => {
    const unknown: Partial<Fields> = { args: null, exe: null, cgroupV2: 6n, hasIo: false, uid: 4711 };
    expect(blockOf(unknown)).toBe(
      "21:40:09.000  which[42050]  exit 0  after 1.2ms \n    which \n    parent bash[42049]   user 4711\n",
    );
    expect(blockOf({ isProcess: false, threads: 3 })).not.toContain("threads");
    expect(blockOf({ threads: 3, nsPid: 12, localPid: 0 })).toMatch(/ {3}pid in its namespace 12 \n {4}threads 3\n$/);
  });

  test("items continue on another line where the terminal ends", () => {
    for (let width = 40; width < 200; width++) {
      const lines = blockOf({ cgroupV2: 6n, resources }, "-w", width).split("\n");
      for (const text of lines) expect(text.trimEnd().length).toBeLessThanOrEqual(Math.max(width, 48));
    }
    expect(blockOf({ resources }, "-w", 60)).toEndWith(
      "    cpu user 972us   peak memory 1.6M   minor faults 120 \n    voluntary switches 2\n",
    );
  });

  test("--threads: the thread's name and number", () => {
    expect(blockOf({ tid: 42_051, threadComm: "worker" }, "-wT")).toMatch(
      /^21:40:09.000 {2}worker\[42050\] .*\n.*\n {4}thread 42051 {3}parent /,
    );
  });

  test("--label and --time none", () => {
    expect(blockOf({}, "-w --time none --label web")).toStartWith("web  which[42050]  exit 0");
  });

  test("there is no header; colour is for what failed", () => {
    expect(header(formatOnTerminal("-w"))).toBe("");
    expect(blockOf({ status: exited(1) }, "-w --color always")).toContain("  \x1b[33mexit 1\x1b[0m  after");
    expect(blockOf({ status: killedBy(9) }, "-w --color always")).toContain("  \x1b[31mSIGKILL\x1b[0m  after");
    expect(blockOf({}, "-w --color always")).not.toContain("\x1b");
  });

  test("hostile texts never reach the terminal raw", () => {
    for (const bytes of hostileSample()) {
      if (bytes.includes(0)) continue;
      const name = bytes.slice(0, 15);
      const killer = { kind: "process", comm: name } as const;
      const text = blockOf({ args: [bytes], comm: name, parentComm: name, exe: bytes, status: killedBy(9), killer });
      if (unsafe.test(text.replaceAll("\n", ""))) expect(text).toBe("safe text");
    }
  });
});

test("--format wide that is not on a terminal: the same blocks, not cut", () => {
  const text = written((out) => formatOf("-f wide").exit(out, fakeExit({ args: ["a".repeat(900)] }, context)));
  expect(text).toContain(`\n    ${"a".repeat(900)} \n`);
});
