/** `--tree PID`: the descendants of processes that run already. */
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { binary, fixture, parseClosingLine, runToEnd, shell, temporaryFolder, Tracer } from "../support/tracer.ts";

interface Pids {
  children: number[];
  grandchildren: number[];
}

/** A running test/fixtures/process-tree.c. */
class ProcessTree implements AsyncDisposable {
  #process: Bun.Subprocess<"pipe", "pipe", "inherit">;
  #chunks: AsyncIterator<Uint8Array>;
  #stdout = "";

  constructor(count: number, intervalUs: number) {
    const command = [fixture("process-tree"), `${count}`, `${intervalUs}`];
    this.#process = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    this.#chunks = this.#process.stdout[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#process.pid;
  }

  async #readUntil(end: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = end.exec(this.#stdout);
      if (found) return found;
      const { value, done } = await this.#chunks.next();
      if (done) throw new Error(`process-tree ended early: ${this.#stdout}`);
      this.#stdout += new TextDecoder().decode(value);
    }
  }

  async forked(): Promise<void> {
    await this.#readUntil(/^forked\n/);
  }

  /** Lets the children exit, then the grandchildren, then the process itself. */
  async exitAll(): Promise<Pids> {
    await this.forked();
    this.#process.stdin.write("\n");
    await this.#process.stdin.end();
    const [pids] = await this.#readUntil(/\{.*\}/);
    await this.#process.exited;
    return JSON.parse(pids!) as Pids;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stdin.end();
    await this.#process.exited;
  }
}

const sorted = (pids: readonly number[]) => pids.toSorted((a, b) => a - b);

/** Returns the pids of the events, and the exit codes by pid. */
async function endOf(tracer: Tracer) {
  const { events, stderr, status } = await tracer.end();
  expect({ status, lost: parseClosingLine(stderr).lost }).toEqual({ status: 0, lost: 0 });
  return { pids: sorted(events.map(({ pid }) => pid)), codes: new Set(events.map(({ exit_code }) => exit_code)) };
}

describe("--tree", () => {
  test("--tree of a process whose 20 children have children: reports all descendants, not itself, and no others", async () => {
    await using tree = new ProcessTree(20, 0);
    await using other = new ProcessTree(3, 0);
    await tree.forked();
    const tracer = await Tracer.start(["--json", "--tree", `${tree.pid}`]);
    await other.exitAll();
    const { children, grandchildren } = await tree.exitAll();
    const { pids, codes } = await endOf(tracer);
    expect(pids).toEqual(sorted([...children, ...grandchildren]));
    expect(codes).toEqual(new Set([3, 4]));
  });

  test("--tree of a process that forks while the tracer starts: reports every descendant, in 8 of 8 runs", async () => {
    for (let round = 0; round < 8; round++) {
      // 300 forks take longer than the start of the tracer
      await using tree = new ProcessTree(300, 700);
      await Bun.sleep(10 * round);
      const tracer = await Tracer.start(["--json", "--tree", `${tree.pid}`]);
      const { children, grandchildren } = await tree.exitAll();
      const { pids } = await endOf(tracer);
      expect({ round, pids }).toEqual({ round, pids: sorted([...children, ...grandchildren]) });
    }
  });

  test("--tree of the parent of a process that forks while the tracer starts: reports every descendant", async () => {
    for (let round = 0; round < 4; round++) {
      await using tree = new ProcessTree(300, 700);
      await Bun.sleep(20 * round);
      const tracer = await Tracer.start(["--json", "--tree", `${process.pid}`]);
      const { children, grandchildren } = await tree.exitAll();
      const { pids } = await endOf(tracer);
      const missing = [tree.pid, ...children, ...grandchildren].filter((pid) => !pids.includes(pid));
      expect({ round, missing }).toEqual({ round, missing: [] });
    }
  });

  test("--tree of two processes without one: reports the descendants of the other", async () => {
    await using one = new ProcessTree(4, 0);
    await using other = new ProcessTree(4, 0);
    await Promise.all([one.forked(), other.forked()]);
    const tracer = await Tracer.start(["--json", "--tree", `${one.pid},${other.pid}`, "--tree", `!${one.pid}`]);
    await one.exitAll();
    const { children, grandchildren } = await other.exitAll();
    expect((await endOf(tracer)).pids).toEqual(sorted([...children, ...grandchildren]));
  });

  test("--tree of this process without a child: leaves out the child's descendants, but not the child", async () => {
    await using tree = new ProcessTree(4, 0);
    await tree.forked();
    const tracer = await Tracer.start(["--json", "--tree", `${process.pid},!${tree.pid}`]);
    const { pid } = await runToEnd(["true"]);
    const { children, grandchildren } = await tree.exitAll();
    const { pids } = await endOf(tracer);
    expect(pids).toContain(tree.pid);
    expect(pids).toContain(pid);
    expect(pids.filter((each) => [...children, ...grandchildren].includes(each))).toEqual([]);
  });

  test("--tree with --code: reports only the grandchildren, which exit with it", async () => {
    await using tree = new ProcessTree(4, 0);
    await tree.forked();
    const tracer = await Tracer.start(["--json", "--tree", `${tree.pid}`, "--code", "4"]);
    const { grandchildren } = await tree.exitAll();
    expect((await endOf(tracer)).pids).toEqual(sorted(grandchildren));
  });

  test("--tree, a daemon: is reported although its parent has exited", async () => {
    const script = "read -r go; (setsid sh -c 'sleep 0.2; exit 21' &); read -r go";
    const child = Bun.spawn(shell(script), { stdin: "pipe", stdout: "ignore" });
    const options = ["--json", "--code", "21", "--count", "1", "--for", "60s"];
    const tracer = await Tracer.start([...options, "--tree", `${child.pid}`]);
    child.stdin.write("\n");
    await child.stdin.flush();
    const { events } = await tracer.end(null);
    expect(events).toMatchObject([{ comm: "sh", exit_code: 21 }]);
    await child.stdin.end();
    await child.exited;
  });

  test("--tree with arguments: those of a process that ran before are reported", async () => {
    const child = Bun.spawn(shell("sleep 60 & read -r go; kill $!; wait"), { stdin: "pipe", stdout: "ignore" });
    await Bun.sleep(100);
    const tracer = await Tracer.start(["--json", "-C", "pid,args", "--tree", `${child.pid}`]);
    await child.stdin.end();
    await child.exited;
    const { events } = await tracer.end();
    expect(events).toMatchObject([{ args: ["sleep", "60"] }]);
  });

  test.skipIf(!existsSync("/proc/sys/kernel/ns_last_pid"))(
    "--tree, reused pids of descendants that exited while the tracer started: other processes are not reported",
    async () => {
      // writing ns_last_pid makes the kernel give out the pids of that namespace again
      const script = `
      last=/proc/sys/kernel/ns_last_pid
      for round in 1 2 3 4 5; do
        pid=$(cat $last)
        sh -c 'while :; do (exit 5); done' & one=$!
        sh -c 'while :; do (exit 5); done' & two=$!
        ${binary} --json --tree $one,$two --code 42 2>messages & tracer=$!
        until grep -q Tracing messages; do sleep 0.02; done
        kill -STOP $one $two
        end=$(cat $last)
        echo $pid >$last
        while [ $pid -lt $end ]; do (exit 42); pid=$((pid + 1)); done
        kill -KILL $one $two
        kill $tracer
        wait $tracer
        rm messages
      done`;
      using folder = temporaryFolder();
      const command = ["unshare", "--pid", "--fork", "--mount-proc", "--wd", folder.path, ...shell(script)];
      expect(await runToEnd(command)).toMatchObject({ status: 0, stdout: "" });
    },
  );

  test("--tree in a PID namespace: takes the pids of that namespace", async () => {
    const script = `
      await='until [ -e go ]; do sleep 0.1; done'
      (eval "$await"; exit 6) &
      (sh -c "$await; exit 7"; exit 8) &
      ${binary} --json --tree $$ --code 6-8 --count 3 --for 60s 2>messages & tracer=$!
      until grep -q Tracing messages; do sleep 0.1; done
      touch go
      wait $tracer`;
    using folder = temporaryFolder();
    const command = ["unshare", "--pid", "--fork", "--mount-proc", "--wd", folder.path, ...shell(script)];
    const { status, stdout } = await runToEnd(command);
    const codes = stdout
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => (JSON.parse(line) as { exit_code: number }).exit_code);
    expect({ status, codes: codes.toSorted() }).toEqual({ status: 0, codes: [6, 7, 8] });
  });
});

describe("--tree of no running process", () => {
  const ADVICE = "(pgrep NAME prints those that are)";

  test("--tree of a process that has ended: one message and status 1", async () => {
    const { pid } = await runToEnd(["true"]);
    expect(await runToEnd([binary, "--tree", `${pid}`])).toMatchObject({
      status: 1,
      stderr: `exitsnoop: --tree ${pid}: no such process is running ${ADVICE}\n`,
    });
  });

  test("--tree of a thread: one message that points to its Tgid, and status 1", async () => {
    const tid = readdirSync("/proc/self/task").find((name) => name !== String(process.pid))!;
    expect(await runToEnd([binary, "--tree", tid])).toMatchObject({
      status: 1,
      stderr: `exitsnoop: --tree ${tid}: a thread, not a process; give its Tgid in /proc/${tid}/status\n`,
    });
  });

  test("--tree with the /proc of another PID namespace: one message and status 1", async () => {
    const { status, stderr } = await runToEnd(["unshare", "--pid", "--fork", binary, "--tree", "1"]);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: "exitsnoop: --tree finds descendants in /proc, which is not that of this PID namespace: mount it there\n",
    });
  });

  test("--tree of two processes, one of which runs: traces it after a warning", async () => {
    const tracer = await Tracer.start(["--tree", `${process.pid},4194303`]);
    const { status, stderr } = await tracer.end();
    expect(status).toBe(0);
    expect(stderr).toStartWith(`exitsnoop: --tree 4194303: no such process is running ${ADVICE}\nTracing`);
  });
});
