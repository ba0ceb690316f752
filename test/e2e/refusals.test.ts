/**
 * Refusals: status 2 for a wrong command line, status 1 for a machine on which tracing is
 * impossible. Nothing is on stdout, and there is no stack trace.
 */
import { describe, expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { type Option, options } from "../../src/cli/options/index.ts";
import { subcommandNames } from "../../src/cli/subcommands.ts";
import { habits, habitWords } from "../support/habits.ts";
import { unsafe } from "../support/hostile-text.ts";
import { asNobody, executableCopy } from "../support/privileged.ts";
import { binary, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

/** Matches the output of an uncaught error or a crashed runtime. */
const stackTrace = /\bat .*:\d+|Bun v\d|panic|\.ts\b|undefined|\[object/;

/** A command line, the mistake that the message must name, and the proposal it must make. */
const wrong: [args: string[], mistake: string, right: string | RegExp][] = [
  [["--faild"], "--faild", "--failed"],
  [["--jsn"], "--jsn", "--json"],
  [["--FORMAT", "json"], "--FORMAT", "--format"],
  [["--no-headr"], "--no-headr", "--no-header"],
  [["--ringsize=4K"], "--ringsize", "--ring-size"],
  [["-X"], "-X", "-x"],
  [["-xZ"], "-Z", "--help"],
  [["--wibble"], "--wibble", "--help"],
  [["--__proto__"], "--__proto__", "--help"],
  [["--constructor=1"], "--constructor", "--help"],
  [["--time", "utc", "4242"], '"4242"', "-p 4242"],
  [["-"], '"-"', "--help"],
  [["--"], "--", "COMMAND"],
  [["--", ""], "--", "COMMAND"],
  [["--=x"], "--=x", "--help"],
  [[""], '""', "COMMAND"],
  [["--json=yes"], '"=yes"', "--json"],
  [["--failed="], '"="', "--failed"],
  [["--format="], "--format", /table.*json.*csv.*ecli/],
  [["--format"], "--format", /table.*json.*csv.*ecli/],
  [["--format", "tabel"], "tabel", "table"],
  [["-f", "xml"], "xml", /table.*json.*csv.*ecli/],
  [["-f=csv"], "=csv", "csv"],
  [["--time", "locl"], "locl", "local"],
  [["--color", "sometimes"], "sometimes", /auto.*always.*never/],
  [["--count"], "--count", "N"],
  [["--count", "0"], "--count 0", "smallest count is 1"],
  [["--count", "-3"], "--count", "N"],
  [["--count", "1.5"], "1.5", "whole"],
  [["--count", "9".repeat(30)], "999", "large"],
  [["--for", "5x"], "5x", /10s.*5m.*2h/],
  [["--for", "0"], "--for 0", "1ms"],
  [["--for=-1s"], "-1s", /10s.*5m.*2h/],
  [["--for", "400d"], "400d", "365d"],
  [["--ring-size", "4X"], "4X", /256K.*4M/],
  [["--ring-size", "0"], "--ring-size 0", "at least 1"],
  [["--ring-size", "2G"], "2G", "1G"],
  [["-p", "bash"], "bash", "4242"],
  [["-p", "0"], "-p 0", "begin at 1"],
  [["-p", "17,,42"], "17,,42", "17,42"],
  [["--pid=-1"], "-1", "4242"],
  [["-p", "99999999"], "99999999", "4194304"],
  [["-p", ""], "-p", "PID"],
  [["--json", "--format", "csv"], "--json", "--format csv"],
  [["--time", "local", "--utc"], "--time local", "--utc"],
  [["-f", "csv", "--utc"], "--utc", "csv"],
  [["--quiet", "--verbose"], "--quiet", "--verbose"],
  [["--count", "3", "--count", "4"], "3 and as 4", "leave one out"],
  [["-P", "x"], "-P x", "4242"],
  [["-u", "no-such-user"], "no-such-user", "uid"],
  [["-u_no-such-user"], "_no-such-user", "uid"],
  [["docter", "-D_GNU_SOURCE"], "docter", "did you mean doctor"],
  [["-u", "4294967295"], "4294967295", "4294967294"],
  [["-u", "root,,1"], "root,,1", "names or uids"],
  [["-s", "FOO"], "FOO", "SIGTERM"],
  [["-s", "KILL,65"], "KILL,65", "SIGTERM"],
  [["-s", "0"], "-s 0", "SIGTERM"],
  [["-n", "a-name-that-is-too-long"], "a-name-that-is-too-long", "15 bytes"],
  [["-c", "docker"], "docker", "/proc/PID/cgroup"],
  [["-c", "/../a"], "--cgroup /../a", "/proc/PID/cgroup"],
  [["--min-duration", "x"], "x", "10s"],
  [["-C", "pid,cmm"], "cmm is not a column", "comm"],
  [["-C", "pid,pid"], "pid twice", "leave one out"],
  [["-C", "pid,"], "pid,", "--columns help"],
  [["-C", "help,pid"], "help", "--columns help"],
  [["-w", "-C", "pid"], "--columns", "--wide"],
  [["-f", "ecli", "-w"], "--wide", "ecli"],
  [["-f", "ecli", "-C", "pid"], "--columns", "ecli"],
  [["-f", "ecli", "-T"], "--threads", "ecli"],
  [["--as", "root"], "--as", "-- COMMAND"],
  [["--no-wait"], "--no-wait", "-- COMMAND"],
  [["--as", "no-such-user", "--", "true"], "no-such-user", "no such user"],
  ...habits.flatMap(([line, answer]): [string[], string, string][] =>
    typeof answer === "string" ? [[habitWords(line), "", answer]] : [],
  ),
];

/** Arguments whose message must be escaped and short. */
const hostile: string[][] = [
  ["\x1b[31m.json"],
  ["--\x1b]0;title\x07"],
  ["-\x9b"],
  ["--pid=\n\n\n\n\n\n"],
  ["--format", "\u202etxt"],
  ["--für", "1"],
  ["-ü"],
  ["😀.json"],
  ["-😀"],
  ["\ufeff--.json"],
  ["1".repeat(100_000)],
  [`--${"y".repeat(100_000)}`],
  ["--pid", "1,".repeat(60_000)],
  [`-${"z".repeat(10_000)}`],
  Array.from({ length: 5000 }, () => "1\x1b[2J.json"),
];

async function expectRefusal(args: string[]): Promise<string> {
  const { status, stdout, stderr } = await runToEnd([binary, ...args]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toMatch(/^exitsnoop: ([^\n]+\n){1,4}$/);
  expect(stderr).not.toMatch(stackTrace);
  expect(stderr.length).toBeLessThan(1000);
  return stderr;
}

describe("usage error", () => {
  test.each(wrong)("arguments %j: status 2 and a message with a proposal", async (args, mistake, right) => {
    const stderr = await expectRefusal(args);
    expect(stderr).toContain(mistake);
    expect(stderr).toMatch(right);
  });

  test("arguments with control characters or of great length: the message is escaped", async () => {
    for (const args of hostile) {
      const stderr = await expectRefusal(args);
      expect(stderr.replaceAll("\n", "")).not.toMatch(unsafe);
    }
  });

  test("wrong arguments of a user other than root: status 2", async () => {
    using folder = executableCopy();
    const refused = await runToEnd([...asNobody(), folder.binary, "--wibble"]);
    expect({ status: refused.status, stdout: refused.stdout }).toEqual({ status: 2, stdout: "" });
  });
});

/** Expects that the tracer `command` fails with status 1 and one message that matches. */
async function expectFailure(command: string[], reason: RegExp): Promise<void> {
  const { status, stdout, stderr } = await runToEnd([...command, "--for", "30s"]);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(/^exitsnoop: [^\n]+\n$/);
  expect(stderr).toMatch(reason);
  expect(stderr).not.toMatch(stackTrace);
}

test("a directory as --output: status 1 and one message that says so", async () => {
  const { status, stderr } = await runToEnd([binary, "-o", "/srv", "true"]);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^exitsnoop: [^\n]*\/srv[^\n]* is a directory[^\n]*\n$/);
});

describe("machine or user for which tracing is impossible", () => {
  test("user other than root: one short message", async () => {
    using folder = executableCopy();
    const message = /^exitsnoop: needs root: run it with sudo\n$/;
    await expectFailure([...asNobody(), folder.binary], message);
    await expectFailure([...asNobody(), folder.binary, "--wide", "--json", "--quiet"], message);
    await expectFailure([...asNobody(), folder.binary, "-x", "--no-wait", "--", "true"], message);
  });

  test("root of a user namespace: one message", async () => {
    const inside = ["unshare", "--user", "--map-root-user"];
    // the kernel refuses a user namespace to a process in a chroot
    if ((await runToEnd([...inside, "true"])).status !== 0) return;
    await expectFailure([...inside, binary], /CAP_BPF|sudo/);
  });

  test("root without capabilities: one message that names CAP_BPF", async () => {
    const none = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all", "--ambient-caps", "-all"];
    await expectFailure([...none, binary], /CAP_BPF/);
  });

  test("no /sys/kernel/btf or no /sys: one message", async () => {
    for (const path of ["/sys/kernel/btf", "/sys"]) {
      const hide = shell(`mount -t tmpfs tmpfs ${path} && exec "$@"`);
      await expectFailure(["unshare", "--mount", ...hide, binary], /no \/sys\/kernel\/btf\/vmlinux.*mount \/sys/);
    }
  });
});

describe("help and version", () => {
  test("--help: lists every option on stdout", async () => {
    const { status, stdout, stderr } = await runToEnd([binary, "--help"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const [name, { short }] of Object.entries<Option>(options)) {
      expect(stdout).toMatch(new RegExp(`^ +${short ? `-${short}, ` : ""}--${name}\\b`, "m"));
    }
  });

  test.each([...subcommandNames])("%s --help: prints the help of the subcommand", async (name) => {
    const { status, stdout, stderr } = await runToEnd([binary, name, "--help"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toStartWith(`exitsnoop ${name} `);
    expect(stdout).toContain("  -h, --help ");
  });

  test("-h: prints at most 23 lines", async () => {
    const { status, stdout } = await runToEnd([binary, "-h"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^exitsnoop ([^\n]*\n){10,23}$/);
  });

  test.each([
    [["help"], ["--help"]],
    [
      ["help", "run"],
      ["run", "--help"],
    ],
    [
      ["run", "help"],
      ["run", "-h"],
    ],
    [
      ["run", "--wibble", "--help"],
      ["run", "--help"],
    ],
    [["-x", "--wibble", "--help"], ["--help"]],
    [["version"], ["--version"]],
    [["-x", "-V"], ["--version"]],
  ])("%j: prints what %j prints", async (args, same) => {
    const [one, other] = await Promise.all([runToEnd([binary, ...args]), runToEnd([binary, ...same])]);
    expect(one).toMatchObject({ status: 0, stderr: "", stdout: other.stdout });
    expect(one.stdout).toStartWith("exitsnoop ");
  });

  test("--version: prints the version on stdout", async () => {
    const { status, stdout, stderr } = await runToEnd([binary, "--version"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^exitsnoop \d+\.\d+\.\d+\b/);
  });

  test("a terminal of 40 columns: the help is wrapped at its width", async () => {
    const line = `stty cols 40 && exec ${binary} --columns help`;
    const { status, stdout } = await runToEnd(["script", "-qec", line, "/dev/null"]);
    expect(status).toBe(0);
    const lines = stdout.split(/\r?\n/);
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.filter((line) => [...line].length > 40)).toEqual([]);
  });

  test("a pipe: the help is wrapped at 80, whatever COLUMNS is", async () => {
    const { stdout } = await runToEnd(["env", "COLUMNS=200", binary, "--columns", "help"]);
    expect(Math.max(...stdout.split("\n").map((line) => [...line].length))).toBeWithin(70, 81);
  });

  test("user other than root: status 0", async () => {
    using folder = executableCopy();
    for (const option of ["--help", "--version", "-h"]) {
      const { status, stdout } = await runToEnd([...asNobody(), folder.binary, option]);
      expect(status).toBe(0);
      expect(stdout).toStartWith("exitsnoop ");
    }
  });
});

describe("COMMAND without --", () => {
  test("options after its first word belong to it, and its status is returned", async () => {
    const { status, stdout, stderr } = await runToEnd([
      binary,
      "-j",
      "sh",
      "-c",
      'echo "$@"; exit 7',
      "sh",
      "-x",
      "--help",
    ]);
    expect({ status, stdout }).toEqual({ status: 7, stdout: "-x --help\n" });
    expect(stderr).toMatch(/"comm":"sh"/);
  });

  test("a word that is no program: status 127, also if it is the name of an option", async () => {
    for (const word of ["json", "failed", "no-such-program"]) {
      const { status, stderr } = await runToEnd([binary, "-q", word]);
      expect({ status, stderr }).toMatchObject({ status: 127, stderr: expect.stringContaining(word) });
      expect(stderr).not.toContain("--failed");
    }
  });

  test("a misspelt subcommand that is a program in the PATH: runs", async () => {
    using folder = temporaryFolder();
    symlinkSync("/bin/true", `${folder.path}/docter`);
    const found = ["env", `PATH=${folder.path}:${process.env.PATH}`, binary, "docter"];
    expect(await runToEnd(found)).toMatchObject({ status: 0 });
    expect(await runToEnd([binary, "docter"])).toMatchObject({ status: 2 });
  });
});
