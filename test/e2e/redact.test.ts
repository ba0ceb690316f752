/** --redact on the real kernel: secrets in argv of a process, of its killer and of its parent. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { formatNames } from "../../src/output/index.ts";
import { reportFormats } from "../../src/views/report/report-data.ts";
import { exitsIn } from "../support/segments.ts";
import { binary, parseClosingLine, runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";

const SECRET = `hunter${crypto.randomUUID().replaceAll("-", "")}`;
/** Matches half of the secret as well. */
const PART = new RegExp(SECRET.slice(0, SECRET.length / 2));
const SIGN = "[redacted]";
const redact = String.raw`--redact=--pass[= ](\S+)`;

/**
 * A process with the secret in its arguments, which kills a child that has it as well by another
 * one that has it, and one whose arguments are too long for the recorder's copies. One is left.
 */
const script = String.raw`
  sh -c 'kill -STOP $$' victim "$1" & victim=$!
  until grep -q '^State:.T' /proc/$victim/status; do :; done
  sh -c 'kill -9 "$1"' killer $victim "$2" "$3"
  wait $victim 2> /dev/null
  sh -c 'exit 3' failing "$(printf 'x%.0s' $(seq 20000))" "$1" || true
  setsid sh -c 'sleep 3; :' orphan "$1" > /dev/null 2>&1 < /dev/null &
`;
const command = ["sh", "-c", script, "parent", `--pass=${SECRET}`, "--pass", SECRET];

/** Runs COMMAND with these options. Returns the file that they write and the messages. */
async function traced(options: string[], waits = ["--no-wait"]) {
  using folder = temporaryFolder();
  const file = `${folder.path}/out`;
  const { stdout, stderr, status } = await runToEnd([binary, "-o", file, ...waits, ...options, "--", ...command]);
  expect(status).toBe(0);
  return { text: readFileSync(file, "utf8"), all: readFileSync(file, "utf8") + stdout + stderr, stderr };
}

describe("--redact: no output and no message has the secret,", () => {
  test("exitsnoop -j -w: the process, its killer and its parent have a sign for it", async () => {
    const { text, all, stderr } = await traced(["-j", "-w", redact], []);
    expect(all).not.toMatch(PART);
    expect(parseClosingLine(stderr).lost).toBe(0);
    const events = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const named = (name: string) => events.find(({ args }) => args[3] === name);
    expect(named("victim").args.slice(4)).toEqual([`--pass=${SIGN}`]);
    expect(named("victim").killed_by.args.slice(5)).toEqual(["--pass", SIGN]);
    expect(named("killer").args.slice(5)).toEqual(["--pass", SIGN]);
    expect(named("parent").args.slice(4)).toEqual([`--pass=${SIGN}`, "--pass", SIGN]);
    // what is beyond the searched length is replaced as a whole
    expect(named("failing").args.slice(4)).toEqual([SIGN, SIGN]);
    expect(named("orphan").args.slice(4)).toEqual([`--pass=${SIGN}`]);
    // a line names the process that goes on
    expect(stderr).toContain(`--pass=${SIGN}`);
  });

  const lineOptions = formatNames
    .filter((name) => name !== "ecli")
    .map((name) => ["-f", name, "-C", "pid,args,killed_by"]);
  test.each([
    ...lineOptions.map((options) => (options[1] === "wide" ? ["-f", "wide"] : options)),
    ["-w"],
    ["--csv", "-w"],
    ...["html", "trace"].map((name) => ["-f", name, "-w"]),
    ...[[], ["-j"], ["--csv"]].map((options) => ["-S", "--by", "args", "-w", ...options]),
    ["-j", "-w", "--limit", "1/s"],
  ])("exitsnoop %s %s %s %s %s", async (...options) => {
    const given = options.filter((option) => typeof option === "string");
    const { text, all } = await traced([...given, redact]);
    expect(text).toContain(SIGN);
    expect(all).not.toMatch(PART);
  });

  test.each(reportFormats)(
    "exitsnoop report --report-format %s, with annotations and a step summary",
    async (format) => {
      using folder = temporaryFolder();
      const [summary, file] = [`${folder.path}/summary.md`, `${folder.path}/report`];
      const env = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary };
      const line = [binary, "report", "--report-format", format, "-o", file, redact, "--", ...command];
      const { stdout, stderr } = await runToEnd(line, { env });
      const [text, markdown] = [readFileSync(file, "utf8"), readFileSync(summary, "utf8")];
      expect(stdout).toContain("::warning");
      for (const one of [text, markdown]) expect(one).toContain("redacted");
      expect(text + markdown + stdout + stderr).not.toMatch(PART);
    },
  );

  test("exitsnoop top, by arguments", async () => {
    const tracer = await Tracer.start(["top", "--by", "args", "--json", "--interval", "1h", redact]);
    await runToEnd(command);
    const { stdout, stderr } = await tracer.end();
    expect(stdout).toContain(SIGN);
    expect(stdout + stderr).not.toMatch(PART);
  });

  test("-o DIR --keep: the segments", async () => {
    using folder = temporaryFolder();
    const directory = folder.path;
    const line = [binary, "-j", "-w", "-o", directory, "--keep", "4M", "--no-wait", redact, "--", ...command];
    const { status } = await runToEnd(line);
    expect(status).toBe(0);
    const text = JSON.stringify(exitsIn(directory));
    expect(text).toContain(SIGN);
    expect(text).not.toMatch(PART);
  });

  test("exitsnoop replay of a recording that has it", async () => {
    const { text } = await traced(["-j", "-w"]);
    expect(text).toMatch(PART);
    using folder = temporaryFolder();
    const file = `${folder.path}/exits.jsonl`;
    writeFileSync(file, text);
    for (const options of [...lineOptions, ["-S", "--by", "args"]]) {
      const shown = options[1] === "wide" ? ["-f", "wide"] : options;
      const { stdout, stderr } = await runToEnd([binary, "replay", ...shown, redact, file]);
      expect(stdout).toContain(SIGN);
      expect(stdout + stderr).not.toMatch(PART);
    }
  });
});

describe("--redact with a wrong expression: status 2, one sentence, and nothing is touched,", () => {
  test.each([
    ["(", "not a regular expression of RE2: "],
    [String.raw`(a)\1`, "not a regular expression of RE2: "],
    ["(?:[a-z]{1,1000}x)", "too complex"],
    ["", "empty"],
  ])("%p", async (expression, reason) => {
    using folder = temporaryFolder();
    const [file, started] = [`${folder.path}/exits.jsonl`, `${folder.path}/started`];
    writeFileSync(file, "{}\n");
    const option = `--redact=${expression}`;
    for (const line of [
      ["-o", file, "--truncate", option, "--", "touch", started],
      ["-p", "4194303", option],
      ["report", "-o", file, "--truncate", option, "--", "touch", started],
      ["top", option],
      ["replay", "-o", file, "--truncate", option, "/nowhere.jsonl"],
    ]) {
      const { stdout, stderr, status } = await runToEnd([binary, ...line]);
      expect([line[0], status, stdout]).toEqual([line[0], 2, ""]);
      expect(stderr).toStartWith("exitsnoop: --redact");
      expect(stderr).toContain(reason);
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    }
    expect(readFileSync(file, "utf8")).toBe("{}\n");
    expect(existsSync(started)).toBe(false);
  });

  test("COMMAND that cannot be run: its message has no secret", async () => {
    const { stderr, status } = await runToEnd([binary, redact, "--", `deploy; --pass=${SECRET}`]);
    expect(status).toBe(127);
    expect(stderr).toContain(SIGN);
    expect(stderr).not.toMatch(PART);
  });
});
