/** Timelines of a COMMAND, compared with the JSON of the same run. */
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { dataOf, page } from "../support/timeline-page.ts";
import { type ExitEvent, binary, parseEvents, runToEnd, temporaryFolder } from "../support/tracer.ts";

/** Processes that end in many ways, some with hostile names and arguments, two at once. */
const deaths = String.raw`
  /bin/true; sh -c 'exit 3'; sh -c 'kill -9 $$'
  (sleep 0.1; :) & sh -c 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done'
  /bin/echo '</script><img src=x onerror=alert(1)>' "$(printf '\033[31m')" > /dev/null; wait
`;

interface Recorded extends ExitEvent {
  id: string;
  cpu_user_ns: number;
  cpu_system_ns: number;
}

/** Runs the processes below a tracer of a format, and that below a tracer that records all. */
async function traced(format: string) {
  using folder = temporaryFolder();
  const [file, recording] = [`${folder.path}/timeline`, `${folder.path}/exits.jsonl`];
  const inner = [binary, "-f", format, "-o", file, "--", "sh", "-c", deaths];
  const { status, stderr } = await runToEnd([binary, "-j", "-w", "-o", recording, "--", ...inner]);
  const all = parseEvents(readFileSync(recording, "utf8")).events as Recorded[];
  // the parts of the inner tracer are not its descendants
  const events = all.filter(({ comm }) => !/^(exitsnoop|snoop-)/.test(comm));
  const replay = await runToEnd([binary, "replay", "-f", format, recording]);
  return { status, stderr, events, all, document: readFileSync(file, "utf8"), replayed: replay.stdout };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe("-f trace:", () => {
  test("a COMMAND: has a slice for each exit, with the sums of the JSON of the same run", async () => {
    const { status, events, all, document, replayed } = await traced("trace");
    expect(status).toBe(0);
    const slicesOf = (text: string) =>
      (JSON.parse(text).traceEvents as { ph: string; dur: number; args: Recorded }[]).filter(({ ph }) => ph === "X");
    const live = slicesOf(document);
    expect(live.map(({ args }) => args.id).toSorted()).toEqual(events.map(({ id }) => id).toSorted());
    const outcomes = (all: readonly Recorded[]) =>
      all.map(({ id, exit_code, signal }) => ({ id, exit_code, signal })).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(outcomes(live.map(({ args }) => args))).toEqual(outcomes(events));
    // each of the two tracers reads the clock and the counters itself
    const ms = sum(events.map(({ duration_ns }) => duration_ns)) / 1e6;
    expect(Math.abs(sum(live.map(({ dur }) => dur)) / 1e3 - ms)).toBeLessThan(5);
    const again = slicesOf(replayed);
    expect(sum(again.map(({ dur }) => Math.round(1000 * dur)))).toBe(sum(all.map(({ duration_ns }) => duration_ns)));
    for (const key of ["cpu_user_ns", "cpu_system_ns"] as const)
      expect(sum(again.map(({ args }) => args[key]))).toBe(sum(all.map((event) => event[key])));
  });

  test("a file that has content: is refused before anything runs, unless it is emptied", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/t.json`;
    writeFileSync(file, "old");
    const refused = await runToEnd([binary, "-f", "trace", "-o", file, "--", "touch", `${folder.path}/ran`]);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain("is not empty, and nothing can be appended to --format trace; name a new file");
    const appended = await runToEnd(["sh", "-c", '"$0" replay -f trace /dev/null >> "$1"', binary, file]);
    expect(appended.status).toBe(1);
    expect(appended.stderr).toContain("standard output is not empty, and nothing can be appended");
    expect(readFileSync(file, "utf8")).toBe("old");
    expect(await Bun.file(`${folder.path}/ran`).exists()).toBeFalse();
    const emptied = await runToEnd([binary, "-f", "trace", "--truncate", "-o", file, "--", "true"]);
    expect(emptied.status).toBe(0);
    expect(JSON.parse(readFileSync(file, "utf8")).traceEvents).toHaveLength(3);
  });
});

describe("-f html:", () => {
  test("a COMMAND: has a row for each exit, with the sums of the JSON of the same run", async () => {
    const { status, events, all, document, replayed } = await traced("html");
    expect(status).toBe(0);
    const live = page.parseData(dataOf(document));
    const idsOf = ({ rows, valueOf }: typeof live) => rows.map((_, i) => valueOf(i, "id")).toSorted();
    expect(idsOf(live)).toEqual(events.map(({ id }) => id).toSorted());
    expect(live).toMatchObject({ isWhole: true, lost: 0, leftOut: 0 });
    const failed = events.filter(({ exit_code, signal }) => exit_code !== 0 && signal === null).length;
    const killed = events.filter(({ signal }) => signal !== null).length;
    expect(page.summaryOf(live).summary).toMatch(new RegExp(`, ${failed} failed, ${killed} killed, `));
    const again = page.parseData(dataOf(replayed));
    expect(idsOf(again)).toEqual(all.map(({ id }) => id).toSorted());
    const cpu = sum(all.map(({ cpu_user_ns, cpu_system_ns }) => cpu_user_ns + cpu_system_ns));
    expect(sum(again.rows.map((_, i) => Math.round(1e6 * again.cpuOf(i))))).toBe(cpu);
    expect(1e6 * again.span * page.buildLanes(again).cpusBetween(0, again.span)).toBeCloseTo(cpu, -4);
  });

  test("a COMMAND: is one tree below its first process, and the critical path adds up to its lifetime", async () => {
    const { document } = await traced("html");
    const data = page.parseData(dataOf(document));
    const tree = page.buildTree(data);
    expect(tree.roots).toHaveLength(1);
    expect(data.valueOf(tree.order[0]!, "comm")).toBe("sh");
    expect(Math.max(...tree.depth)).toBeGreaterThanOrEqual(2);
    const path = page.criticalPath(data, tree);
    expect(sum([...path.values()])).toBeCloseTo(data.end[tree.order[0]!]! - data.start[tree.order[0]!]!, 2);
  });

  const browser = ["chromium-headless-shell", "chromium", "google-chrome"].find((name) => Bun.which(name));
  test.skipIf(!browser)("hostile arguments in a browser: are shown, and nothing of them runs", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/page.html`;
    const hostile = [
      '</script><script>document.title="broken out"</script>',
      "<img src=x onerror=\"document.title='broken out'\">",
      "<!--<script>",
      '"]}\n<svg onload=alert(1)>',
    ];
    const script = hostile.map((_, i) => `/bin/echo "$${i + 1}" > /dev/null; `).join("");
    await runToEnd([binary, "-f", "html", "-o", file, "--", "sh", "-c", script, "</script>", ...hostile]);
    const flags = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${folder.path}/profile`];
    const { stdout } = await runToEnd(["timeout", "30", browser!, ...flags, "--dump-dom", `file://${file}`]);
    expect(stdout).toContain(`>${hostile.length + 1} processes in `);
    expect(stdout).toContain("<title>Timeline - exitsnoop</title>");
    expect(stdout.match(/<(script|img|svg)\b/g)).toEqual(["<script", "<script"]);
  });
});
