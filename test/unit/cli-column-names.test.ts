import { describe, expect, test } from "bun:test";
import { columnsText } from "../../src/cli/help.ts";
import { parse } from "../../src/cli/parse.ts";
import { columnKeys, columns, peopleColumns, tutorialColumns } from "../../src/output/index.ts";
import { defaultKeys } from "../support/fake-exit.ts";
import { plan } from "../support/fake-host.ts";

const onTerminal = { isTerminal: () => true };
const columnsOf = (list: string): readonly string[] => parse(["-C", list]).parsed.columns!;
const planned = (line: string, host = {}) => plan(line, host).columns as readonly string[];

describe("names of columns:", () => {
  test("every key and every heading, in any case", () => {
    for (const { key, heading } of columns) {
      for (const name of [key, key.toUpperCase()]) expect(columnsOf(name)).toEqual([key]);
      // USER is the heading of uid, and the key of another column
      if (heading !== "USER") expect([heading, columnsOf(heading)]).toEqual([heading, [key]]);
      expect([heading, columnsOf(heading.toLowerCase())]).toEqual([heading, columnsOf(heading)]);
    }
  });

  test.each([
    ["USER", "user"],
    ["duration", "duration_ns"],
    ["Command", "args"],
    ["ppid_comm", "parent_comm"],
    ["CPU_USER", "cpu_user_ns"],
    ["cpu_system", "cpu_system_ns"],
    ["max_rss", "max_rss_bytes"],
    ["write", "write_bytes"],
    ["CONTAINER", "container_id"],
  ])("%s: %s", (name, key) => {
    expect(columnsOf(name)).toEqual([key]);
  });

  test("blanks around names are ignored", () => {
    expect(columnsOf(" pid, comm ,USER ")).toEqual(["pid", "comm", "user"]);
    expect(columnsOf("pid comm")).toEqual(["pid", "comm"]);
  });

  test("help in any case is a request for the list", () => {
    for (const name of ["help", "HELP"]) expect(columnsOf(name)).toEqual(["help"]);
  });

  test.each([
    ["usr", "not a column; --columns help lists them; did you mean user?"],
    ["pid,durration", "durration is not a column; --columns help lists them; did you mean duration?"],
    ["+argz", "argz is not a column; --columns help lists them; did you mean args?"],
    ["all", "-w (--wide) shows every column"],
    ["", "-C needs a value"],
    ["pid,\x1b[2J", "$'\\x1b[2J' is not a column"],
  ])("%j: refused with %j", (list, message) => {
    expect(() => columnsOf(list)).toThrow(message);
  });
});

describe("changes of the default columns:", () => {
  test("a value that begins with - follows =", () => {
    for (const words of [["-C=-ppid"], ["--columns=-ppid"], ["-C-ppid"]]) {
      expect(parse(words).parsed.columns as readonly string[]).toEqual(["-ppid"]);
    }
    expect(() => parse(["-C", "-ppid"])).toThrow("-C needs a value");
  });

  test("a table that is not on a terminal: added before the last column, removed", () => {
    expect(planned("-C +args")).toEqual([...tutorialColumns.slice(0, -1), "args", "comm"]);
    expect(planned("-C=-ppid,-time")).toEqual(["pid", "exit_code", "duration_ns", "comm"]);
    expect(planned("-T -C +user,-tid")).toEqual([...tutorialColumns.slice(0, -1), "user", "comm"]);
  });

  test("a table whose last column is removed: others are added at the end", () => {
    expect(planned("-C=-comm,+args")).toEqual([...tutorialColumns.slice(0, -1), "args"]);
    expect(planned("-C=-args,+exe,+cgroup", onTerminal)).toEqual([...peopleColumns.slice(0, -1), "exe", "cgroup"]);
  });

  test("a table on a terminal: names of both its own columns and the other table's", () => {
    expect(planned("", onTerminal)).toEqual([...peopleColumns]);
    expect(planned("-C +user,+max_rss", onTerminal)).toEqual([
      ...peopleColumns.slice(0, -1),
      "user",
      "max_rss_bytes",
      "args",
    ]);
    for (const name of ["parent", "ppid"]) expect(planned(`-C=-${name}`, onTerminal)).not.toContain("parent_comm");
    for (const name of ["command", "comm"]) expect(planned(`-C=-${name}`, onTerminal)).not.toContain("args");
  });

  test("JSON and CSV: in the order of the keys", () => {
    for (const format of ["json", "csv"]) {
      expect(planned(`-f ${format} -C +args,+ns_pid,-user`)).toEqual(
        columnKeys.filter((key) => (defaultKeys.includes(key) && key !== "user") || key === "args" || key === "ns_pid"),
      );
    }
  });

  test("-jwT shows every column, as the list of columns says", () => {
    expect(columnsText(200)).toContain("-jwT shows all of them");
    expect(planned("-jwT")).toEqual([...columnKeys]);
    expect(planned("-jw")).not.toContain("tid");
  });

  test("adding a column that is shown, or removing another, changes nothing", () => {
    expect(planned("-C +pid,-exe")).toEqual([...tutorialColumns]);
  });

  test("the killer stays in the line, unless it has a column", () => {
    for (const host of [{}, onTerminal]) {
      expect(plan("-C +user", host).showKiller).toBeTrue();
      expect(plan("-C +killed_by", host).showKiller).toBeFalse();
    }
    expect(plan("-C pid", onTerminal).showKiller).toBeFalse();
  });

  test.each([
    ["-C pid,+args", "+args changes the default columns, and pid replaces them"],
    ["-C=-time,-pid,-ppid,-exit_code,-duration_ns,-comm", "--columns removes every column"],
    ["-C thread_comm", "needs --threads"],
    ["-C +thread_comm -j", "needs --threads"],
    ["-f ecli -C +args", "--format ecli has fixed columns"],
    ["-f ecli --label web", "leave --label out"],
  ])("%s: refused with %j", (line, message) => {
    expect(() => plan(line)).toThrow(message);
  });
});

describe("the form of the output:", () => {
  test.each([
    ["", "people"],
    ["-f table", "people"],
    ["-T --utc", "people"],
    ["-C +user", "people"],
    ["-C pid,comm", "table"],
    ["-w", "blocks"],
    ["-f wide", "blocks"],
    ["-j", "json"],
    ["--csv", "csv"],
    ["-f ecli", "ecli"],
    ["-o exits.log", "table"],
    ["-w -o exits.log", "table"],
  ])("exitsnoop %s on a terminal: %s", (line, form) => {
    expect(plan(line, onTerminal).format).toBe(form as never);
  });

  test.each([
    ["", "table"],
    ["-w", "table"],
    ["-f wide", "blocks"],
    ["-C +user", "table"],
    ["-f jsonl", "json"],
    ["-f NDJSON", "json"],
    ["-f Table", "table"],
  ])("exitsnoop %s that is not on a terminal: %s", (line, form) => {
    expect(plan(line).format).toBe(form as never);
  });

  test("the form follows the output, not stdout: with a COMMAND events go to stderr", () => {
    expect(plan("-- ls", { isTerminal: (fd) => fd === 2 }).format).toBe("people");
    expect(plan("-- ls", { isTerminal: (fd) => fd === 1 }).format).toBe("table");
  });

  test.each([
    [{ LANG: "en_US.UTF-8" }, true],
    [{ LANG: "C.utf8" }, true],
    [{ LANG: "C" }, false],
    [{}, false],
    [{ LC_ALL: "C", LANG: "en_US.UTF-8" }, false],
    [{ LC_ALL: "", LC_CTYPE: "de_DE.UTF-8", LANG: "C" }, true],
    [{ LC_CTYPE: "POSIX", LANG: "en_US.UTF-8" }, false],
  ])("the locale %j: UTF-8 is %p", (environment, isUtf8) => {
    expect(plan("", { environment }).isUtf8).toBe(isUtf8);
  });

  test.each([
    ["", "none"],
    ["-C pid,uid", "nss"],
    ["-C user", "nss"],
    ["-C +user", "nss"],
    ["-w", "nss"],
    ["-j", "passwd"],
    ["-w -j", "passwd"],
    ["-j -C user", "nss"],
    ["-j -C +USER", "nss"],
    ["-j -C pid,uid", "none"],
    ["-j -C=-user", "none"],
    ["-f csv -C uid", "none"],
  ])("exitsnoop %s: names of users from %s", (line, source) => {
    expect(plan(line).userNames).toBe(source as never);
  });

  test("--no-color: no color, even on a terminal", () => {
    expect(plan("", onTerminal).hasColor).toBeTrue();
    for (const line of ["--no-color", "--color never", "--no-color --color never"]) {
      expect(plan(line, onTerminal).hasColor).toBeFalse();
    }
  });

  test("-t and --utc together: UTC, as in BCC", () => {
    expect(plan("-t --utc").time).toBe("utc");
    expect(plan("-t").time).toBe("local");
  });
});
