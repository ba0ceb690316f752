/** The options that select exits, from their text to the plan. */
import { describe, expect, test } from "bun:test";
import { UsageError } from "../../src/errors.ts";
import { ALL_EXITS, ANY, type Choice } from "../../src/filter/selection.ts";
import { V1Controller } from "../../src/record/layout.ts";
import { plan } from "../support/fake-host.ts";

const choice = <T>(selected: T[], removed: T[] = []): Choice<T> => ({ selected, removed });

const selectionOf = (line: string) => plan(line).selection;

/** Expects that the command line is refused with this message. */
function expectRefusal(line: string, message: string): void {
  expect(() => plan(line)).toThrow(UsageError);
  expect(() => plan(line)).toThrow(new UsageError(message));
}

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe("--code:", () => {
  test.each<[text: string, codes: Choice<number>]>([
    ["0", choice([0])],
    ["137,255", choice([137, 255])],
    ["1-3,7", choice([1, 2, 3, 7])],
    ["5-5", choice([5])],
    ["0-255", choice(range(0, 255))],
    ["!0", choice<number>([], [0])],
    ["!0,!1", choice<number>([], [0, 1])],
    ["!0-2", choice<number>([], [0, 1, 2])],
    ["1-5,!3", choice(range(1, 5), [3])],
    ["!3,1-5", choice(range(1, 5), [3])],
  ])("%s", (text, codes) => {
    expect(selectionOf(`--code ${text}`).outcome).toEqual({ ...ALL_EXITS.outcome, codes });
  });

  const form = "not an exit code; give numbers and ranges, as in 137 or 1-9,127";
  test.each([
    ["256", "exit codes end at 255"],
    ["0-256", "exit codes end at 255"],
    ["9-1", "a range goes from the lower code to the higher, as in 1-9"],
    ["x", form],
    ["1-", form],
    ["1--2", form],
    ["1.5", form],
    ["1,", form],
    ["!", form],
    ["!!1", form],
    ["SIGKILL", form],
  ])("%s: refused", (text, message) => {
    expectRefusal(`--code=${text}`, `--code ${text}: ${message}`);
  });
});

describe("--name:", () => {
  test.each<[text: string, names: Choice<string>]>([
    ["python,node", choice(["python", "node"])],
    ["!grep", choice<string>([], ["grep"])],
    ["s*,!sh,!sed", choice(["s*"], ["sh", "sed"])],
    ["[a,b]*,c", choice(["[a,b]*", "c"])],
    ["a\\,b", choice(["a\\,b"])],
    ["\\!a", choice(["\\!a"])],
  ])("%s", (text, names) => {
    expect(selectionOf(`-n ${text}`).names).toEqual(names);
  });

  test("an empty name in a list: refused", () => {
    const message = "not a process's name; give names or globs, as in nginx or python*,node";
    for (const text of ["a,", ",", "!", "a,!"]) expectRefusal(`-n ${text}`, `-n ${text}: ${message}`);
  });

  test("a removed name that is too long to match: refused", () => {
    expect(() => plan("-n !0123456789abcdef")).toThrow("the kernel keeps only 15 bytes");
  });
});

describe("--unit:", () => {
  test("a name without a suffix: .service is added", () => {
    const { units } = selectionOf("--unit nginx,ssh.socket,user-1000.slice,a.b,getty@tty1 --unit !session-3.scope");
    expect(units).toEqual(
      choice(
        ["nginx.service", "ssh.socket", "user-1000.slice", "a.b.service", "getty@tty1.service"],
        ["session-3.scope"],
      ),
    );
  });

  test.each(["/system.slice/a.service", "a/b", "!", "a,"])("%s: refused", (text) => {
    const message = "not a unit's name; give it as systemctl does: nginx.service or nginx; a path is for --cgroup";
    expectRefusal(`--unit ${text}`, `--unit ${text}: ${message}`);
  });

  test.each(["nginx*", "app-?.service", "*", "a[bc]"])("the glob %s, which no unit's name can be: refused", (text) => {
    expectRefusal(
      `--unit ${text}`,
      `--unit ${text}: not a unit's name, and globs do not work here; a slice such as system.slice stands for all units in it`,
    );
  });

  test("a name of 256 bytes with its suffix: refused", () => {
    expect(selectionOf(`--unit ${"x".repeat(247)}`).units.selected[0]).toHaveLength(255);
    expect(() => plan(`--unit ${"x".repeat(248)}`)).toThrow("longer than a unit's name can be");
  });
});

describe("--container:", () => {
  const id = "0123456789ab";

  test("12 to 64 hex digits, in any case: accepted in lower case", () => {
    expect(selectionOf(`--container ${id.toUpperCase()},!${"f".repeat(64)}`).containers).toEqual(
      choice([id], ["f".repeat(64)]),
    );
  });

  test.each([id.slice(1), `${id}g`, "f".repeat(65), "nginx", "web.1_A-b"])("%s: a name", (text) => {
    expect(selectionOf(`--container ${text}`)).toMatchObject({ containers: ANY, containerNames: choice([text], []) });
    expect(selectionOf(`--container !${text}`)).toMatchObject({ containerNames: choice([], [text]) });
  });

  test("ids beside a name: compared where names are known", () => {
    expect(selectionOf(`--container ${id.toUpperCase()},Web`)).toMatchObject({
      containers: ANY,
      containerNames: choice([id, "Web"], []),
    });
  });

  test.each(["-web", "_web", "a/b", "a*"])("%s: refused", (text) => {
    expect(() => plan(`--container=${text}`)).toThrow("not a container; give its name, or at least 12 of the 64 hex");
  });

  test("ids of 16 lengths: accepted, of 17: refused", () => {
    const ids = (count: number) => range(12, 11 + count).map((length) => "a".repeat(length));
    expect(selectionOf(`--container ${ids(16).join(",")}`).containers.selected).toHaveLength(16);
    expectRefusal(
      `--container ${ids(17).join(",")}`,
      "--container: ids of too many lengths; shorten them to 12 digits each",
    );
  });
});

test("a ! before values of the other lists: removes these", () => {
  expect(selectionOf("-p !17,!42 -P 1,2,!2 -u !root,!33 -s any,!KILL --tree 1,!5")).toMatchObject({
    pids: choice<number>([], [17, 42]),
    parents: choice([1, 2], [2]),
    users: choice<number>([], [0, 33]),
    outcome: { signals: choice(range(1, 64), [9]) },
    tree: choice([1], [5]),
  });
  expect(selectionOf("-c /a -c !/a/b").cgroups).toEqual(
    choice([{ above: 0, names: ["a"] }], [{ above: 0, names: ["a", "b"] }]),
  );
  expect(selectionOf("--args=*a* --args=!*b*").args).toEqual(choice(["*a*"], ["*b*"]));
});

test("--args: commas and blanks belong to the pattern", () => {
  expect(plan("--args=a,b").selection.args).toEqual(choice(["a,b"]));
});

test("--oom and --core: select by outcome", () => {
  expect(selectionOf("--oom --core").outcome).toEqual({ ...ALL_EXITS.outcome, oomKills: true, coreDumps: true });
});

test("--min-duration and --max-duration: nanoseconds", () => {
  expect(selectionOf("--min-duration 1s --max-duration 1w")).toMatchObject({
    minDuration: 1_000_000_000n,
    maxDuration: 604_800_000_000_000n,
  });
  expect(selectionOf("--min-duration 1s --max-duration 1s").maxDuration).toBe(1_000_000_000n);
});

describe("contradictions: refused:", () => {
  test.each([
    ["-p 5,!5", "--pid: !5 leaves nothing to select"],
    ["-P 5,6,!5,!6", "--ppid: !5,!6 leaves nothing to select"],
    ["-u root,!0", "--user: !0 leaves nothing to select"],
    ["--tree 5,!5", "--tree: !5 leaves nothing to select"],
    ["-n sh,bash,!*sh", "--name: !*sh leaves nothing to select"],
    ["-n !*", "--name: !* leaves nothing to select"],
    ["-s KILL,!KILL", "--signal: !SIGKILL leaves nothing to select"],
    ["--code 3,!1-5", "--code: !1,!2,!3,… leaves nothing to select"],
    ["--code !0-255 -s !any", "--signal and --code: !SIGHUP,!SIGINT,!SIGQUIT,… leaves nothing to select"],
    ["-c /a/b -c !/a", "--cgroup: !/a leaves nothing to select"],
    ["-c !/", "--cgroup: !/ leaves nothing to select"],
    ["--unit a,!a.service", "--unit: !a.service leaves nothing to select"],
    ["--container 0123456789abc,!0123456789ab", "--container: !0123456789ab leaves nothing to select"],
    ["-x --code 0", "--failed leaves out exit code 0, and the other options select nothing else; leave one out"],
    [
      "--min-duration 10s --max-duration 5s",
      "--min-duration is longer than --max-duration, so no process can match; exchange them",
    ],
    ["--tree 5 -- ls", "--tree is for processes that run already; a COMMAND is traced with its descendants anyway"],
  ])("%s", (line, message) => {
    expectRefusal(line, message);
  });
});

describe("a ! that removes nothing, as in !0,1 for !0,!1: a warning, and the others select:", () => {
  const advice = "removes nothing from the other values; give each value to leave out its own !: !1,!2";
  test.each([
    ["--code !0,1", `--code: !0 ${advice}`],
    ["-p !17,42", `--pid: !17 ${advice}`],
    ["-u !root,33", `--user: !0 ${advice}`],
    ["-s !KILL,TERM", `--signal: !SIGKILL ${advice}`],
    ["-n !grep,sed", `--name: !grep ${advice}`],
    ["-s KILL --code !0", `--code: !0 ${advice}`],
    ["--code 3 -s !TERM", `--signal: !SIGTERM ${advice}`],
    ["--core --code !0", `--code: !0 ${advice}`],
  ])("%s", (line, message) => {
    expect(plan(line).warnings).toEqual([message]);
  });

  test.each([
    "--code 1-5,!3-9",
    "-s KILL,TERM,!KILL,!INT",
    "--core -s !ABRT",
    "--oom -s any,!TERM",
    "-n !sh,s*",
    "-c /a -c !/b",
    "--unit a,!b",
    "--tree 1,!2",
    "-n !grep",
  ])("%s: no warning, since it can remove some", (line) => {
    expect(plan(line).warnings).toEqual([]);
  });
});

describe("units and containers without a cgroup:", () => {
  const absent = (isChecked: boolean) => (_paths: readonly string[], names?: object) => ({
    paths: [],
    missing: [],
    unseen: [],
    controller: V1Controller.none,
    absentNames: names
      ? [
          { kind: "unit" as const, name: "a b.service", isChecked },
          { kind: "container" as const, name: "0123456789ab", isChecked },
        ]
      : [],
  });

  test("a warning that says that the tracer waits", () => {
    expect(plan("--unit x", { findCgroups: absent(true) }).warnings).toEqual([
      "no cgroup of unit a b.service yet; waiting for it",
      "no cgroup of container 0123456789ab yet; waiting for it",
    ]);
    expect(plan("--unit x", { findCgroups: absent(false) }).warnings[1]).toBe(
      "cannot check from here whether there is a cgroup of container 0123456789ab; waiting for it",
    );
  });

  test("removed values alone: nothing is looked up, and no warning", () => {
    expect(plan("--unit !x --container !0123456789ab", { findCgroups: absent(true) }).warnings).toEqual([]);
    expect(plan("-c !/missing").warnings).toEqual([]);
  });
});

test("--args: the ring has room for arguments, although no column shows them", () => {
  expect(plan("--args=*x*").ringSize).toBe(4 * 1024 * 1024);
  expect(plan("").ringSize).toBe(2 * 1024 * 1024);
});
