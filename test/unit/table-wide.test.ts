import { describe, expect, test } from "bun:test";
import type { ColumnKey } from "../../src/output/index.ts";
import { exited, fakeExit, type Fields, header, killedBy, line } from "../support/fake-exit.ts";
import { contextOf } from "../support/fake-records.ts";
import { formatOf } from "../support/fake-host.ts";
import { unsafe } from "../support/hostile-text.ts";

const ID = "0123456789abcdef".repeat(4);
const UID = "01234567-89ab-cdef-0123-456789abcdef";
const context = contextOf({ 5: `/kubepods/pod${UID}/${ID}`, 6: "/user.slice" }, { 1000: "ann" });

/** Returns the table's text of one column. */
const cell = (key: ColumnKey, fields: Partial<Fields> = {}) => line(formatOf(`-C ${key}`), fakeExit(fields, context));

const killed: Partial<Fields> = {
  status: killedBy(11, true),
  killer: { kind: "process", pid: 4242, comm: "bash" },
  resources: { minorFaults: 78n, majorFaults: 2n, voluntarySwitches: 3n, involuntarySwitches: 4n },
  threads: 5,
  cgroupV2: 6n,
  args: ["which", "a b"],
  origin: {
    ancestors: [
      { pid: 42049, comm: "bash", start: 5n },
      { pid: 1, comm: "systemd", start: 1n },
    ],
    startedBy: { pid: 42049, comm: "bash", start: 5n },
    loginUid: 1000,
    sessionId: 7,
    sid: 42049,
    pgid: 42050,
    cwd: "/srv",
    hostname: "web-1",
    tty: "pts3",
  },
};

test("--wide: the header and a row", () => {
  expect(header(formatOf("-w"))).toBe(
    "TIME     PID     PPID    EXIT_CODE        DURATION_NS COMM            KILLED_BY                      PARENT          " +
      "USER     CPU_USER  CPU_SYS  MAX_RSS  MIN_FLT  MAJ_FLT   VOL_CS INVOL_CS     READ    WRITE THREADS NS_PID  LOCAL_PID " +
      "OOM CGROUP                   CONTAINER    POD                                  " +
      "ANCESTORS                      STARTED_BY      UNIT                     USER_UNIT                SLICE            " +
      "HOSTNAME         CONTAINER_NAME   POD_NAME                 NAMESPACE        " +
      "TTY      LOGIN_UID  SESSION_ID SID     PGID    CWD                      " +
      "CRASH                                    EXE                      ARGS\n",
  );
  expect(line(formatOf("-w"), fakeExit(killed, context))).toBe(
    "21:40:09 42050   42049   SIGSEGV+core         1234567 which           killed by bash[4242]           bash            " +
      "ann             0        0        0       78        2        3        4        0        0       5 42050   42050     " +
      "    /user.slice                                                                " +
      "systemd -> bash                bash                                                              user.slice       " +
      "web-1                                                                       " +
      "pts/3    1000       7          42049   42050   /srv                     " +
      "                                         /usr/bin/which           which 'a b'",
  );
});

test("--wide --threads: TID follows PID", () => {
  expect(header(formatOf("-wT"))).toStartWith("TIME     PID     TID     PPID    EXIT_CODE ");
  expect(line(formatOf("-wT"), { tid: 42051 })).toStartWith("21:40:09 42050   42051   42049   0 ");
});

test("resource columns: sizes and times have units, counts are whole, all are right-aligned", () => {
  const resources = {
    cpuUserNs: 1_500_000_000n,
    cpuSystemNs: 2_340_000n,
    maxRssBytes: 1_572_864n,
    minorFaults: 1_234_567n,
    readBytes: 512n,
    writeBytes: 23n * 2n ** 30n,
  };
  const all = "cpu_user_ns,cpu_system_ns,max_rss_bytes,minor_faults,read_bytes,write_bytes,threads,pid";
  expect(line(formatOf(`-C ${all}`), { resources, threads: 5 })).toBe(
    "   1.50s   2.34ms     1.5M  1234567      512      23G       5 42050",
  );
});

describe("--wide: unknown values are blank and leave the other columns in place", () => {
  const headings = header(formatOf("-w"));
  const row = (fields: Partial<Fields>) => line(formatOf("-w"), fakeExit({ ...killed, ...fields }, context));
  /** Returns the row with blanks between two terminal columns. */
  const blank = (from: number, to: number) => {
    const whole = row({});
    return whole.slice(0, from) + " ".repeat(to - from) + whole.slice(to);
  };

  test("the resource usage of a thread", () => {
    expect(row({ isProcess: false })).toBe(blank(headings.indexOf("USER") + 9, headings.indexOf("NS_PID")));
  });

  test("I/O on a kernel without I/O accounting", () => {
    expect(row({ hasIo: false })).toBe(blank(headings.indexOf("INVOL_CS") + 9, headings.indexOf("THREADS") - 1));
  });

  test("an unknown killer", () => {
    expect(row({ killer: undefined })).toBe(blank(headings.indexOf("KILLED_BY"), headings.indexOf("PARENT")));
  });

  test("an unknown cgroup, executable or arguments", () => {
    expect(row({ cgroupV2: 7n, origin: undefined })).toBe(blank(headings.indexOf("CGROUP"), headings.indexOf("EXE")));
    expect(row({ exe: null })).toBe(blank(headings.indexOf("EXE"), headings.indexOf("ARGS")));
    expect(row({ args: null })).toBe(row({}).slice(0, headings.indexOf("ARGS")));
  });

  test("the signal of a process that exited", () => {
    expect(line(formatOf("-C signal,pid"), { status: exited(3) })).toBe("            42050");
  });
});

describe("USER", () => {
  test("shows the user name, or the uid if no user has it", () => {
    expect(cell("uid", { uid: 1000 })).toBe("ann");
    expect(cell("uid", { uid: 4711 })).toBe("4711");
    expect(cell("uid", { uid: 0xffff_ffff })).toBe("4294967295");
  });

  test("escapes a hostile name from the user database", () => {
    const exit = fakeExit({ uid: 1 }, contextOf({}, { 1: "a\x1b[2J\n\u202e" }));
    expect(line(formatOf("-C uid"), exit)).toBe("$'a\\x1b[2J\\n\\xe2\\x80\\xae'");
  });
});

describe("ARGS", () => {
  test.each<[Fields["args"], boolean, string]>([
    [["sh", "-c", "echo $x"], false, "sh -c 'echo $x'"],
    [["a\nb", "\x1b[2J"], false, "$'a\\nb' $'\\x1b[2J'"],
    [[""], false, "''"],
    [[], false, ""],
    [["cc", "-o"], true, "cc -o ..."],
    [["a", "", "b"], false, "a '' b"],
  ])("shows words quoted for a shell: %j, truncated: %p, as %j", (args, isCut, text) => {
    expect(cell("args", { args, isCut })).toBe(text);
  });

  test("leaves out the NULs after a process title", () => {
    const title = new TextEncoder().encode(`nginx: worker process${"\0".repeat(20)}`);
    expect(cell("args", { args: title })).toBe("'nginx: worker process'");
  });
});

test("-C: other columns have the values of CSV", () => {
  const fields = { ...killed, isDeleted: true, cgroupV2: 5n, isCut: true };
  expect(cell("signal", fields)).toBe("SIGSEGV");
  expect(cell("core_dumped", fields)).toBe("true");
  expect(cell("args_truncated", fields)).toBe("true");
  expect(cell("cgroup", fields)).toBe(`/kubepods/pod${UID}/${ID}`);
  expect(cell("container_id", fields)).toBe(ID);
  expect(cell("pod_uid", fields)).toBe(UID);
  expect(cell("exe", fields)).toBe("/usr/bin/which (deleted)");
});

test("--wide: escapes every name that a process chooses", () => {
  const hostile = "\x1b]0;x\x07\u202e\n";
  const fields = { comm: hostile, parentComm: hostile, args: [hostile, hostile], exe: `/${hostile}`, cgroupV2: 9n };
  const killer = { kind: "process", comm: hostile } as const;
  const format = formatOf("-w");
  const exit = fakeExit(
    { ...fields, status: killedBy(9), killer, uid: 9 },
    contextOf({ 9: `/${hostile}` }, { 9: hostile }),
  );
  expect(line(format, exit)).not.toMatch(unsafe);
});

describe("a name in a table", () => {
  const keys = ["comm", "parent_comm", "uid", "cgroup", "exe"] as const;
  const shown = (name: string) => {
    const fields = { comm: name, parentComm: name, exe: `/${name}`, cgroupV2: 9n, uid: 9 };
    const exit = fakeExit(fields, contextOf({ 9: `/${name}` }, { 9: name }));
    return keys.map((key) => line(formatOf(`-C ${key}`), exit));
  };

  test.each([
    ["killed by su[1]", "'", "killed by su[1]'"],
    ["a  b", "'", "a  b'"],
    ["\\x1b", "'", "\\x1b'"],
    ["\x1b", "$'", "\\x1b'"],
    ["a'", "'", "a'\\'''"],
    ['"x"', "'", '"x"\''],
    ["a\u3164b", "$'", "a\\xe3\\x85\\xa4b'"],
  ])("the ambiguous name %j: quoted, begins with %s, ends with %s", (name, before, after) => {
    expect(shown(name)).toEqual(["", "", "", "/", "/"].map((root) => `${before}${root}${after}`));
  });

  test.each(["which", "kworker/0:1-ev", "(sd-pam)", "[", "größe", "漢字🦀", "$x;y|z", "e\u0301"])(
    "the unambiguous name %j: not quoted",
    (name) => {
      expect(shown(name)).toEqual([name, name, name, `/${name}`, `/${name}`]);
    },
  );

  test("a deleted executable: the path is quoted, the added (deleted) is not", () => {
    expect(cell("exe", { exe: "/a b", isDeleted: true })).toBe("'/a b' (deleted)");
    expect(cell("exe", { exe: "/a (deleted)" })).toBe("'/a (deleted)'");
  });
});
