import { describe, expect, test } from "bun:test";
import { UsageError } from "../../src/errors.ts";
import { plan } from "../support/fake-host.ts";

/** Expects that plan() refuses the command line with this message. */
function expectRefusal(line: string, message: string): void {
  // toThrow() compares either the class, which sets exit status 2, or the whole message
  expect(() => plan(line)).toThrow(UsageError);
  expect(() => plan(line)).toThrow(new UsageError(message));
}

describe("plan(): refuses options that contradict each other:", () => {
  test.each([
    ["--json --format csv", ["--json", "--format csv"]],
    ["-j -f table", ["--json", "--format table"]],
    ["--time iso -t", ["--time iso", "--timestamp"]],
    ["--json --csv", ["--json", "--csv"]],
    ["--csv -f json", ["--csv", "--format json"]],
    ["-f wide -C pid", ["--columns", "--format wide"]],
    ["--no-color --color always", ["--no-color", "--color always"]],
    ["-j --no-color --color always", ["--no-color", "--color always"]],
    ["-f ecli --no-color --color auto", ["--no-color", "--color auto"]],
    ["--time iso --utc", ["--time iso", "--utc"]],
    ["--time none -t", ["--time none", "--timestamp"]],
    ["-w -C pid", ["--columns", "--wide"]],
    ["-j --columns pid,comm --wide", ["--columns", "--wide"]],
    ["-C pid,time --time none", ["--columns time", "--time none"]],
  ])("%s", (line, names) => {
    expectRefusal(line, `${names.join(" and ")} contradict each other; leave one out`);
  });

  const utcTimes = "RFC 3339 times in UTC with nanoseconds";
  test.each([
    ["-j --utc", "--utc", "json", utcTimes],
    ["-f csv -t", "--timestamp", "csv", utcTimes],
    ["-f csv --time unix", "--time unix", "csv", utcTimes],
    ["-f ecli --time iso", "--time iso", "ecli", "the local time, as ecli prints it"],
  ])("%s: the format has a fixed form of time", (line, option, format, times) => {
    expectRefusal(line, `${option} shapes the table; --format ${format} always has ${times}; leave ${option} out`);
  });

  test.each([
    ["-f ecli -w", "--wide"],
    ["-f ecli -C pid", "--columns"],
    ["-f ecli -T", "--threads"],
    ["-f ecli --per-thread", "--threads"],
  ])("%s: the format ecli has fixed columns", (line, option) => {
    expectRefusal(
      line,
      `--format ecli has fixed columns (TIME, PID, PPID, EXIT_CODE, DURATION_NS, COMM), a line a process; leave ${option} out`,
    );
  });

  test.each([
    ["--as root", "--as needs a COMMAND: exitsnoop --as USER -- COMMAND"],
    ["--no-wait", "--no-wait needs a COMMAND: exitsnoop --no-wait -- COMMAND"],
    ["-x --no-wait -j", "--no-wait needs a COMMAND: exitsnoop --no-wait -- COMMAND"],
  ])("%s: without a child command", (line, message) => {
    expectRefusal(line, message);
  });

  test.each([
    ["pid,pid", "pid"],
    ["time,comm,args,COMM,args", "comm"],
  ])("-C %s: a column twice", (list, key) => {
    expectRefusal(`-C ${list}`, `--columns has ${key} twice; leave one out`);
  });
});

describe("plan(): refuses values that this machine or the recorder does not have:", () => {
  test("an unknown user", () => {
    const advice = "there is no such user here; give a name that getent passwd lists, or a uid";
    expectRefusal("-u nosuch", `--user nosuch: ${advice}`);
    expectRefusal("-u 0,root,nosuch", `--user nosuch: ${advice}`);
    expectRefusal("-u __proto__", `--user __proto__: ${advice}`);
    expectRefusal("--as nosuch -- ls", `--as nosuch: ${advice}`);
    expectRefusal("--as 4294967295 -- ls", `--as 4294967295: ${advice}`);
  });

  test("a uid above 4294967294, because 4294967295 stands for no user", () => {
    const uids = ["4294967295", "4294967296", "9".repeat(40)];
    for (const uid of uids) expectRefusal(`-u ${uid}`, `--user ${uid}: user ids end at 4294967294`);
  });

  test("a cgroup in no mounted hierarchy", () => {
    const advice = "no cgroup hierarchy is mounted there; give it as in /proc/PID/cgroup";
    expectRefusal("-c /wrong", `--cgroup /wrong: ${advice}`);
    expectRefusal("-c /docker -c /wrong/a", `--cgroup /wrong/a: ${advice}`);
  });

  test("more cgroups than the recorder compares", () => {
    const cgroups = (count: number) => Array.from({ length: count }, (_, i) => `-c /${i}`).join(" ");
    expect(plan(cgroups(16)).selection.cgroups.selected).toHaveLength(16);
    expectRefusal(cgroups(17), "--cgroup: 17 cgroups are more than 16; name one above them");
  });

  test("a hostile or long name, escaped and truncated in the message", () => {
    expectRefusal(
      "-u \x1b[2J",
      "--user $'\\x1b[2J': there is no such user here; give a name that getent passwd lists, or a uid",
    );
    expect(() => plan(`-u ${"x".repeat(1000)}`)).toThrow(/^--user x{28}\.\.\.x{28}: /);
    expect(() => plan(`-c /wrong${"x".repeat(200)}`)).toThrow(/^--cgroup \/wrongx{22}\.\.\.x{28}: /);
    expect(() => plan("--as \x07 -- ls")).toThrow(/^--as \$'\\x07': /);
  });
});
