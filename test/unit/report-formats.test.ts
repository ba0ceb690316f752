import { describe, expect, test } from "bun:test";
import { annotations } from "../../src/views/report/annotations.ts";
import { reportMarkdown } from "../../src/views/report/markdown.ts";
import { exited, killedBy } from "../support/fake-exit.ts";
import {
  COMMAND_PID,
  dataOn,
  foundSignal,
  leftRunning,
  MS,
  type Process,
  processes,
  textOn,
  usage,
} from "../support/reports.ts";

describe("report as text:", () => {
  test("a swallowed failure, a killed process and two left running: all are named", () => {
    expect(textOn(processes, "text", { ...leftRunning, ...foundSignal })).toBe(`\
Report: make check ended after 400ms with exit 0; --fail-on found 1 killed by a signal: exit status 3
  5 exits, 1 failed, 1 killed, 0 lost
  CPU time 12.0ms user and 3.0ms system, largest process 9.0M

2 failed or killed, 2 swallowed: a process above ended with 0
  - make check [100]: exit 0
    - sh -c './flaky || true' [201]: exit 0
      - ./flaky 'a b' [202]: exit 3, swallowed
    - server [203]: SIGKILL, killed by pkill[204], swallowed

3 processes left running
  - sleep[7] (sleep 60)
  - process 8
  - and 1 more

Slowest, most CPU time, largest
 LIFETIME       CPU    MEMORY  PROCESS
    400ms         0      2.0M  make check [100]
   90.0ms    10.0ms      9.0M  server [203]
   30.0ms         0         0  sh -c './flaky || true' [201]
   20.0ms     5.0ms      3.0M  ./flaky 'a b' [202]
    2.0ms         0         0  pkill server [204]
`);
  });

  test("processes that all succeed: the report has no section of failures", () => {
    const text = textOn([{ pid: COMMAND_PID, ppid: 1, args: ["true"] }], "text");
    expect(text).toStartWith(
      "Report: make check ended after 1.2ms with exit 0\n  1 exit, 0 failed, 0 killed, 0 lost\n",
    );
    expect(text).not.toContain("swallowed");
  });

  test.each([
    ["still runs", { status: undefined }, "Report: make check still runs after 500ms\n"],
    ["failed", { status: exited(2), exitStatus: 2 }, "Report: make check ended after 500ms with exit 2\n"],
    [
      "dumped core",
      { status: killedBy(11, true) },
      "Report: make check ended after 500ms with SIGSEGV (core dumped)\n",
    ],
  ])("COMMAND %s: the first line says so, with the time until the tracer noticed it", (_, end, text) => {
    expect(textOn([], "text", end)).toStartWith(text);
  });

  test("more lines than a person reads: are counted, and the killed processes come anyhow", () => {
    const many = Array.from({ length: 300 }, (_, i) => ({
      pid: 1000 + i,
      ppid: COMMAND_PID,
      status: exited(1),
      args: ["test", String(i)],
    }));
    const text = textOn([...many, ...processes], "text");
    expect(text).toContain("\n  - and 104 more lines\n");
    expect(text).toContain("\nKilled\n  - server [203]: SIGKILL, killed by pkill[204], swallowed\n");
  });

  test("a short process with most CPU time, and a large one: are in the table beside the slowest", () => {
    const slow = Array.from({ length: 20 }, (_, i) => ({ pid: 1000 + i, ppid: 1, duration: BigInt(1000 + i) * MS }));
    const others: Process[] = [
      { pid: 7, ppid: 1, duration: MS, resources: usage(5n * MS, 1n) },
      { pid: 8, ppid: 1, duration: 2n * MS, resources: usage(0n, 90n) },
    ];
    const rows = textOn([...slow, ...others], "text")
      .split("PROCESS\n")[1]!
      .trimEnd()
      .split("\n");
    expect(rows.map((row) => row.split("  ").at(-1))).toEqual([
      ...[1019, 1018, 1017, 1016, 1015].map((pid) => `p${pid} [${pid}]`),
      "p8 [8]",
      "p7 [7]",
    ]);
  });

  test("failures that found no room: are counted", () => {
    const many = Array.from({ length: 1200 }, (_, i) => ({
      pid: 1000 + i,
      ppid: 1,
      status: exited(1),
      args: [`${i}`],
    }));
    const text = textOn(many, "text");
    expect(text).toContain("1200 failed or killed, at least 1000 swallowed");
    expect(text).toContain("\n  - and 200 failures that found no room\n");
  });
});

describe("report as Markdown:", () => {
  test("a swallowed failure, a killed process and two left running: all are named", () => {
    expect(textOn(processes, "markdown", leftRunning)).toStartWith(`\
### exitsnoop report: \`make check\`

Ended after 400ms with exit 0.  
5 exits, 1 failed, 1 killed, 0 lost.  
CPU time 12.0ms user and 3.0ms system, largest process 9.0M.

#### 2 failed or killed, 2 swallowed: a process above ended with 0

\`\`\`text
- make check [100]: exit 0
  - sh -c './flaky || true' [201]: exit 0
    - ./flaky 'a b' [202]: exit 3, swallowed
  - server [203]: SIGKILL, killed by pkill[204], swallowed
\`\`\`

#### Killed

| Process | Signal | By |
| --- | --- | --- |
| \`server [203]\` | SIGKILL | \`pkill[204]\` |

#### 3 processes left running

- \`sleep[7] (sleep 60)\`
- \`process 8\`

And 1 more.

#### Slowest, most CPU time, largest

| Lifetime | CPU | Memory | Process |
| --- | --- | --- | --- |
| 400ms | 0 | 2.0M | \`make check [100]\` |
| 90.0ms | 10.0ms | 9.0M | \`server [203]\` |
`);
  });

  test("the largest report in 1,000 to 200,000 bytes: is cut until it fits", () => {
    const many = Array.from({ length: 1500 }, (_, i) => ({
      pid: 1000 + i,
      ppid: COMMAND_PID,
      status: killedBy(9),
      args: ["\u{1f600}|".repeat(300), `${i}`],
    }));
    const data = dataOn([...many, { pid: COMMAND_PID, ppid: 1 }]);
    for (const maxBytes of [200_000, 10_000, 8000, 1000]) {
      const text = reportMarkdown(data, maxBytes);
      expect(Buffer.byteLength(text)).toBeWithin(200, maxBytes + 1);
      expect(text).toContain("1501 exits, 0 failed, 1500 killed, 0 lost.");
    }
    expect(Buffer.byteLength(reportMarkdown(data))).toBeLessThan(4 * 1024 * 1024);
  });
});

describe("annotations:", () => {
  test("killed processes are errors; those left running, and swallowed failures, are warnings", () => {
    expect(annotations(dataOn(processes, leftRunning))).toBe(`\
::error title=exitsnoop%3A Killed::server [203]: SIGKILL, killed by pkill[204], swallowed
::warning title=exitsnoop%3A Left running::sleep[7] (sleep 60)
::warning title=exitsnoop%3A Left running::process 8
::warning title=exitsnoop%3A Failed and swallowed::./flaky 'a b' [202]: exit 3, swallowed
`);
  });

  test("more than GitHub shows: ten errors and ten warnings", () => {
    const many = Array.from({ length: 50 }, (_, i) => ({
      pid: 1000 + i,
      ppid: COMMAND_PID,
      status: i % 2 ? exited(1) : killedBy(9),
      args: [`${i}`],
    }));
    const lines = annotations(dataOn(many)).trimEnd().split("\n");
    expect(lines.map((line) => line.split(" ")[0])).toEqual([
      ...Array<string>(10).fill("::error"),
      ...Array<string>(10).fill("::warning"),
    ]);
  });
});
