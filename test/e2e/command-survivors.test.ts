/** Descendants that outlive COMMAND are named, and --fail-on turns events into exit status 3. */
import { afterEach, describe, expect, test } from "bun:test";
import { binary, parseClosingLine, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

/** Processes that the tests left running, to be ended by pid. */
const daemons: number[] = [];
afterEach(() => {
  for (const pid of daemons.splice(0)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // it has ended
    }
  }
});

/**
 * Returns a script that leaves a process behind, prints its pid, runs the command `last` and ends
 * with `code`.
 */
const daemonizes = (seconds: string, code = 0, last = ":") =>
  `setsid bash -c 'exec -a "my daemon" sleep ${seconds}' </dev/null >/dev/null 2>&1 & echo $!; ${last}; exit ${code}`;

async function runCommand(options: string[], command: string[], via: string[] = []) {
  const { stdout, stderr, status } = await runToEnd([...via, binary, "-o", "/dev/null", ...options, "--", ...command]);
  const pid = Number(stdout);
  if (pid) daemons.push(pid);
  return { pid, stderr, status };
}

describe("descendants that outlive COMMAND", () => {
  test("for a second: a line names them and says how to stop waiting", async () => {
    const { pid, stderr, status } = await runCommand([], shell(daemonizes("3", 4)));
    expect(status).toBe(4);
    expect(stderr).toStartWith(
      "Tracing sh and its descendants; Ctrl-C goes to sh\n" +
        `sh ended with 4; still running: sleep[${pid}] ('my daemon' 3). Waiting for it; ` +
        "Ctrl-C stops tracing, --no-wait does not wait.\n2 exits in ",
    );
    expect(parseClosingLine(stderr)).toEqual({ seen: 2, lost: 0 });
  });

  test("for less than a second: no line", async () => {
    const { stderr } = await runCommand([], shell(daemonizes("0.3")));
    expect(stderr).not.toContain("still running");
    expect(parseClosingLine(stderr)).toEqual({ seen: 2, lost: 0 });
  });

  test("COMMAND was killed: the line says by which signal", async () => {
    const { pid, stderr } = await runCommand([], shell(`sleep 3 >/dev/null & echo $!; kill -TERM $$`));
    expect(stderr).toContain(`\nsh was killed by SIGTERM; still running: sleep[${pid}] (sleep 3). Waiting for it;`);
  });

  test("many, with hostile arguments: five are named with safe, short arguments, and the others counted", async () => {
    const script = String.raw`
      export ZEROS=$(printf "0%.0s" $(seq 300))
      for i in 1 2 3 4 5 6 7 8; do
        bash -c 'exec -a "$(printf "\033[31m)\n. Waiting")" sleep 3 $ZEROS' >/dev/null &
      done; exit 0`;
    const { stderr } = await runCommand([], ["bash", "-c", script]);
    const line = stderr.split("\n").find((text) => text.includes("still running"))!;
    expect(line.match(/sleep\[\d+\] \(\$'\\x1b\[31m\)\\n\. Waiting' 3 0{20,}\.\.\.\)/g)?.length).toBe(5);
    expect(line).toEndWith(" and 3 more. Waiting for them; Ctrl-C stops tracing, --no-wait does not wait.");
    expect(line.length).toBeLessThan(700);
  });

  test("--no-wait: a line at the end names them", async () => {
    // COMMAND goes on until the daemon has its name, without other processes
    const waits = 'until read -r comm </proc/$!/comm && [ "$comm" = sleep ]; do :; done';
    const { pid, stderr, status } = await runCommand(["--no-wait"], shell(daemonizes("20", 3, waits)));
    expect(status).toBe(3);
    expect(stderr).toMatch(
      new RegExp(
        `\n1 process still running, no longer traced: sleep\\[${pid}\\] \\('my daemon' 20\\)\n1 exit in [^\n]*\n$`,
      ),
    );
  });

  test("--for while COMMAND runs: the line names COMMAND as well", async () => {
    const { stderr, status } = await runCommand(["--for", "1500ms"], shell("sleep 4 & sleep 4; exit 7"));
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /\n3 processes still running, no longer traced: sh\[\d+\] \(sh -c [^\n]*\), sleep\[\d+\] \(sleep 4\) and sleep\[\d+\] \(sleep 4\)\n/,
    );
  });

  test("--quiet: neither line", async () => {
    expect((await runCommand(["-q"], shell(daemonizes("3")))).stderr).toBe("");
    expect((await runCommand(["-q", "--no-wait"], shell(daemonizes("20")))).stderr).toBe("");
  });

  test("/proc hides other users' processes: named by their pids", async () => {
    const hidden = shell('mount -t proc -o hidepid=2 proc /proc && exec "$@"');
    const { pid, stderr } = await runCommand([], shell(daemonizes("3")), ["unshare", "-m", ...hidden]);
    expect(stderr).toContain(`; still running: process ${pid}. Waiting for it;`);
  });

  test("COMMAND in a PID namespace: named by their pids there", async () => {
    const namespace = ["unshare", "--pid", "--fork", "--mount-proc"];
    const { pid, stderr } = await runCommand([], shell(daemonizes("3")), namespace);
    expect(stderr).toContain(`; still running: sleep[${pid}] ('my daemon' 3). Waiting for it;`);
  });

  test("a PID namespace whose /proc is another one's: only their pids, not the names of other processes", async () => {
    const { pid, stderr } = await runCommand([], shell(daemonizes("3")), ["unshare", "--pid", "--fork"]);
    expect(stderr).toContain(`; still running: process ${pid}. Waiting for it;`);
  });
});

describe("--fail-on", () => {
  test.each([
    ["signal", "kill -TERM $$", "signal: 1 killed by a signal", 3],
    ["signal", "sh -c 'kill -TERM $$'; exit 4", "signal: 1 killed by a signal", 3],
    ["signal", "exit 137", undefined, 137],
    ["oom,core,orphans", "kill -KILL $$", undefined, 137],
    ["signal,core", "true", undefined, 0],
    ["orphans", "true & wait", undefined, 0],
    ["orphans", "sleep 0.2 &", undefined, 0],
  ])("%s, COMMAND is %j", async (events, script, reason, expected) => {
    const { stderr, status } = await runCommand(["--fail-on", events], shell(script));
    expect(status).toBe(expected);
    if (reason) expect(stderr).toContain(`\n--fail-on ${reason}; exit status 3\n`);
    else expect(stderr).not.toContain("--fail-on");
  });

  test("orphans, with a daemon that is left: status 3", async () => {
    const { stderr, status } = await runCommand(["--no-wait", "--fail-on=core,orphans"], shell(daemonizes("20", 5)));
    expect(stderr).toContain("\n--fail-on orphans: 1 left running; exit status 3\n");
    expect(status).toBe(3);
  });

  test("core, with a core dump: status 3, and two events in one line", async () => {
    using folder = temporaryFolder();
    const script = `ulimit -c unlimited; cd ${folder.path}; sh -c 'kill -SEGV $$'; exit 0`;
    const { stderr, status } = await runCommand(["--fail-on", "core", "--fail-on", "signal"], shell(script));
    // a kernel.core_pattern with a program may refuse the dump
    const hasDumped = stderr.includes("--fail-on core,signal: 1 dumped core, 1 killed by a signal; exit status 3\n");
    expect(hasDumped || stderr.includes("--fail-on signal: 1 killed by a signal")).toBeTrue();
    expect(status).toBe(3);
  });

  test("a filter that leaves the exits out: they do not count", async () => {
    const { status } = await runCommand(["--fail-on", "signal", "-n", "other"], shell("kill -TERM $$"));
    expect(status).toBe(143);
  });

  test("without a COMMAND, or with an unknown event: refused", async () => {
    const alone = await runToEnd([binary, "--fail-on", "signal"]);
    expect(alone).toMatchObject({ status: 2, stdout: "" });
    expect(alone.stderr).toBe("exitsnoop: --fail-on needs a COMMAND: exitsnoop --fail-on signal -- COMMAND\n");
    const unknown = await runToEnd([binary, "--fail-on", "signal,orphan", "--", "true"]);
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain("orphan is not known; choose signal, oom, core or orphans");
  });
});

test("--as with a uid that no user has: an equal gid, no groups, and / as the home", async () => {
  const script = 'id -u; id -g; grep ^Groups /proc/self/status; echo "$HOME $USER"';
  const { stdout, status } = await runToEnd([binary, "-q", "-o", "/dev/null", "--as", "54321", "--", ...shell(script)]);
  expect({ stdout, status }).toEqual({ stdout: "54321\n54321\nGroups:\t \n/ 54321\n", status: 0 });
});
