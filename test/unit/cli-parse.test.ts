import { describe, expect, test } from "bun:test";
import { type OptionName, options } from "../../src/cli/options/index.ts";
import { parse } from "../../src/cli/parse.ts";

/** The forms of each option, with words separated by spaces, and the parsed value. */
const forms: Record<string, { lines: string[]; value: unknown }> = {
  failed: { lines: ["-x", "--failed"], value: true },
  pid: { lines: ["-p 17,42", "-p17,42", "--pid 17,42", "--pid=17,42"], value: [17, 42] },
  ppid: { lines: ["-P 1,42", "-P1,42", "--ppid 1,42", "--ppid=1,42"], value: [1, 42] },
  name: { lines: ["-n nginx*", "-nnginx*", "--name nginx*", "--name=nginx*"], value: ["nginx*"] },
  user: { lines: ["-u root,33", "-uroot,33", "--user root,33", "--user=root,33"], value: ["root", "33"] },
  signal: { lines: ["-s KILL,15", "-sKILL,15", "--signal SIGKILL,term", "--signal=9,SIGTERM"], value: [9, 15] },
  cgroup: { lines: ["-c /a.slice", "-c/a.slice", "--cgroup /a.slice", "--cgroup=/a.slice"], value: ["/a.slice"] },
  tree: { lines: ["--tree 17,42", "--tree=17,42"], value: [17, 42] },
  args: { lines: ["--args *a,b*", "--args=*a,b*"], value: ["*a,b*"] },
  code: { lines: ["--code 3-5,137", "--code=3,4,5,137"], value: [3, 4, 5, 137] },
  oom: { lines: ["--oom"], value: true },
  core: { lines: ["--core"], value: true },
  unit: { lines: ["--unit ssh,a.slice", "--unit=ssh.service,a.slice"], value: ["ssh.service", "a.slice"] },
  container: { lines: ["--container 0123456789ab", "--container=0123456789AB"], value: ["0123456789ab"] },
  "max-duration": { lines: ["--max-duration 250ms", "--max-duration=0.25"], value: 250 },
  "min-duration": { lines: ["--min-duration 250ms", "--min-duration=0.25"], value: 250 },
  threads: { lines: ["-T", "--threads", "--per-thread", "--threaded"], value: true },
  columns: {
    lines: ["-C comm,pid", "-Ccomm,pid", "--columns comm,pid", "--columns=COMM,Pid"],
    value: ["comm", "pid"],
  },
  wide: { lines: ["-w", "--wide"], value: true },
  summary: { lines: ["-S", "--summary"], value: true },
  by: { lines: ["--by comm,code", "--by=comm,code", "--by comm --by code"], value: ["comm", "code"] },
  sort: { lines: ["--sort cpu", "--sort=cpu"], value: "cpu" },
  interval: { lines: ["--interval 10s", "--interval=10", "--interval 10000ms"], value: 10_000 },
  redact: { lines: ["--redact=-p(.)", "--redact -p(.)"].slice(0, 1), value: ["-p(.)"] },
  limit: { lines: ["--limit 5/s", "--limit=5/s", "--limit 5"], value: 5 },
  fifo: { lines: ["--fifo"], value: true },
  keep: {
    lines: ["--keep 200M,7d", "--keep=200M --keep 168h", "--keep 204800K,1w"],
    value: [{ bytes: 200 * 1024 ** 2 }, { ms: 7 * 86_400_000 }],
  },
  output: { lines: ["-o exits.log", "-oexits.log", "--output exits.log", "--output=exits.log"], value: ["exits.log"] },
  truncate: { lines: ["--truncate"], value: true },
  as: { lines: ["--as nobody", "--as=nobody"], value: "nobody" },
  "no-wait": { lines: ["--no-wait"], value: true },
  "fail-on": {
    lines: ["--fail-on oom,core", "--fail-on=oom,core", "--fail-on oom --fail-on core"],
    value: ["oom", "core"],
  },
  format: { lines: ["-f csv", "-fcsv", "--format csv", "--format=csv"], value: "csv" },
  json: { lines: ["-j", "--json"], value: true },
  csv: { lines: ["--csv"], value: true },
  time: { lines: ["--time unix", "--time=unix"], value: "unix" },
  timestamp: { lines: ["-t", "--timestamp"], value: true },
  utc: { lines: ["--utc"], value: true },
  label: { lines: ["--label web", "--label=web"], value: "web" },
  "no-crash": { lines: ["--no-crash"], value: true },
  "all-signals": { lines: ["--all-signals"], value: true },
  "no-header": { lines: ["--no-header"], value: true },
  color: { lines: ["--color always", "--color=always"], value: "always" },
  "no-color": { lines: ["--no-color"], value: true },
  count: { lines: ["--count 10", "--count=10"], value: 10 },
  for: { lines: ["--for 10s", "--for=10s", "--for 10"], value: 10_000 },
  latency: { lines: ["--latency 1s", "--latency=1s", "--latency 1000ms"], value: 1000 },
  "ring-size": { lines: ["--ring-size 4M", "--ring-size=4M", "--ring-size 4194304"], value: 4_194_304 },
  btf: { lines: ["--btf vmlinux.btf", "--btf=vmlinux.btf"], value: "vmlinux.btf" },
  quiet: { lines: ["-q", "--quiet"], value: true },
  verbose: { lines: ["-v", "--verbose"], value: true },
  help: { lines: ["-h", "--help"], value: true },
  version: { lines: ["-V", "--version"], value: true },
};

/** Returns the options of a command line without a child command. */
function optionsOf(line: string) {
  const { parsed, command } = parse(line.split(" "));
  expect(command).toBeUndefined();
  return parsed;
}

describe("src/cli/options/index.ts:", () => {
  test.each(Object.keys(options) as OptionName[])("--%s: all its forms give one value", (name) => {
    // a new option needs an entry in `forms`
    const { lines, value } = forms[name]!;
    const { short } = options[name] as { short?: string };
    expect(lines.some((line) => line.startsWith(`--${name}`))).toBeTrue();
    expect(lines.some((line) => /^-\w/.test(line))).toBe(short !== undefined);
    for (const line of lines) expect(optionsOf(line) as object).toEqual({ [name]: value });
  });

  test("every option: listed in this test", () => {
    expect(Object.keys(options).sort()).toEqual(Object.keys(forms).sort() as OptionName[]);
  });

  test("letters of options: unique", () => {
    const shorts = Object.values(options).flatMap((option) => ("short" in option ? (option.short ?? []) : []));
    expect(new Set<string>(shorts).size).toBe(shorts.length);
  });
});

test("parse() without arguments: no options and no command", () => {
  expect(parse([])).toEqual({ parsed: {}, command: undefined });
});

test("parse(): accepts options in any order", () => {
  expect(optionsOf("--count 3 -x --pid=7 -f json")).toEqual({ count: 3, failed: true, pid: [7], format: "json" });
  expect(optionsOf("-f json --pid=7 -x --count 3")).toEqual({ count: 3, failed: true, pid: [7], format: "json" });
});

test("parse() of grouped letters: sets every switch, and the last may take a value", () => {
  expect(optionsOf("-xj")).toEqual({ failed: true, json: true });
  expect(optionsOf("-xjtqv")).toEqual({ failed: true, json: true, timestamp: true, quiet: true, verbose: true });
  expect(optionsOf("-xp 17")).toEqual({ failed: true, pid: [17] });
  expect(optionsOf("-xp17,42")).toEqual({ failed: true, pid: [17, 42] });
  expect(optionsOf("-xfjson")).toEqual({ failed: true, format: "json" });
});

test("parse() of a repeated list option: joins the lists", () => {
  expect(optionsOf("-p 1,2 -p 3")).toEqual({ pid: [1, 2, 3] });
  expect(optionsOf("--pid 1 -p2 --pid=3,4")).toEqual({ pid: [1, 2, 3, 4] });
  expect(optionsOf("-P 1,2 -P 3")).toEqual({ ppid: [1, 2, 3] });
  expect(optionsOf("-u root -u 33,nobody")).toEqual({ user: ["root", "33", "nobody"] });
  expect(optionsOf("-s KILL -s SEGV,6")).toEqual({ signal: [9, 11, 6] });
  expect(optionsOf("-c /a -c /b")).toEqual({ cgroup: ["/a", "/b"] });
});

test("parse() of names and cgroups with a comma: splits the names", () => {
  expect(optionsOf("-n a,b -n c")).toEqual({ name: ["a", "b", "c"] });
  expect(optionsOf("-c /a,b")).toEqual({ cgroup: ["/a,b"] });
});

test("parse() of an option that is repeated with an equal value: accepted", () => {
  expect(optionsOf("-x -x --failed")).toEqual({ failed: true });
  expect(optionsOf("--count 5 --count 5")).toEqual({ count: 5 });
  expect(optionsOf("--for 60s --for 1m")).toEqual({ for: 60_000 });
});

test("parse() of --columns that is repeated with an equal list: accepted", () => {
  expect(optionsOf("-C pid,comm -C pid,comm")).toEqual({ columns: ["pid", "comm"] });
});

describe("parse() of a list option:", () => {
  const separators = [",", " ", ", ", " , ", "  ", "\t", "\n", ",\n", " \t\r\n "];

  test.each(separators)("the separator %j, with blanks around the list: accepted", (separator) => {
    const value = (option: string, ...items: string[]) => {
      const { parsed } = parse([option, ` ${items.join(separator)}\n`]);
      return Object.values(parsed);
    };
    expect(value("-p", "17", "42", "1")).toEqual([[17, 42, 1]]);
    expect(value("-P", "17", "42")).toEqual([[17, 42]]);
    expect(value("-u", "root", "1000")).toEqual([["root", "1000"]]);
    expect(value("-s", "KILL", "SIGTERM", "9")).toEqual([[9, 15, 9]]);
    expect(value("-C", "pid", "comm")).toEqual([["pid", "comm"]]);
  });

  test.each(["17,,42", ",17", "17,", "17 , , 42", ","])("-p %j, with an item missing: refused", (text) => {
    expect(() => parse(["-p", text])).toThrow("not a process id; give numbers, as in 4242 or 17,42");
  });

  test.each(["-p", "--pid", "-P", "-u", "-s", "-n", "-c"])(
    "%s with an empty or blank value: refused with a hint at $(command)",
    (option) => {
      for (const text of ["", " ", "\n", " \t\n"]) {
        expect(() => parse([option, text])).toThrow(
          new RegExp(
            `^${option} needs a value: ${option} [A-Z]+.*; here it is empty, as if a \\$\\(command\\) had printed nothing$`,
          ),
        );
      }
    },
  );

  test("names: not split at blanks, cgroup paths: not split at blanks and commas", () => {
    expect(parse(["-n", "a b, c"]).parsed.name).toEqual(["a b", "c"]);
    expect(parse(["-c", "/a b,c"]).parsed.cgroup).toEqual(["/a b,c"]);
  });

  test("a second number, as from an unquoted $(pidof NAME): refused with the spelling of a list", () => {
    expect(() => parse(["-p", "17", "42"])).toThrow("a list has commas: -p 17,42;");
  });
});

test("parse() of --columns help,pid: refused", () => {
  expect(() => parse(["-C", "help,pid"])).toThrow("help is not a column");
});

test("parse(): does not change its arguments", () => {
  const args = Object.freeze(["-x", "-p", "1"]);
  expect(parse(args).parsed).toEqual({ failed: true, pid: [1] });
});

test("parse() of --columns help: returns help as the only column", () => {
  expect(optionsOf("--columns help")).toEqual({ columns: ["help"] });
});
