import { describe, expect, test } from "bun:test";
import type { ExitContext } from "../../src/exit/exit.ts";
import type { KillerReason } from "../../src/record/layout.ts";
import { exited, fakeExit, type Fields, killedBy, type Killer, line } from "../support/fake-exit.ts";
import { contextOf } from "../support/fake-records.ts";
import { formatOf } from "../support/fake-host.ts";
import { hostileSample, nameOracle, unsafe } from "../support/hostile-text.ts";

const table = formatOf("");
const ROW = "21:40:09 42050   42049   SIGKILL              1234567 which";
const bash: Killer = { kind: "process", pid: 4242, comm: "bash" };

/** Returns the text after COMM in the row of a process killed by SIGKILL. */
function killedByText(killer: Killer | undefined, fields: Partial<Fields> = {}, context?: ExitContext): string {
  const text = line(table, fakeExit({ status: killedBy(9), killer, ...fields }, context));
  expect(text).toStartWith(ROW);
  return text.slice(ROW.length);
}

/** Returns the text after COMM in the row of a process killed by a signal of the kernel. */
function kernelText(signal: number, reason: keyof typeof KillerReason): string {
  const text = line(table, { status: killedBy(signal), killer: { kind: "kernel", code: 128, reason } });
  return text.slice(text.indexOf(" which") + " which".length);
}

describe("the default table: shows the killer after COMM", () => {
  test("a process: its name and pid", () => {
    expect(killedByText(bash)).toBe(" killed by bash[4242]");
    expect(killedByText({ ...bash, comm: "a b", pid: 4_194_304 })).toBe(" killed by 'a b'[4194304]");
    expect(killedByText({ ...bash, comm: "" })).toBe(" killed by [4242]");
    expect(killedByText({ ...bash, comm: "0123456789abcdef" })).toBe(" killed by 0123456789abcdef[4242]");
  });

  test("the process itself: killed by itself", () => {
    expect(killedByText({ ...bash, pid: 42050 })).toBe(" killed by itself");
  });

  test("the OOM killer: the cgroup that ran out of memory", () => {
    const oom: Killer = { kind: "oom", code: 128 };
    const context = contextOf({ 77: "/docker/web" });
    expect(killedByText(oom, { oomCgroup: 77n }, context)).toBe(" killed by the kernel (OOM in /docker/web)");
    expect(killedByText(oom, { oomCgroup: 0n }, context)).toBe(" killed by the kernel (OOM of the whole machine)");
    expect(killedByText(oom, { oomCgroup: 78n }, context)).toBe(" killed by the kernel (OOM of a cgroup)");
    // both halves of the id must match
    expect(killedByText(oom, { oomCgroup: 77n << 32n }, context)).toBe(" killed by the kernel (OOM of a cgroup)");
  });

  test("the kernel with an unknown reason: killed by the kernel", () => {
    expect(killedByText({ kind: "kernel", code: 128 })).toBe(" killed by the kernel");
  });

  test("an unknown sender: no text, whatever the record holds in its fields", () => {
    expect(killedByText(undefined)).toBe("");
  });

  test("a process that exited while a signal was pending: no text", () => {
    for (const code of [0, 1, 137]) {
      expect(line(table, { status: exited(code), killer: bash })).toEndWith(" 1234567 which");
    }
  });
});

describe("a process killed by the kernel: the table shows the reason in brackets", () => {
  const reasons: Partial<Record<keyof typeof KillerReason, string>> = {
    fault: "fault",
    seccomp: "seccomp",
    syscallUserDispatch: "syscall user dispatch",
    brokenPipe: "broken pipe",
    terminal: "terminal",
    hangup: "hangup",
    cpuLimit: "CPU limit",
    fileSizeLimit: "file size limit",
    timer: "timer",
    asyncIo: "async I/O",
    messageQueue: "message queue",
    parentDeath: "parent death",
    pidNamespaceEnd: "PID namespace end",
    cgroupKill: "cgroup kill",
  };

  test.each(Object.entries(reasons) as [keyof typeof KillerReason, string][])("%s", (reason, shown) => {
    expect(kernelText(9, reason)).toBe(` killed by the kernel (${shown})`);
  });

  test("an unknown reason: no brackets, whatever the signal", () => {
    const signals = Array.from({ length: 127 }, (_, i) => i + 1);
    expect(signals.map((signal) => kernelText(signal, "unknown"))).toEqual(signals.map(() => " killed by the kernel"));
  });

  test("a process that sends the signal itself: no reason in brackets", () => {
    for (const reason of ["signal", "abort"] as const) {
      const text = line(table, { status: killedBy(11), killer: { ...bash, reason } });
      expect(text).toEndWith(" which killed by bash[4242]");
    }
  });

  test("a process for which the kernel sends the signal: the reason in brackets", () => {
    expect(killedByText({ ...bash, reason: "cgroupKill" })).toBe(" killed by bash[4242] (cgroup kill)");
    expect(killedByText({ ...bash, reason: "reboot" })).toBe(" killed by bash[4242] (reboot)");
    expect(killedByText({ ...bash, pid: 42050, reason: "reboot" })).toBe(" killed by itself (reboot)");
  });
});

test("a hostile name of the killer: escaped, whatever the bytes", () => {
  for (const comm of hostileSample()) {
    // the kernel ends a name at its NUL
    if (comm.includes(0)) continue;
    // a bracket in the name is quoted, because the pid's bracket follows
    const shown = comm.includes(0x5b) ? /^ killed by \$?'.*'\[4242\]$/ : ` killed by ${nameOracle(comm)}[4242]`;
    const text = killedByText({ ...bash, comm });
    if (typeof shown === "string") expect(text).toBe(shown);
    else expect(text).toMatch(shown);
  }
});

test("a hostile cgroup path in the OOM text: escaped", () => {
  const name = "\x1b]0;x\x07\n\u202e\xff";
  const text = killedByText({ kind: "oom" }, { oomCgroup: 5n }, contextOf({ 5: `/a/${name}` }));
  expect(text).toBe(" killed by the kernel (OOM in $'/a/\\x1b]0;x\\x07\\n\\xe2\\x80\\xae\xff')");
  expect(text).not.toMatch(unsafe);
});

describe("the killer after COMM", () => {
  const killed: Partial<Fields> = { status: killedBy(9), killer: bash };

  test.each(["-f table", "-T", "-x --utc", "--time none", "--color always"])("exitsnoop %s: shown", (options) => {
    expect(line(formatOf(options), killed)).toEndWith(" which killed by bash[4242]");
  });

  test.each(["-C time,pid,ppid,exit_code,duration_ns,comm", "-C comm", "-f ecli"])(
    "exitsnoop %s: not shown",
    (options) => {
      expect(line(formatOf(options), killed)).toEndWith("which");
    },
  );

  test("-C killed_by: shown as a column in the requested place, once", () => {
    expect(line(formatOf("-C killed_by,pid"), killed)).toBe("bash[4242]                     42050");
    expect(line(formatOf("-C killed_by,pid"))).toBe(`${" ".repeat(31)}42050`);
    expect(line(formatOf("-w"), killed).match(/killed by bash\[4242\]/g)).toHaveLength(1);
  });
});

test("--color on a narrow terminal: the killer has no color and is not truncated", () => {
  const text = line(formatOf("--color always", { width: () => 20 }), { status: killedBy(9), killer: bash });
  expect(text).toEndWith(" \x1b[31mSIGKILL\x1b[0m              1234567 which killed by bash[4242]");
});
