/** Completes command lines of the compiled binary in the real bash, zsh and fish. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, readdirSync, statSync } from "node:fs";
import { options, runOptions } from "../../src/cli/options/index.ts";
import { subcommandNames } from "../../src/cli/subcommands.ts";
import { columnKeys, formatNames, timeForms } from "../../src/output/index.ts";
import {
  type CompletionSession,
  completionScript,
  startBash,
  startFish,
  startZsh,
} from "../support/shell-completion.ts";
import { binary, runToEnd, temporaryFolder } from "../support/tracer.ts";

const sorted = (words: readonly string[]) => [...words].sort();
const beginningWith = (start: string, words: readonly string[]) =>
  sorted(words.filter((word) => word.startsWith(start)));
const longNames = (table: object) => sorted(Object.keys(table).map((name) => `--${name}`));
const etcFiles = beginningWith("host", readdirSync("/etc")).map((name) => `/etc/${name}`);
const cgroups = readdirSync("/sys/fs/cgroup")
  .filter((name) => statSync(`/sys/fs/cgroup/${name}`).isDirectory())
  .map((name) => `/${name}`);

/** Lines with all the candidates for their last word. */
const complete: [line: string, candidates: string[]][] = [
  ["", sorted(subcommandNames)],
  ["doct", ["doctor"]],
  ["-x --for", beginningWith("--for", longNames(options))],
  ["--format ", sorted(formatNames)],
  ["--format=js", beginningWith("js", formatNames)],
  ["-xf js", beginningWith("js", formatNames)],
  ["--time ", sorted(timeForms)],
  ["--columns time,exit_", ["time,exit_code"]],
  ["-C +pp", ["+ppid"]],
  ["-C help", ["help"]],
  ["--signal SE", ["SEGV"]],
  ["-s KILL,SIGSE", ["KILL,SIGSEGV"]],
  ["-s an", ["any"]],
  ["-u roo", ["root"]],
  ["-u daemon,roo", ["daemon,root"]],
  ["--as roo", ["root"]],
  ["-o /etc/host", etcFiles],
  ["-c /", sorted(cgroups)],
  ["--count ", []],
  ["run /etc/host", etcFiles],
  ["run --insp", ["--inspect"]],
  ["run -o /etc/host", etcFiles],
  ["run package.json -- ", []],
  ["run --", longNames(runOptions)],
  ["replay /etc/host", etcFiles],
  ["replay -x /etc/hostname /etc/host", etcFiles],
  ["replay --sin", ["--since"]],
  ["replay -S --by unit,par", ["unit,parent"]],
  ["replay -f js", beginningWith("js", formatNames)],
  ["completion ", ["bash", "fish", "zsh"]],
  ["help ver", ["version"]],
  ["report --report-format ju", ["junit"]],
  ["report --fail-on signal,or", ["signal,orphans"]],
  ["report mktem", []],
  ["report -- mktem", ["mktemp"]],
  ["report -o FILE -- mktem", ["mktemp"]],
  ["report -- cat /etc/host", etcFiles],
  // the words of a COMMAND are completed as without exitsnoop
  ["mktem", ["mktemp"]],
  ["-- mktem", ["mktemp"]],
  ["-x mktem", ["mktemp"]],
  ["-p 1 -x -- mktem", ["mktemp"]],
  ["-xp 1 mktem", ["mktemp"]],
  ["cat /etc/host", etcFiles],
  ["-x -- cat /etc/host", etcFiles],
  ["-o doctor mktem", ["mktemp"]],
];

describe.each<[string, () => Promise<CompletionSession>]>([
  ["bash", () => startBash(true)],
  ["bash without bash-completion", () => startBash(false)],
  ["zsh", startZsh],
  ["fish", startFish],
])("%s:", (shell, start) => {
  let session: CompletionSession;
  beforeAll(async () => {
    session = await start();
  });
  afterAll(() => session[Symbol.dispose]());

  test.each(complete)("completes: exitsnoop %s", async (line, candidates) => {
    expect(await session.complete(`exitsnoop ${line}`)).toEqual(candidates);
  });

  test("after an option: offers no subcommand, whose name would be an error there", async () => {
    expect(await session.complete("exitsnoop -x docto")).not.toContain("doctor");
  });

  test("--columns: all columns, and the group of the origin", async () => {
    expect(await session.complete("exitsnoop --columns ")).toEqual(sorted([...columnKeys, "help", "origin"]));
  });

  test("--: all options", async () => {
    expect(await session.complete("exitsnoop --")).toEqual(longNames(options));
  });

  test("-p: the running processes", async () => {
    const pids = await session.complete("exitsnoop -p 1,");
    expect(pids).toContain(`1,${process.pid}`);
    expect(pids.filter((pid) => !/^1,\d+$/.test(pid))).toEqual([]);
  });

  test("-n: the names of running processes, but in bash none with a command substitution", async () => {
    using folder = temporaryFolder();
    copyFileSync("/bin/sleep", `${folder.path}/$(id)`);
    const child = Bun.spawn([`${folder.path}/$(id)`, "60"]);
    try {
      expect(await session.complete("exitsnoop -n bu")).toContainEqual(expect.stringMatching(/^bun/));
      // the quoted form of the other shells: fish and zsh escape what they insert
      if (shell.startsWith("bash")) expect(await session.complete("exitsnoop -n \\$")).toEqual([]);
    } finally {
      child.kill("SIGKILL");
      await child.exited;
    }
  });

  test.if(shell !== "bash without bash-completion")(
    "the options of a COMMAND, and of exitsnoop as an argument of nice",
    async () => {
      expect(await session.complete("exitsnoop -x -- ls --almost")).toEqual(["--almost-all"]);
      expect(await session.complete("exitsnoop ls --almost")).toEqual(["--almost-all"]);
      expect(await session.complete("nice exitsnoop --no-hea")).toEqual(["--no-header"]);
    },
  );
});

test("bash: shellcheck finds no mistake in the script", async () => {
  const { stdout, status } = await runToEnd(["shellcheck", "--shell=bash", "-"], { stdin: completionScript("bash") });
  expect({ stdout, status }).toEqual({ stdout: "", status: 0 });
});

test("zsh: the script can be sourced instead of autoloaded", async () => {
  const script = "autoload -Uz compinit; compinit -u -D; source <($1 completion zsh); print $_comps[exitsnoop]";
  const { stdout, stderr } = await runToEnd(["zsh", "-f", "-c", script, "zsh", binary]);
  expect({ stdout, stderr }).toEqual({ stdout: "_exitsnoop\n", stderr: "" });
});

test.each([
  [["completion"], "exitsnoop completion needs bash|zsh|fish, as in: exitsnoop completion bash\n"],
  [["completion", "tcsh"], "exitsnoop completion tcsh: not known; choose bash, zsh or fish"],
])("%p: refused with status 2", async (args, message) => {
  const { stdout, stderr, status } = await runToEnd([binary, ...args]);
  expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
  expect(stderr).toStartWith(`exitsnoop: ${message}`);
});
