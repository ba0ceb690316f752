/**
 * doctor reports the messages that a trace prints on the same system, and its last check is a
 * trace.
 */
import { describe, expect, test } from "bun:test";
import { copyFileSync, chmodSync } from "node:fs";
import { constants } from "node:os";
import { checks } from "../../src/doctor/checks.ts";
import { unsafe } from "../support/hostile-text.ts";
import { asNobody } from "../support/privileged.ts";
import { binary, fixture, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

interface Check {
  state: "yes" | "limited" | "no" | "unknown";
  found: string;
  advice: string | null;
  [fact: string]: unknown;
}

/** Bound on the run time of doctor, which allows for a busy machine. */
const MAX_MS = 15_000;

async function doctor(via: string[] = [], program = binary) {
  const start = performance.now();
  const { status, stdout, stderr } = await runToEnd([...via, program, "doctor", "--json"]);
  expect(performance.now() - start).toBeLessThan(MAX_MS);
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^\{[^\n]+\}\n$/);
  const { traces, checks: lines } = JSON.parse(stdout) as { traces: boolean; checks: Record<string, Check> };
  expect(status).toBe(traces ? 0 : 1);
  const keys = checks.map(({ key, facts }) => [key, ["state", "found", "advice", ...facts]]);
  expect(Object.entries(lines).map(([key, line]) => [key, Object.keys(line)])).toEqual(keys);
  return { status, lines };
}

/** Traces for 100 ms. Returns the status and the messages. */
async function trace(via: string[] = [], program = binary) {
  const { status, stderr } = await runToEnd([...via, program, "--for", "100ms"]);
  return { status, stderr };
}

const withOnly = (...names: string[]) => {
  const kept = names.map((name) => `,+${name}`).join("");
  return ["setpriv", "--bounding-set", `-all${kept}`, "--inh-caps", "-all", "--ambient-caps", "-all"];
};
const refusing = (...words: (string | number)[]) => [fixture("refuse"), ...words.map(String), "--"];
const hiding = (place: string) => ["unshare", "--mount", ...shell(`mount -t tmpfs tmpfs ${place} && exec "$@"`)];
const { EPERM, ENOSYS, EAGAIN } = constants.errno;
const BPF_RAW_TRACEPOINT_OPEN = 17;
const BPF_LINK_CREATE = 28;

test("doctor on this machine: each check has a result, and the trace saw two child processes exit", async () => {
  const { status, lines } = await doctor();
  expect(status).toBe(0);
  for (const [key, { state, found }] of Object.entries(lines)) {
    expect([key, state]).toEqual([key, expect.stringMatching(/^(yes|limited|unknown)$/)]);
    expect(found).not.toBe("");
  }
  expect(lines["tracing"]).toMatchObject({ state: "yes", deaths: 2, seen: 2, attach_ms: expect.any(Number) });
});

describe("doctor without --json", () => {
  /** The lines of the checks, without those that continue a long one. */
  const rows = (stdout: string) =>
    stdout.split("\n").filter((line) => /^\S.{14}  (?:yes|limited|no|unknown) /.test(line));

  test("doctor prints one aligned row for each check, in 80 columns, and the verdict last", async () => {
    const { status, stdout, stderr } = await runToEnd([binary, "doctor"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/\n\nOK: exitsnoop can trace on this machine[^\n]*\.\n$/);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(rows(stdout).map((row) => row.slice(0, 17).trim())).toEqual(checks.map(({ key, name = key }) => name));
    const starts = rows(stdout).map((row) => /^.{15}  (?:yes|limited|no|unknown) +(?=\S)/.exec(row)?.[0].length);
    expect(new Set(starts).size).toBe(1);
    expect(starts[0]).toBeGreaterThan(20);
  });

  test("doctor without capabilities prints the cause and the remedy first, and the remedy once", async () => {
    const { status, stdout } = await runToEnd([...withOnly(), binary, "doctor"]);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^Cannot trace: tracing needs CAP_BPF and CAP_PERFMON, [^.]+ missing\. Grant them: [^.]+PERFMON\.\n\n/,
    );
    expect(stdout.match(/--cap-add\s+BPF\s+--cap-add\s+PERFMON/g)).toHaveLength(1);
  });

  test("doctor prints colours only with --color always", async () => {
    const plain = await runToEnd([binary, "doctor"]);
    for (const line of plain.stdout.split("\n")) expect(line).not.toMatch(unsafe);
    const colored = await runToEnd([binary, "doctor", "--color", "always"]);
    expect(colored.stdout).toContain("\x1b[32myes\x1b[0m");
  });
});

/** Defects, each with the check that must report it. */
const defects: [what: string, via: string[], key: string][] = [
  ["root without capabilities", withOnly(), "capabilities"],
  ["CAP_BPF alone", withOnly("bpf"), "capabilities"],
  ["CAP_PERFMON alone", withOnly("perfmon"), "capabilities"],
  ["bpf(2) refused with EPERM", refusing(EPERM, "bpf"), "seccomp"],
  ["bpf(2) missing", refusing(ENOSYS, "bpf"), "seccomp"],
  ["no BTF", hiding("/sys/kernel/btf"), "btf"],
  ["no /sys", hiding("/sys"), "btf"],
];

describe("doctor where tracing fails", () => {
  test.each(defects)("%s: the check fails, and doctor and trace print the same message", async (_, via, key) => {
    const [{ status, lines }, tried] = [await doctor(via), await trace(via)];
    expect({ key, state: lines[key]!.state }).toEqual({ key, state: "no" });
    expect({ status, tried: tried.status }).toEqual({ status: 1, tried: 1 });
    const { found, advice } = lines["tracing"]!;
    expect(tried.stderr).toBe(`exitsnoop: ${found}: ${advice}\n`);
    expect(lines[key]).toMatchObject({ found, advice });
  });

  test("unprivileged user: doctor and trace print the same message, which proposes sudo", async () => {
    using folder = temporaryFolder();
    chmodSync(folder.path, 0o755);
    const program = `${folder.path}/exitsnoop`;
    copyFileSync(binary, program);
    const [{ lines }, tried] = [await doctor(asNobody(), program), await trace(asNobody(), program)];
    const { state, found, advice } = lines["tracing"]!;
    expect(state).toBe("no");
    expect({ found, advice }).toEqual({ found: "needs root", advice: "run it with sudo" });
    expect(tried).toEqual({ status: 1, stderr: "exitsnoop: needs root: run it with sudo\n" });
    expect(lines["capabilities"]).toMatchObject({
      found: "tracing needs CAP_BPF and CAP_PERFMON, which are missing",
      advice: expect.stringContaining(`setcap cap_bpf,cap_perfmon+ep ${program}`),
    });
  });

  const inside = ["unshare", "--user", "--map-root-user"];
  // the kernel denies user namespaces in a chroot
  test.if(Bun.spawnSync([...inside, "true"]).success)(
    "root of a user namespace: doctor and trace print the same message",
    async () => {
      const [{ lines }, tried] = [await doctor(inside), await trace(inside)];
      expect(lines["capabilities"]).toMatchObject({ state: "no", found: expect.stringContaining("user namespace") });
      expect(tried).toEqual({
        status: 1,
        stderr: `exitsnoop: ${lines["tracing"]!.found}: ${lines["tracing"]!.advice}\n`,
      });
    },
  );
});

describe("doctor under restrictions", () => {
  test.each([
    ["CAP_BPF and CAP_PERFMON", withOnly("bpf", "perfmon")],
    ["CAP_SYS_ADMIN", withOnly("sys_admin")],
  ])("doctor with %s alone: tracing works", async (_, via) => {
    const [{ status, lines }, tried] = [await doctor(via), await trace(via)];
    expect(lines["capabilities"]!.state).toBe("yes");
    expect({ status, tried: tried.status }).toEqual({ status: 0, tried: 0 });
  });

  test("SIGCHLD inherited as ignored: doctor sees its child processes exit", async () => {
    const { status, lines } = await doctor(["perl", "-e", '$SIG{CHLD} = "IGNORE"; exec @ARGV']);
    expect(lines["tracing"]).toMatchObject({ state: "yes", seen: 2 });
    expect(status).toBe(0);
  });

  test("seccomp filter that kills callers of bpf(2): doctor reports it and is not killed", async () => {
    const { lines } = await doctor(refusing("kill", "bpf"));
    expect(lines["seccomp"]).toMatchObject({ state: "no", found: "a seccomp filter kills processes that call bpf(2)" });
    expect(lines["tracing"]).toMatchObject({ state: "no", found: lines["seccomp"]!.found, seen: 0 });
  });

  test.each([
    ["BPF_RAW_TRACEPOINT_OPEN", BPF_RAW_TRACEPOINT_OPEN],
    ["BPF_LINK_CREATE", BPF_LINK_CREATE],
  ])("%s refused alone: doctor and trace succeed or fail alike", async (_, command) => {
    const via = refusing(EPERM, "bpf", command);
    const [{ status, lines }, tried] = [await doctor(via), await trace(via)];
    expect(lines).toMatchObject({ capabilities: { state: "yes" }, ring_buffer: { state: "yes" } });
    // kernels differ in which of the two they attach with
    expect(status).toBe(tried.status!);
    if (command === BPF_RAW_TRACEPOINT_OPEN) expect(lines["raw_tracepoints"]!.state).toBe("no");
  });

  test("fork() refused: doctor reports that no process can be started", async () => {
    // CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | SIGCHLD are the flags of fork(3); threads are
    // allowed
    const { lines } = await doctor(refusing(EAGAIN, "clone", 0x01200011));
    expect(lines["ring_buffer"]).toMatchObject({
      state: "unknown",
      found: "no process could be started for this check",
    });
    expect(lines["tracing"]).toMatchObject({
      state: "no",
      found: expect.stringContaining("no child process can be started"),
    });
  });

  test("native core that cannot be loaded: doctor reports why", async () => {
    const { lines } = await doctor(refusing(ENOSYS, "memfd_create"));
    expect(lines["libbpf"]!.state).toBe("no");
    expect(lines["ring_buffer"]).toMatchObject({
      state: "unknown",
      found: "this check needs the native core: see libbpf below",
    });
    expect(lines["tracing"]).toMatchObject({
      state: "no",
      found: lines["libbpf"]!.found,
      advice: lines["libbpf"]!.advice,
    });
  });

  test("PID namespace: doctor reports that pids are those of the host", async () => {
    const { status, lines } = await doctor(["unshare", "--pid", "--fork", "--mount-proc"]);
    expect(status).toBe(0);
    expect(lines["container"]).toMatchObject({ state: "limited", own_pid_namespace: true });
    expect(lines["tracing"]).toMatchObject({ state: "yes", seen: 2 });
  });

  test("time namespace: doctor reports its offset, and boot time is that of the host", async () => {
    const { status, lines } = await doctor(["unshare", "--time", "--boottime", "100000", "--fork"]);
    expect(status).toBe(0);
    expect(lines["clock"]).toMatchObject({ time_namespace_seconds: 100_000 });
    // the check fails if exit times are off by the namespace's offset
    expect(lines["tracing"]).toMatchObject({ state: "yes", seen: 2 });
    const { lines: outside } = await doctor();
    const booted = (checks: Record<string, Check>) => Date.parse(String(checks["clock"]!["booted"]));
    expect(Math.abs(booted(lines) - booted(outside))).toBeLessThan(1000);
  });

  test("lockdown file that claims confidentiality: the verdict is that of the trace", async () => {
    const fakeLockdown =
      "mount -t tmpfs tmpfs /sys/kernel/security && echo 'none integrity [confidentiality]' >/sys/kernel/security/lockdown";
    const { status, lines } = await doctor(["unshare", "--mount", ...shell(`${fakeLockdown} && exec "$@"`)]);
    expect(lines["lockdown"]).toMatchObject({ state: "no", level: "confidentiality" });
    expect({ status, state: lines["tracing"]!.state }).toEqual({ status: 0, state: "yes" });
  });
});

describe("command line of doctor", () => {
  test("doctor --help prints the options to stdout", async () => {
    const { status, stdout, stderr } = await runToEnd([binary, "doctor", "--help"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("--json");
  });

  test.each([[["--wibble"]], [["here"]], [["--", "true"]], [["--jsn"]], [["--color", "sometimes"]]])(
    "doctor %j: status 2 and one message",
    async (args) => {
      const { status, stdout, stderr } = await runToEnd([binary, "doctor", ...args]);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toMatch(/^exitsnoop: [^\n]+\n$/);
    },
  );
});
