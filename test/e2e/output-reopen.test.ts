/** SIGHUP: reopens the files of -o, or ends the trace if there is a controlling terminal. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { burst, codesIn, exitInto, exitWith, REOPEN_USER, startService, until } from "../support/reopening.ts";
import { binary, fixture, parseClosingLine, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

describe("SIGHUP without a controlling terminal", () => {
  test("renamed file: earlier lines are in the old file, later ones in a new file of mode 0600", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    const tracer = await startService(["-j", "-o", file]);
    await exitInto(file, 1);
    renameSync(file, `${file}.1`);
    await exitInto(`${file}.1`, 2);
    tracer.process.kill("SIGHUP");
    await until(() => existsSync(file));
    expect((statSync(file).mode & 0o777).toString(8)).toBe("600");
    await exitInto(file, 3);
    const { status, stderr } = await tracer.end();
    expect(status).toBe(0);
    expect([codesIn(`${file}.1`), codesIn(file)]).toEqual([[1, 2], [3]]);
    expect(parseClosingLine(stderr)).toEqual({ seen: 3, lost: 0 });
    expect(stderr).not.toContain("exitsnoop:");
  });

  test("under nohup(1), without a terminal that could send it: reopens the file", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    const tracer = await startService(["-j", "-o", file], ["nohup"]);
    renameSync(file, `${file}.1`);
    tracer.process.kill("SIGHUP");
    await until(() => existsSync(file));
    await exitInto(file, 3);
    await tracer.end();
    expect([codesIn(`${file}.1`), codesIn(file)]).toEqual([[], [3]]);
  });

  test("file created by another process: appended to, with a header only if it is empty", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    const tracer = await startService(["-f", "csv", "-C", "exit_code", "-o", file]);
    renameSync(file, `${file}.1`);
    writeFileSync(file, "", { mode: 0o640 });
    tracer.process.kill("SIGHUP");
    await until(() => readFileSync(file, "utf8") === "exit_code\n");
    renameSync(file, `${file}.2`);
    writeFileSync(file, "kept\n");
    tracer.process.kill("SIGHUP");
    await until(() => {
      if (readFileSync(file, "utf8").endsWith("\n7\n")) return true;
      void exitWith(7);
      return false;
    });
    await tracer.end();
    expect(readFileSync(file, "utf8")).toMatch(/^kept\n(7\n)+$/);
    expect(readFileSync(`${file}.1`, "utf8")).toBe("exit_code\n");
    expect((statSync(`${file}.2`).mode & 0o777).toString(8)).toBe("640");
  });

  test("two files: both are reopened, and stdout goes on", async () => {
    using folder = temporaryFolder();
    const [a, b, out] = ["a", "b", "out"].map((name) => `${folder.path}/${name}`) as [string, string, string];
    const tracer = await startService(["-j", "-o", a, "-o", "-", "-o", b], shell(`exec "$@" >${out}`));
    await exitInto(a, 1);
    for (const file of [a, b]) renameSync(file, `${file}.1`);
    tracer.process.kill("SIGHUP");
    await until(() => existsSync(a) && existsSync(b));
    await exitInto(b, 2);
    await tracer.end();
    expect([a, b, `${a}.1`, `${b}.1`, out].map(codesIn)).toEqual([[2], [2], [1], [1], [1, 2]]);
  });

  test("file renamed again and again during bursts of exits: each exit is in one of the files", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    const tracer = await startService(["-j", "-o", file, "--ring-size", "16M"]);
    let [runs, moved] = [0, 0];
    const running = (async () => {
      for (; moved < 30; runs++) await burst(100);
    })();
    while (moved < 30) {
      renameSync(file, `${file}.${++moved}`);
      tracer.process.kill("SIGHUP");
      await until(() => existsSync(file));
      await Bun.sleep(10);
    }
    await running;
    const { stderr } = await tracer.end();
    const names = [file, ...Array.from({ length: moved }, (_, i) => `${file}.${i + 1}`)];
    const lines = names.flatMap((name) => readFileSync(name, "utf8").split("\n").filter(Boolean));
    const events = lines.map((line) => JSON.parse(line) as { pid: number; time: string });
    expect(new Set(events.map(({ pid, time }) => `${pid} ${time}`)).size).toBe(events.length);
    expect(parseClosingLine(stderr)).toEqual({ seen: events.length, lost: 0 });
    expect(events.length).toBe(runs * 101);
  });

  test("full disk: the new file begins with a complete line, and the old one's broken line is lost", async () => {
    using folder = temporaryFolder();
    // the old file fills a small file system, which has room again when the file is reopened
    const script = `mkdir small && mount -t tmpfs -o size=16k tmpfs small && "$@" -o "$PWD/small/events" 2>err & tracer=$!
      until grep -q ^Tracing err; do sleep 0.05; done
      setpriv --reuid=${REOPEN_USER} --clear-groups ${fixture("exit-statuses")} burst 200 >/dev/null
      until grep -q "no space left" err; do sleep 0.05; done
      # until the last exits are written or lost: the old file is full and lost exits are counted
      sleep 0.5
      cp small/events old; rm small/events; mount -o remount,size=1m small; kill -HUP $tracer; sleep 0.5
      setpriv --reuid=${REOPEN_USER} --clear-groups sh -c 'exit 7'; sleep 0.5; kill -INT $tracer; wait $tracer; cp small/events new; cat err >&2`;
    const command = ["setsid", "unshare", "--mount", ...shell(script), binary, "-j", "-u", String(REOPEN_USER)];
    const { status, stderr } = await runToEnd(command, { cwd: folder.path });
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining("no space left on device") });
    const [old, fresh] = ["old", "new"].map((name) => readFileSync(`${folder.path}/${name}`, "utf8")) as [
      string,
      string,
    ];
    const lines = fresh
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string; exit_code: number });
    expect(lines.at(-1)).toMatchObject({ event: "exit", exit_code: 7 });
    const complete = old.split("\n").length - 1;
    const { seen, lost } = parseClosingLine(stderr);
    expect(seen).toBe(complete + lines.filter(({ event }) => event === "exit").length);
    expect(seen + lost).toBe(202);
  });

  test.each([
    ["a FIFO", (path: string) => ["mkfifo", path], "it is not a regular file"],
    ["a device", undefined, "it is not a regular file"],
  ])("-o %s: stays open with a warning", async (_, make, reason) => {
    using folder = temporaryFolder();
    const path = make ? `${folder.path}/fifo` : "/dev/null";
    if (make) await runToEnd(make(path));
    const reader = make ? Bun.spawn(["cat", path], { stdout: "ignore" }) : undefined;
    const tracer = await startService(["-j", "-o", path]);
    tracer.process.kill("SIGHUP");
    await until(() => tracer.stderr.includes("cannot reopen"));
    expect(tracer.stderr).toContain(`exitsnoop: cannot reopen ${path}: ${reason}; the old file stays open\n`);
    expect((await tracer.end()).status).toBe(0);
    await reader?.exited;
  });

  test("package: its file is reopened with a header", async () => {
    using folder = temporaryFolder();
    const [file, packageFile] = [`${folder.path}/events`, `${folder.path}/package.json`];
    await runToEnd([binary, "package", "-o", packageFile]);
    const running = Bun.spawn(["setsid", binary, "run", "-o", file, packageFile], { stderr: "pipe" });
    for await (const chunk of running.stderr) if (new TextDecoder().decode(chunk).startsWith("Running")) break;
    await until(() => readFileSync(file, "utf8").startsWith("TIME"));
    renameSync(file, `${file}.1`);
    running.kill("SIGHUP");
    await until(() => readFileSync(file, "utf8").startsWith("TIME"));
    running.kill("SIGINT");
    expect(await running.exited).toBe(0);
  });

  test("COMMAND: SIGHUP to the tracer alone is forwarded, and reopens the file once COMMAND is dead", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    // a descendant outlives COMMAND, which ends at SIGHUP with its own status
    const child = `trap 'echo hup; exit 5' HUP; sleep 30 >/dev/null 2>&1 & echo ready; while :; do sleep 0.05; done`;
    const tracer = Bun.spawn(["setsid", binary, "-q", "-j", "-o", file, "--", "sh", "-c", child], { stdout: "pipe" });
    const output = tracer.stdout[Symbol.asyncIterator]();
    await output.next();
    renameSync(file, `${file}.1`);
    tracer.kill("SIGHUP");
    await until(() => codesIn(`${file}.1`).includes(5));
    expect(existsSync(file)).toBeFalse();
    // until the launcher has ended, SIGHUP is still forwarded
    await until(() => {
      tracer.kill("SIGHUP");
      return existsSync(file);
    });
    tracer.kill("SIGINT");
    expect(await tracer.exited).toBe(5);
  });
});

describe("SIGHUP with a controlling terminal", () => {
  test("-o FILE: ends the trace with status 0, and the file stays under its name", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    // script(1) runs the tracer on a terminal of its own
    const inside = `"$X" -j -o "$F" & t=$!; until grep -q Tracing "$D/log"; do sleep 0.05; done; mv "$F" "$F.1"; kill -HUP $t; wait $t; echo "status $?"`;
    const { status } = await runToEnd(["script", "-qefc", inside, `${folder.path}/log`], {
      env: { X: binary, F: file, D: folder.path },
    });
    expect(status).toBe(0);
    const text = readFileSync(`${folder.path}/log`, "utf8");
    expect(text).toContain("status 0");
    expect(text).not.toContain("cannot reopen");
    expect(existsSync(file)).toBeFalse();
    rmSync(`${file}.1`);
  });
});
