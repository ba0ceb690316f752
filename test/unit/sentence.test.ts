import { describe, expect, test } from "bun:test";
import type { ExitContext } from "../../src/exit/exit.ts";
import type { KillerReason } from "../../src/record/layout.ts";
import { exited, fakeExit, type Fields, killedBy, type Killer, line } from "../support/fake-exit.ts";
import { contextOf } from "../support/fake-records.ts";
import { formatOf } from "../support/fake-host.ts";
import { hostileTexts, nameOracle, unsafe } from "../support/hostile-text.ts";

const table = formatOf("");
const BEFORE = "21:40:09 42050   42049   SIGKILL              1234567 which";
const bash: Killer = { kind: "process", pid: 4242, comm: "bash" };

/** What stands behind the table's row for a death by SIGKILL. */
function sentence(killer: Killer | undefined, fields: Partial<Fields> = {}, knowledge?: ExitContext): string {
  const text = line(table, fakeExit({ status: killedBy(9), killer, ...fields }, knowledge));
  expect(text).toStartWith(BEFORE);
  return text.slice(BEFORE.length);
}

/** Returns the text behind the name for a death by a signal of the kernel. */
function kernelSentence(signal: number, reason: keyof typeof KillerReason): string {
  const text = line(table, { status: killedBy(signal), killer: { kind: "kernel", code: 128, reason } });
  return text.slice(text.indexOf(" which") + " which".length);
}

describe("behind the name stands who killed it:", () => {
  test("a process, by its name and pid", () => {
    expect(sentence(bash)).toBe(" killed by bash[4242]");
    expect(sentence({ ...bash, comm: "a b", pid: 4_194_304 })).toBe(" killed by 'a b'[4194304]");
    expect(sentence({ ...bash, comm: "" })).toBe(" killed by [4242]");
    expect(sentence({ ...bash, comm: "0123456789abcdef" })).toBe(" killed by 0123456789abcdef[4242]");
  });

  test("itself", () => {
    expect(sentence({ ...bash, pid: 42050 })).toBe(" killed by itself");
  });

  test("the OOM killer, and where it looked for memory", () => {
    const oom: Killer = { kind: "oom", code: 128 };
    const knowledge = contextOf({ 77: "/docker/web" });
    expect(sentence(oom, { oomCgroup: 77n }, knowledge)).toBe(" killed by the kernel (OOM in /docker/web)");
    expect(sentence(oom, { oomCgroup: 0n }, knowledge)).toBe(" killed by the kernel (OOM of the whole machine)");
    expect(sentence(oom, { oomCgroup: 78n }, knowledge)).toBe(" killed by the kernel (OOM of a cgroup)");
    // both halves of the id must match
    expect(sentence(oom, { oomCgroup: 77n << 32n }, knowledge)).toBe(" killed by the kernel (OOM of a cgroup)");
  });

  test("the kernel, which does not say why it sends SIGKILL", () => {
    expect(sentence({ kind: "kernel", code: 128 })).toBe(" killed by the kernel");
  });

  test("no text where the sender is unknown, and no trace of the record before", () => {
    expect(sentence(undefined)).toBe("");
  });

  test("nobody where it exited, even if a signal was on its way", () => {
    for (const code of [0, 1, 137]) {
      expect(line(table, { status: exited(code), killer: bash })).toEndWith(" 1234567 which");
    }
  });
});

describe("a death by the kernel: the table shows the reason in brackets:", () => {
  const remarks: Partial<Record<keyof typeof KillerReason, string>> = {
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

  test.each(Object.entries(remarks) as [keyof typeof KillerReason, string][])("%s", (reason, remark) => {
    expect(kernelSentence(9, reason)).toBe(` killed by the kernel (${remark})`);
  });

  test("an unknown reason: no remark, whatever the signal's number", () => {
    const signals = Array.from({ length: 127 }, (_, i) => i + 1);
    expect(signals.map((signal) => kernelSentence(signal, "unknown"))).toEqual(
      signals.map(() => " killed by the kernel"),
    );
  });

  test("a signal from a process: no reason in brackets", () => {
    for (const reason of ["signal", "abort", "reboot", "cgroupKill"] as const) {
      const text = line(table, { status: killedBy(11), killer: { ...bash, reason } });
      expect(text).toEndWith(" which killed by bash[4242]");
    }
  });
});

test("a hostile name of the killer is harmless, whatever the bytes", () => {
  let names = 0;
  for (const comm of hostileTexts()) {
    // a name ends at its NUL
    if (comm.includes(0) || names++ % 30) continue;
    // a bracket in the name is quoted, because the pid's bracket follows
    const shown = comm.includes(0x5b) ? /^ killed by \$?'.*'\[4242\]$/ : ` killed by ${nameOracle(comm)}[4242]`;
    const text = sentence({ ...bash, comm });
    if (typeof shown === "string") expect(text).toBe(shown);
    else expect(text).toMatch(shown);
  }
});

test("a hostile name of a cgroup is harmless", () => {
  const name = "\x1b]0;x\x07\n\u202e\xff";
  const text = sentence({ kind: "oom" }, { oomCgroup: 5n }, contextOf({ 5: `/a/${name}` }));
  expect(text).toBe(" killed by the kernel (OOM in $'/a/\\x1b]0;x\\x07\\n\\xe2\\x80\\xae\xff')");
  expect(text).not.toMatch(unsafe);
});

describe("only the default table has the sentence:", () => {
  const killed: Partial<Fields> = { status: killedBy(9), killer: bash };

  test.each(["-f table", "-T", "-x --utc", "--time none", "--color always"])("exitsnoop %s has it", (options) => {
    expect(line(formatOf(options), killed)).toEndWith(" which killed by bash[4242]");
  });

  test.each(["-C time,pid,ppid,exit_code,duration_ns,comm", "-C comm", "-f ecli"])(
    "exitsnoop %s has not",
    (options) => {
      expect(line(formatOf(options), killed)).toEndWith("which");
    },
  );

  test("as a column it stands where it was asked for", () => {
    expect(line(formatOf("-C killed_by,pid"), killed)).toBe("killed by bash[4242]           42050");
    expect(line(formatOf("-C killed_by,pid"))).toBe(`${" ".repeat(31)}42050`);
    expect(line(formatOf("-w"), killed).match(/killed by bash\[4242\]/g)).toHaveLength(1);
  });
});

test("the sentence is not colored, and no part of a column", () => {
  const text = line(formatOf("--color always", { width: () => 20 }), { status: killedBy(9), killer: bash });
  expect(text).toEndWith(" \x1b[31mSIGKILL\x1b[0m              1234567 which killed by bash[4242]");
});
