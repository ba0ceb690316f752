import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { alsoNamed, flag, valued } from "../../src/cli/options/option.ts";
import { parse, parseCommandLine } from "../../src/cli/parse.ts";
import { subcommands } from "../../src/cli/subcommands.ts";
import { parseError } from "../support/parse-error.ts";

/** Returns the message with which parse() refuses the arguments, and checks that it is short. */
function refusal(args: readonly string[]): string {
  const message = parseError(args);
  expect(message).toMatch(/^[\x20-\x7e…]+$/);
  expect(message.length).toBeLessThan(480);
  return message;
}

/** Command lines, and two parts of their message: the mistake, and the correction. */
const mistakes: [line: string, mistake: string, right: string][] = [
  // misspelt names
  ["--fromat json", "--fromat", "--format"],
  ["--pids 1", "--pids", "--pid"],
  ["--ringsize 4K", "--ringsize", "--ring-size"],
  ["--ring 4K", "--ring", "--ring-size"],
  ["--fail", "--fail", "--failed"],
  ["--verbos", "--verbos", "--verbose"],
  ["--header", "--header", "--no-header"],
  ["--colour never", "--colour", "--color"],
  ["--JSON", "--JSON", "--json"],
  ["--tiem utc", "--tiem", "--time"],
  ["--x", "--x", "-x (--failed)"],
  ["-X", "-X", "-x (--failed)"],
  ["-Z", "-Z", "exitsnoop --help"],
  ["--nonsense", "--nonsense", "exitsnoop --help"],
  ["--no-json", "--no-json", "exitsnoop --help"],
  ["-xZ", "-Z", "exitsnoop --help"],
  ["--thread", "--thread", "--threads"],
  ["--perthread", "--perthread", "--per-thread"],
  ["--min-time 5s", "--min-time", "--help"],
  ["--colums pid", "--colums", "--columns"],
  ["--singal KILL", "--singal", "--signal"],
  ["--nowait", "--nowait", "--no-wait"],
  ["--outptu a", "--outptu", "--output"],
  ["-N sh", "-N", "-n (--name)"],
  ["-W", "-W", "-w (--wide)"],
  // a missing dash
  ["-json", "no option -json;", "--json?"],
  ["-help", "no option -help;", "--help?"],
  ["-for 5s", "no option -for;", "--for?"],
  ["-pid 17", "no option -pid;", "--pid?"],
  ["-count 5", "no option -count;", "--count?"],
  ["-threads", "no option -threads;", "--threads?"],
  ["-wide", "no option -wide;", "--wide?"],
  ["-as root", "no option -as;", "--as?"],
  ["-user root", "no option -user;", "--user?"],
  ["-columns pid", "no option -columns;", "--columns?"],
  // words where options belong
  ["-x 4242", '"4242"', "did you mean -p 4242?"],
  ["-", '"-"', "exitsnoop --help"],
  // missing values
  ["--pid", "--pid needs a value", "PID[,PID…]"],
  ["-p", "-p needs a value", "PID[,PID…]"],
  ["-p -x", "-p needs a value", "PID[,PID…]"],
  ["--pid --", "--pid needs a value", "PID[,PID…]"],
  ["--format=", "--format needs a value", "table (default), wide"],
  ["--format --json", "--format needs a value", "FORMAT"],
  ["--count -1", "--count needs a value", "--count N"],
  ["-n", "-n needs a value", "NAME"],
  ["-P -x", "-P needs a value", "PID[,PID…]"],
  ["-u", "-u needs a value", "USER[,USER…]"],
  ["-s --wide", "-s needs a value", "SIG[,SIG…]"],
  ["-c", "-c needs a value", "PATH"],
  ["-C -w", "-C needs a value", "LIST"],
  ["-o -x", "-o needs a value", "FILE"],
  ["--min-duration", "--min-duration needs a value", "TIME"],
  ["--as -- ls", "--as needs a value", "USER"],
  ["--user=", "--user needs a value", "USER[,USER…]"],
  // values of switches
  ["--json=true", "--json takes no value", 'leave "=true" out'],
  ["--quiet=", "--quiet takes no value", 'leave "=" out'],
  ["-q=1", "-q takes no value", 'leave "=1" out'],
  ["--wide=yes", "--wide takes no value", 'leave "=yes" out'],
  ["-T=1", "-T takes no value", 'leave "=1" out'],
  ["--no-wait=1", "--no-wait takes no value", 'leave "=1" out'],
  // invalid values
  ["-f jsn", "-f jsn", "did you mean json?"],
  ["-f tabel", "-f tabel", "did you mean table?"],
  ["-fxml", "-f xml", "choose table, wide, json, csv, ecli, otlp, trace or html"],
  ["-f=csv", "-f =csv", "did you mean csv?"],
  ["--time UTC", "--time UTC", "did you mean utc?"],
  ["--time lokal", "--time lokal", "did you mean local?"],
  ["--color red", "--color red", "choose auto, always or never"],
  ["--for soon", "--for soon", "examples: 250ms"],
  ["--ring-size big", "--ring-size big", "examples: 65536, 256K, 4M"],
  ["--count many", "--count many", "not a whole number"],
  ["-p bash", "-p bash", "as in 4242 or 17,42"],
  ["--pid=-1", "--pid -1", "as in 4242 or 17,42"],
  ["-P bash", "-P bash", "as in 4242 or 17,42"],
  ["--ppid 0", "--ppid 0", "process ids begin at 1"],
  ["-n longer-than-a-name", "-n longer-than-a-name", "end it with *"],
  ["-u root,", "-u root,", "as in root or 0,1000"],
  ["-s KILLED", "-s KILLED", "examples: KILL, SIGTERM, 9"],
  ["--signal 65", "--signal 65", "examples: KILL, SIGTERM, 9"],
  ["-c docker", "-c docker", "/proc/PID/cgroup"],
  ["--min-duration long", "--min-duration long", "examples: 250ms"],
  ["-C pidd", "-C pidd", "did you mean pid?"],
  ["-C pid,killer", "killer is not a column", "--columns help"],
  ["-C time,exitcode,comm", "exitcode is not a column", "did you mean exit_code?"],
  ["-C pid,origins", "origins is not a column", "did you mean origin?"],
  ["-C pid,", '"" is not a column', "--columns help"],
  ["-C +", '"" is not a column', "--columns help"],
  ["--fail-on signal, ls", '--fail-on signal,: "" is not known', "choose signal, oom"],
  // one option with two values
  ["-f json -f csv", "as json and as csv", "leave one out"],
  ["--count 1 --count 2", "as 1 and as 2", "leave one out"],
  ["--for 250ms --for 10s", "as 250ms and as 10s", "leave one out"],
  ["--ring-size 4K --ring-size 8K", "as 4K and as 8K", "leave one out"],
  ["-C pid -C comm", "as pid and as comm", "leave one out"],
  ["--as root --as nobody -- ls", "as root and as nobody", "leave one out"],
  ["--min-duration 1s --min-duration 2s", "as 1s and as 2s", "leave one out"],
  // a missing command, or a package
  ["--", "-- needs a COMMAND", "exitsnoop -- make test"],
  ["-x --", "-- needs a COMMAND", "exitsnoop -- make test"],
  ["package.json", '"package.json"', "to run it: exitsnoop run package.json"],
  ["exits.jsonl", '"exits.jsonl" looks like a recording', "to read it: exitsnoop replay exits.jsonl"],
  ["-x exits.jsonl.gz", '"exits.jsonl.gz"', "to read it: exitsnoop replay exits.jsonl.gz"],
  ["-s KILL TERM", '"TERM" is a signal after the list of -s', "a list has commas: -s KILL,TERM"],
  ["-j /tmp/a.json -- --pid 5", '"/tmp/a.json"', "to run it: exitsnoop run /tmp/a.json"],
];

test.each(mistakes)("parse() of %s: the message contains %j and %j", (line, mistake, right) => {
  const message = refusal(line.split(" "));
  expect(message).toContain(mistake);
  expect(message).toContain(right);
});

test("parse() of -C before other options: no advice that they may be its value", () => {
  for (const word of ["-w", "-p17", "--json"]) expect(refusal(["-C", word])).not.toContain("after =");
});

test.each([
  ["a.json --pid 5", "exitsnoop run a.json -- --pid 5"],
  ["a.json -vx b", "exitsnoop run a.json -- -vx b"],
])("exitsnoop run %s, with an option that belongs after --: the message contains %j", (line, right) => {
  expect(() => parseCommandLine(subcommands.run, line.split(" "))).toThrow(right);
});

describe("parse() of a name that every JavaScript object has:", () => {
  test.each(["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"])(
    "--%s: refused as an unknown option",
    (name) => {
      expect(refusal([`--${name}`])).toStartWith(`there is no option --${name};`);
      expect(refusal([`--${name}=1`])).toStartWith(`there is no option --${name};`);
      expect(({} as Record<string, unknown>).failed).toBeUndefined();
    },
  );
});

describe("parse(): messages about hostile or long words:", () => {
  test("control characters in a word: escaped, so the message stays one safe line", () => {
    expect(refusal(["--f\n\x1b[2J"])).toStartWith("there is no option $'--f\\n\\x1b[2J';");
    expect(refusal(["a\nb.json"])).toStartWith(`"$'a\\nb.json'" looks like`);
    expect(refusal(["--for", "1\r\n"])).toStartWith("--for $'1\\x0d\\n': not a length of time");
    expect(refusal(["--json=\x07"])).toEndWith(`leave "=$'\\x07'" out`);
    expect(refusal(["\u202e.json"])).toStartWith(`"$'\\xe2\\x80\\xae.json'" looks like`);
  });

  test("a long word: truncated", () => {
    expect(refusal(["1".repeat(60)])).toStartWith(`"${"1".repeat(60)}" is a number`);
    expect(refusal([`23${"1".repeat(59)}`])).toStartWith(`"23${"1".repeat(26)}...${"1".repeat(28)}" is a number`);
    const long = "a".repeat(100_000);
    for (const args of [
      [`--${long}`],
      [`${long}.json`],
      ["-f", long],
      ["-p", long],
      ["--for", long],
      ["-C", long],
      ["-s", long],
      [`--json=${long}`],
    ]) {
      expect(refusal(args)).toContain("aaa...");
    }
  });

  test("two long values of one option: truncated", () => {
    const zeros = "0".repeat(100_000);
    const message = refusal(["--count", `${zeros}1`, "--count", `${zeros}2`]);
    expect(message).toMatch(/ as 0+\.\.\.0+1 and as 0+\.\.\.0+2; leave one out$/);
  });

  test("an empty word: distinguished from a missing value", () => {
    expect(refusal([""])).toStartWith('the first word of COMMAND is empty ("")');
    expect(refusal(["-p", ""])).toStartWith("-p needs a value");
  });
});

test("parse() of several mistakes: the message names the first", () => {
  expect(refusal(["-x", "--tim", "--count", "0"])).toStartWith("there is no option --tim;");
  expect(refusal(["--count", "0", "--nope"])).toStartWith("--count 0:");
});

describe("parse() of --help:", () => {
  test.each([
    ["-h", "short"],
    ["--help", "whole"],
    ["-xh", "short"],
    ["--help -h", "whole"],
    ["-x --tim --help", "whole"],
    ["-h --count 0 --nope", "short"],
    ["--help -- ls", "whole"],
    ["--help ls", "whole"],
    ["-j --help 1234", "whole"],
  ] as const)("%s: a request for the %s help, whatever else is wrong before COMMAND", (line, form) => {
    const { help, parsed } = parse(line.split(" "));
    expect(help).toBe(form);
    expect(parsed.help).toBeTrue();
  });

  test.each(["ls --help", "-x ls -h", "-- --help", "ls -- -h"])("%s: belongs to COMMAND", (line) => {
    expect(parse(line.split(" ")).help).toBeUndefined();
  });

  test("--help in place of an option's value: refused, because the value is missing", () => {
    expect(refusal(["-n", "--help"])).toStartWith("-n needs a value");
  });
});

describe("parseCommandLine() of an option with further names:", () => {
  const table = {
    threads: alsoNamed(["per-thread", "threaded"], flag("T", "threads")),
    label: { ...alsoNamed(["prefix"], valued("", "TEXT", v.string(), "a label")), canBeEmpty: true },
  };
  const syntax = { program: "exitsnoop", options: table };
  const parsedOf = (...args: string[]): object => parseCommandLine(syntax, args).parsed;

  test.each(["-T", "--threads", "--per-thread", "--threaded"])("%s: sets the option", (arg) => {
    expect(parsedOf(arg)).toEqual({ threads: true });
  });

  test("a value: may be given under each name, and may be empty if the option allows it", () => {
    expect(parsedOf("--prefix", "a")).toEqual({ label: "a" });
    expect(parsedOf("--prefix=a", "--label=a")).toEqual({ label: "a" });
    expect(parsedOf("--label=")).toEqual({ label: "" });
    expect(() => parsedOf("--prefix=a", "--label=b")).toThrow("--label is given twice, as a and as b");
  });

  test("further names are suggested, too", () => {
    expect(() => parsedOf("--per-thred")).toThrow("did you mean --per-thread?");
    expect(() => parsedOf("-threaded")).toThrow("did you mean --threaded?");
    expect(() => parsedOf("--thread")).toThrow("did you mean --threads?");
  });
});
