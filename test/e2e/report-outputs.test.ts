/** The documents of real reports: hostile names in each of them, and where they go. */
import { describe, expect, test } from "bun:test";
import { chmodSync, copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { binary, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

const MAX_STEP_SUMMARY = 1024 * 1024;

/** Runs `line` with programs and arguments that try to break out of a report. */
async function hostileReport(format: string, environment: Record<string, string> = {}, options: string[] = []) {
  using folder = temporaryFolder();
  const programs = ["::error::a", '|<b>&"`', "\x1b[31m\n::error::x", "]]>--></p>"].map(
    (name) => `${folder.path}/${name.replaceAll("/", "")}`,
  );
  for (const program of programs) {
    copyFileSync("/bin/false", program);
    chmodSync(program, 0o755);
  }
  const bytes = String.raw`"$(printf '\001\033]0;x\007\377\376 ##[error]x %%0A::error::y')"`;
  const runs = `for program; do "$program" '<![CDATA[' '&#0;' '\`|\`' ${bytes} || true; done; exit 0`;
  const file = `${folder.path}/report`;
  const line = [binary, "report", "--report-format", format, "-o", file, ...options, "--", ...shell(runs), ...programs];
  const { stdout, stderr, status } = await runToEnd(line, { env: environment });
  expect(status).toBe(0);
  return { text: readFileSync(file, "utf8"), stdout, stderr };
}

describe("exitsnoop report, hostile names and arguments:", () => {
  const python = ["/usr/bin/python3", Bun.which("python3") ?? ""].find((path) => path && existsSync(path));
  test.skipIf(!python)("JUnit: expat reads it, with a case for each", async () => {
    const { text } = await hostileReport("junit");
    const parser =
      "import sys, json, xml.etree.ElementTree as tree\n" +
      "root = tree.fromstring(sys.stdin.buffer.read())\n" +
      'print(json.dumps([[case.get("classname"), case.get("name")] for case in root.iter("testcase")]))\n' +
      'print(root.get("tests"), root.find("testsuite/system-out").text.count("::error::"))';
    const { stdout, stderr } = await runToEnd([python!, "-c", parser], { stdin: text });
    expect(stderr).toBe("");
    const [cases, counts] = stdout.split("\n");
    expect(JSON.parse(cases!).map(([group]: string[]) => group)).toEqual([
      "exitsnoop.command",
      ...Array<string>(4).fill("exitsnoop.failed"),
    ]);
    expect(JSON.parse(cases!)[1]![1]).toContain(
      `::error::a '<![CDATA[' '&#0;' '\`|\`' $'\\x01\\x1b]0;x\\x07\\xff\\xfe`,
    );
    expect(counts).toStartWith("5 ");
  });

  test("GitHub Actions: a step summary without a broken cell, and annotations without a further command", async () => {
    using folder = temporaryFolder();
    const summary = `${folder.path}/summary.md`;
    writeFileSync(summary, "earlier\n");
    const environment = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary };
    const { stdout } = await hostileReport("json", environment);
    const commands = stdout.trimEnd().split("\n");
    expect(commands).toHaveLength(4);
    for (const command of commands)
      expect(command).toMatch(/^::warning title=exitsnoop%3A Failed and swallowed::[^\p{C}]+: exit 1, swallowed$/u);
    expect(stdout).not.toContain("##[");
    const markdown = readFileSync(summary, "utf8");
    expect(markdown).toStartWith("earlier\n\n### exitsnoop report: ");
    const rows = markdown.split("\n").filter((line) => /^\| [\d.]/.test(line));
    expect(rows).toHaveLength(9);
    for (const row of rows) expect(row.split("|")).toHaveLength(6);
    expect(markdown.match(/^```/gm)).toHaveLength(2);
    expect(markdown).not.toMatch(/[^\P{C}\n]/u);
  });
});

describe("exitsnoop report, the outputs:", () => {
  test("without -o: text on stderr, after COMMAND's own output", async () => {
    const { stdout, stderr } = await runToEnd([binary, "report", "--", ...shell("echo out; echo message >&2; exit 0")]);
    expect(stdout).toBe("out\n");
    expect(stderr).toMatch(/^Tracing sh[^\n]*\nmessage\nReport: sh -c [^\n]* ended after [\d.]+[mu]?s with exit 0\n/);
    expect(stderr).toMatch(/\n1 exit in [^\n]*\n$/);
  });

  test("a file that has content: Markdown is appended, and JUnit is refused before anything runs", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/report`;
    writeFileSync(file, "old\n");
    await runToEnd([binary, "report", "-o", file, "--", "true"]);
    expect(readFileSync(file, "utf8")).toStartWith("old\n### exitsnoop report: `true`\n");
    const junit = [binary, "report", "--report-format", "junit", "-o", file];
    const refused = await runToEnd([...junit, "--", "touch", `${folder.path}/ran`]);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain("nothing can be appended to --report-format junit; name a new file");
    expect(existsSync(`${folder.path}/ran`)).toBeFalse();
    expect((await runToEnd([...junit, "--truncate", "--", "true"])).status).toBe(0);
    expect(readFileSync(file, "utf8")).toStartWith("<?xml");
  });

  test("a step summary that is almost full: the report is cut to fit; one that is full stays as it is", async () => {
    using folder = temporaryFolder();
    const summary = `${folder.path}/summary.md`;
    const run = () =>
      runToEnd([binary, "report", "--", ...shell("for i in 1 2 3 4 5; do sh -c 'exit 1' $i; done; exit 0")], {
        env: { GITHUB_STEP_SUMMARY: summary },
      });
    writeFileSync(summary, "x".repeat(MAX_STEP_SUMMARY - 1000));
    expect((await run()).status).toBe(0);
    expect(statSync(summary).size).toBeWithin(MAX_STEP_SUMMARY - 900, MAX_STEP_SUMMARY + 1);
    expect(readFileSync(summary, "utf8")).toContain("6 exits, 5 failed, 0 killed, 0 lost.");
    writeFileSync(summary, "x".repeat(MAX_STEP_SUMMARY - 20));
    const { status, stderr } = await run();
    expect(status).toBe(0);
    expect(stderr).toContain("has no room for it; GitHub takes 1 MiB from a step");
    expect(statSync(summary).size).toBe(MAX_STEP_SUMMARY - 20);
  });

  test("a step summary that cannot be opened: a warning, and the report comes all the same", async () => {
    const { status, stderr } = await runToEnd([binary, "report", "--", ...shell("exit 6")], {
      env: { GITHUB_STEP_SUMMARY: "/no/such/folder/summary.md" },
    });
    expect(status).toBe(6);
    expect(stderr).toContain("exitsnoop: no step summary: cannot write to /no/such/folder/summary.md: ");
    expect(stderr).toContain("; name another file in GITHUB_STEP_SUMMARY\n");
    expect(stderr).toContain("\nReport: ");
  });
});
