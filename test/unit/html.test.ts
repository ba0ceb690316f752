import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { Timespec } from "../../src/exit/timespec.ts";
import { script } from "../../src/output/html/page.ts";
import { Html } from "../../src/output/html.ts";
import { ByteWriter, type Format, timelineColumns } from "../../src/output/index.ts";
import { type Fields, fakeExit, formatOptions, killedBy, textOf } from "../support/fake-exit.ts";
import { formatOf, plan } from "../support/fake-host.ts";
import { repeated } from "../support/random.ts";
import { fakeExits, replayed, textOfExits } from "../support/recordings.ts";
import { dataOf, page } from "../support/timeline-page.ts";

/** Returns the page that a format writes of exits. */
function htmlOf(exits: readonly Partial<Fields>[], format: Format = formatOf("-f html")): string {
  const out = new ByteWriter();
  format.header?.(out);
  for (const fields of exits) format.exit(out, fakeExit(fields));
  format.footer?.(out);
  return textOf(out);
}

const HOSTILE = ["</script><script>alert(1)</script>", "<!--", "<img src=x onerror=alert(1)>", "\u2028\u202e", '"]}'];

describe("format html:", () => {
  test("an exit: is a row of values, whose keys are in the first line", () => {
    const data = page.parseData(dataOf(htmlOf([{ pid: 7, status: killedBy(9), args: ["a b", "c"] }])));
    expect(data.rows).toHaveLength(1);
    expect(data.valueOf(0, "pid")).toBe(7);
    expect(data.valueOf(0, "signal")).toBe("SIGKILL");
    expect(data.valueOf(0, "command")).toBe("'a b' c");
    expect(data).toMatchObject({ isWhole: true, lost: 0, leftOut: 0 });
    expect(data.outcome[0]).toBe(2);
  });

  test("the page: has one script and one style, with their hashes as the only sources that are allowed", () => {
    const html = htmlOf([{}]);
    const hashes = (tag: string) =>
      Array.from(html.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, "g")), ([, text]) =>
        createHash("sha256").update(text!).digest("base64"),
      );
    expect([hashes("script"), hashes("style")].map((all) => all.length)).toEqual([1, 1]);
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)!;
    expect(policy).toBe(
      `default-src 'none'; script-src 'sha256-${hashes("script")[0]}'; style-src 'sha256-${hashes("style")[0]}'; ` +
        "base-uri 'none'; form-action 'none'",
    );
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html).not.toMatch(/\b(https?:|src=|href=|@import|url\()/);
  });

  test("the script: makes no markup and no code of texts, and asks for nothing", () => {
    expect(script).not.toMatch(
      /innerHTML|outerHTML|insertAdjacent|document\.write|eval|Function\(|fetch|XMLHttp|import/,
    );
    expect(script).not.toMatch(/<\/|<!--|<script/i);
  });

  test("hostile names and arguments: have no < in the data, and are read back as they were", () => {
    const exits = HOSTILE.map((text) => ({ comm: text.slice(0, 5), args: ["x", text], exe: `/${text}` }));
    const html = htmlOf(exits, formatOf("-f html --label </script><b>"));
    expect(dataOf(html)).not.toContain("<");
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    expect(html.endsWith("</script>\n</body>\n</html>\n")).toBeTrue();
    const data = page.parseData(dataOf(html));
    expect(data.rows).toHaveLength(HOSTILE.length);
    for (const [i, text] of HOSTILE.entries()) expect(data.valueOf(i, "comm")).toBe(text.slice(0, 5));
    expect(data.valueOf(0, "command")).toBe(`x '${HOSTILE[0]}'`);
  });

  test("-C without the times and outcomes: the page has them as well", () => {
    const data = page.parseData(
      dataOf(htmlOf([{ pid: 7, status: killedBy(9), duration: 5_000_000n }], formatOf("-f html -C comm"))),
    );
    expect(data.span).toBe(5);
    expect(data.outcome[0]).toBe(2);
    expect(page.summaryOf(data).summary).toBe("1 process in 5.00ms, 1 killed");
    expect(page.detailsOf(data, 0).flat()).toContain("SIGKILL");
  });

  test("a recording without outcomes: they are unknown, not successes", () => {
    const recording = textOfExits(formatOf("-j -C time,duration_ns,pid,comm"), fakeExits(2));
    const lines = replayed("-f html", recording);
    const keys = htmlOf([]).match(/^\{"keys".*\n/m)![0];
    const data = page.parseData(`${keys}${lines}`);
    expect(Array.from(data.outcome)).toEqual([5, 5]);
    expect(page.summaryOf(data).summary).toContain("2 with an unknown outcome");
  });

  test("random exits with every column: are as many rows", () => {
    const format = formatOf("-f html -w");
    const count = repeated(250);
    const lines = textOfExits(format, fakeExits(count)).trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as unknown[]).length)).toEqual(
      Array.from({ length: count }, () => plan("-f html -w").columns.length),
    );
  });

  test("more rows or bytes than the bound: are counted in the page", () => {
    const options = formatOptions({ columns: timelineColumns });
    const few = page.parseData(dataOf(htmlOf([{}, {}, {}, {}], new Html(options, 3))));
    expect(few).toMatchObject({ leftOut: 1 });
    expect(few.rows).toHaveLength(3);
    const short = page.parseData(dataOf(htmlOf([{}, {}, {}, {}], new Html(options, 10, 500))));
    expect(short.rows.length + short.leftOut).toBe(4);
    // each < takes six bytes
    const escaped = page.parseData(dataOf(htmlOf([{ args: ["<".repeat(900)] }, {}], new Html(options, 10, 5000))));
    expect(escaped).toMatchObject({ leftOut: 1 });
    expect(page.summaryOf(short).notes).toContain("left out: the page has as many as it can");
  });

  test("beyond the bound: the page has the parents and forkers of its rows, and their parents", () => {
    const exits: Partial<Fields>[] = [
      ...Array.from({ length: 20 }, (_, i) => ({ pid: 100 + i, startTimeNs: 50n, ppid: 10, parentStartNs: 5n })),
      { pid: 200, startTimeNs: 60n, ppid: 11, parentStartNs: 5n },
      { pid: 10, startTimeNs: 7n },
      { pid: 10, startTimeNs: 5n, ppid: 9, parentStartNs: 2n },
      { pid: 9, startTimeNs: 2n, ppid: 1, parentStartNs: 1n },
    ];
    const options = formatOptions({ columns: timelineColumns });
    const data = page.parseData(dataOf(htmlOf(exits, new Html(options, 20))));
    expect(data.rows.slice(20).map((_, i) => data.valueOf(20 + i, "id"))).toEqual(["10-5", "9-2"]);
    expect(data.leftOut).toBe(2);
    expect(page.buildTree(data).depth.toSorted()).toEqual([0, 1, ...Array.from({ length: 20 }, () => 2)]);

    const orphan = { pid: 5, ppid: 1, origin: { startedBy: { pid: 4, comm: "sh", start: 3n } } };
    const orphans = [
      ...Array.from({ length: 20 }, () => orphan),
      { pid: 4, startTimeNs: 4n },
      { pid: 4, startTimeNs: 3n },
    ];
    expect(page.parseData(dataOf(htmlOf(orphans, new Html(options, 20))))).toMatchObject({ leftOut: 1 });
  });

  test("parents beyond the bound: are a tenth of it at most", () => {
    const chain = Array.from({ length: 100 }, (_, i) => ({
      pid: 1000 - i,
      startTimeNs: 5n,
      ppid: 999 - i,
      parentStartNs: 5n,
    }));
    const data = page.parseData(dataOf(htmlOf(chain, new Html(formatOptions({ columns: timelineColumns }), 50))));
    expect([data.rows.length, data.leftOut]).toEqual([55, 45]);
  });

  test("a page in a new file: has the whole bound again", () => {
    const format = new Html(formatOptions({ columns: timelineColumns }), 3);
    htmlOf([{}, {}, {}, {}], format);
    expect(page.parseData(dataOf(htmlOf([{}, {}, {}, {}], format)))).toMatchObject({ leftOut: 1 });
  });

  test("lost exits: are counted in the page", () => {
    const format = formatOf("-f html");
    const out = new ByteWriter();
    format.header!(out);
    format.lost!(out, 3, new Timespec());
    format.lost!(out, 4, new Timespec());
    format.footer!(out);
    expect(page.summaryOf(page.parseData(dataOf(textOf(out)))).notes).toBe("7 exits lost");
  });

  test("a file that was cut off: shows the rows before, and says so", () => {
    const html = htmlOf([{ pid: 1 }, { pid: 2 }, { pid: 3 }]);
    const cut = html.slice(0, html.lastIndexOf("["));
    const data = page.parseData(dataOf(cut.slice(0, -20)));
    expect(data.rows).toHaveLength(1);
    expect(page.summaryOf(data).notes).toContain("the end of this file is missing");
  });

  test("a recording of -j -w: has the rows of the live output", () => {
    const recording = textOfExits(formatOf("-j -w"), fakeExits(100));
    expect(replayed("-f html -w", recording)).toBe(textOfExits(formatOf("-f html -w"), fakeExits(100)));
  });

  test("a recording without times: has no rows, and the page says how many exits it lacks", () => {
    const recording = textOfExits(formatOf("-j -C pid,comm"), fakeExits(3));
    expect(replayed("-f html", recording)).toBe("");
  });

  test("--threads and terminals: are refused", () => {
    expect(() => plan("-f html -T")).toThrow("leave --threads out");
    expect(() => plan("-f html", { isTerminal: () => true })).toThrow("add -o FILE");
    expect(() => plan("-f html -- ls")).toThrow("messages go to standard error, too; add -o FILE");
    expect(() => plan("-f html --no-header")).toThrow("--no-header");
  });
});
