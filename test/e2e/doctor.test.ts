/** What the doctor says is what happens: its words are those of tracing itself, and its last check is one. */
import { describe, expect, test } from "bun:test";
import { copyFileSync, chmodSync } from "node:fs";
import { constants } from "node:os";
import { checks } from "../../src/doctor/checks.ts";
import { unsafe } from "../support/hostile-text.ts";
import { binary, fixture, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

interface Line {
  state: "yes" | "limited" | "no" | "unknown";
  found: string;
  advice: string | null;
  [fact: string]: unknown;
}

/** "always end within a few seconds", on a machine that is not ours alone. */
const LONGEST = 15_000;

async function doctor(via: string[] = [], program = binary) {
  const start = performance.now();
  const { status, stdout, stderr } = await runToEnd([...via, program, "doctor", "--json"]);
  expect(performance.now() - start).toBeLessThan(LONGEST);
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^\{[^\n]+\}\n$/);
  const { traces, checks: lines } = JSON.parse(stdout) as { traces: boolean; checks: Record<string, Line> };
  expect(status).toBe(traces ? 0 : 1);
  const keys = checks.map(({ key, facts }) => [key, ["state", "found", "advice", ...facts]]);
  expect(Object.entries(lines).map(([key, line]) => [key, Object.keys(line)])).toEqual(keys);
  return { status, lines };
}

/** What tracing says for itself. */
async function trace(via: string[] = [], program = binary) {
  const { status, stderr } = await runToEnd([...via, program, "--for", "100ms"]);
  return { status, stderr };
}

const nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
const only = (...names: string[]) => {
  const kept = names.map((name) => `,+${name}`).join("");
  return ["setpriv", "--bounding-set", `-all${kept}`, "--inh-caps", "-all", "--ambient-caps", "-all"];
};
const refuse = (...words: (string | number)[]) => [fixture("refuse"), ...words.map(String), "--"];
const hide = (place: string) => ["unshare", "--mount", ...shell(`mount -t tmpfs tmpfs ${place} && exec "$@"`)];
const { EPERM, ENOSYS, EAGAIN } = constants.errno;
const BPF_RAW_TRACEPOINT_OPEN = 17;
const BPF_LINK_CREATE = 28;

test("here: everything is told, and two children were seen to die", async () => {
  const { status, lines } = await doctor();
  expect(status).toBe(0);
  for (const [key, { state, found }] of Object.entries(lines)) {
    expect([key, state]).toEqual([key, expect.stringMatching(/^(yes|limited|unknown)$/)]);
    expect(found).not.toBe("");
  }
  expect(lines["tracing"]).toMatchObject({ state: "yes", deaths: 2, seen: 2, attach_ms: expect.any(Number) });
});

describe("for people", () => {
  const rows = (stdout: string) => stdout.split("\n").slice(stdout.split("\n").indexOf("") + 1, -1);

  test("the verdict comes first, then a line for each check, aligned", async () => {
    const { status, stdout, stderr } = await runToEnd([binary, "doctor"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^exitsnoop traces here[^\n]*\n\n/);
    expect(rows(stdout).map((row) => row.slice(0, 17).trim())).toEqual(checks.map(({ key, name = key }) => name));
    const starts = rows(stdout).map((row) => /^.{15}  (?:yes|limited|no|unknown) +(?=\S)/.exec(row)?.[0].length);
    expect(new Set(starts).size).toBe(1);
    expect(starts[0]).toBeGreaterThan(20);
  });

  test("where it does not work, why and what to do comes first", async () => {
    const { status, stdout } = await runToEnd([...only(), binary, "doctor"]);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^exitsnoop cannot trace here: tracing needs CAP_BPF and CAP_PERFMON, [^\n]+ missing\nWhat to do: [^\n]+\n\n/,
    );
    // said once
    expect(stdout.match(/--cap-add BPF --cap-add PERFMON/g)).toHaveLength(1);
  });

  test("colours only where they were asked for", async () => {
    const plain = await runToEnd([binary, "doctor"]);
    for (const line of plain.stdout.split("\n")) expect(line).not.toMatch(unsafe);
    const colored = await runToEnd([binary, "doctor", "--color", "always"]);
    expect(colored.stdout).toContain("\x1b[32myes\x1b[0m");
  });
});

/** What is done to it, the check that must say so, and its state. */
const bad: [what: string, via: string[], key: string][] = [
  ["root without capabilities", only(), "capabilities"],
  ["CAP_BPF alone", only("bpf"), "capabilities"],
  ["CAP_PERFMON alone", only("perfmon"), "capabilities"],
  ["bpf(2) is refused", refuse(EPERM, "bpf"), "seccomp"],
  ["bpf(2) is not there", refuse(ENOSYS, "bpf"), "seccomp"],
  ["no BTF", hide("/sys/kernel/btf"), "btf"],
  ["no /sys", hide("/sys"), "btf"],
];

describe("where tracing does not work, both say why in the same words:", () => {
  test.each(bad)("%s", async (_, via, key) => {
    const [{ status, lines }, tried] = [await doctor(via), await trace(via)];
    expect({ key, state: lines[key]!.state }).toEqual({ key, state: "no" });
    expect({ status, tried: tried.status }).toEqual({ status: 1, tried: 1 });
    const { found, advice } = lines["tracing"]!;
    expect(tried.stderr).toBe(`exitsnoop: ${found}: ${advice}\n`);
    expect(lines[key]).toMatchObject({ found, advice });
  });

  test("an ordinary user", async () => {
    using folder = temporaryFolder();
    chmodSync(folder.path, 0o755);
    const program = `${folder.path}/exitsnoop`;
    copyFileSync(binary, program);
    const [{ lines }, tried] = [await doctor(nobody, program), await trace(nobody, program)];
    const { state, found, advice } = lines["tracing"]!;
    expect(state).toBe("no");
    expect(found).toStartWith("tracing needs root");
    expect(tried).toEqual({ status: 1, stderr: `exitsnoop: ${found}: ${advice}\n` });
    expect(advice).toStartWith("use sudo");
  });

  test("root of a user namespace", async () => {
    const inside = ["unshare", "--user", "--map-root-user"];
    // the kernel gives none to who lives in a chroot
    if ((await runToEnd([...inside, "true"])).status !== 0) return;
    const [{ lines }, tried] = [await doctor(inside), await trace(inside)];
    expect(lines["capabilities"]).toMatchObject({ state: "no", found: expect.stringContaining("user namespace") });
    expect(tried).toEqual({
      status: 1,
      stderr: `exitsnoop: ${lines["tracing"]!.found}: ${lines["tracing"]!.advice}\n`,
    });
  });
});

describe("what works by halves", () => {
  test.each([
    ["CAP_BPF and CAP_PERFMON", only("bpf", "perfmon")],
    ["CAP_SYS_ADMIN", only("sys_admin")],
  ])("%s are enough", async (_, via) => {
    const [{ status, lines }, tried] = [await doctor(via), await trace(via)];
    expect(lines["capabilities"]!.state).toBe("yes");
    expect({ status, tried: tried.status }).toEqual({ status: 0, tried: 0 });
  });

  test("whoever started it does not want to hear of children", async () => {
    const { status, lines } = await doctor(["perl", "-e", '$SIG{CHLD} = "IGNORE"; exec @ARGV']);
    expect(lines["tracing"]).toMatchObject({ state: "yes", seen: 2 });
    expect(status).toBe(0);
  });

  test("whoever calls bpf(2) is killed: the doctor is not", async () => {
    const { lines } = await doctor(refuse("kill", "bpf"));
    expect(lines["seccomp"]).toMatchObject({ state: "no", found: "a seccomp filter kills processes that call bpf(2)" });
    expect(lines["tracing"]).toMatchObject({ state: "no", found: lines["seccomp"]!.found, seen: 0 });
  });

  test.each([
    ["the raw tracepoint", BPF_RAW_TRACEPOINT_OPEN],
    ["the last step, attaching", BPF_LINK_CREATE],
  ])("%s alone is refused", async (_, command) => {
    const via = refuse(EPERM, "bpf", command);
    const [{ status, lines }, tried] = [await doctor(via), await trace(via)];
    expect(lines).toMatchObject({ capabilities: { state: "yes" }, ring_buffer: { state: "yes" } });
    // which of the two a kernel attaches by is its own
    expect(status).toBe(tried.status!);
    if (command === BPF_RAW_TRACEPOINT_OPEN) expect(lines["raw_tracepoints"]!.state).toBe("no");
  });

  test("no process can be started", async () => {
    // CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | SIGCHLD, as fork(3) has it; threads may be made
    const { lines } = await doctor(refuse(EAGAIN, "clone", 0x01200011));
    expect(lines["ring_buffer"]).toMatchObject({ state: "unknown", found: "no process can be started to try it" });
    expect(lines["tracing"]).toMatchObject({
      state: "no",
      found: expect.stringContaining("no child process can be started"),
    });
  });

  test("not even its native core can be loaded", async () => {
    const { lines } = await doctor(refuse(ENOSYS, "memfd_create"));
    expect(lines["libbpf"]!.state).toBe("no");
    expect(lines["ring_buffer"]).toMatchObject({ state: "unknown", found: "needs the native core: see libbpf below" });
    expect(lines["tracing"]).toMatchObject({
      state: "no",
      found: lines["libbpf"]!.found,
      advice: lines["libbpf"]!.advice,
    });
  });

  test("in a PID namespace the pids are the host's, and that is said", async () => {
    const { status, lines } = await doctor(["unshare", "--pid", "--fork", "--mount-proc"]);
    expect(status).toBe(0);
    expect(lines["container"]).toMatchObject({ state: "limited", own_pid_namespace: true });
    expect(lines["tracing"]).toMatchObject({ state: "yes", seen: 2 });
  });

  test("in a time namespace", async () => {
    const { status, lines } = await doctor(["unshare", "--time", "--boottime", "100000", "--fork"]);
    expect(status).toBe(0);
    expect(lines["clock"]).toMatchObject({ time_namespace_seconds: 100_000 });
    // the deaths were seen when they happened
    expect(lines["tracing"]).toMatchObject({ state: "yes", seen: 2 });
    const { lines: outside } = await doctor();
    const booted = (told: Record<string, Line>) => Date.parse(String(told["clock"]!["booted"]));
    expect(Math.abs(booted(lines) - booted(outside))).toBeLessThan(1000);
  });

  test("what the last check has seen counts, and not what a file says", async () => {
    const lie =
      "mount -t tmpfs tmpfs /sys/kernel/security && echo 'none integrity [confidentiality]' >/sys/kernel/security/lockdown";
    const { status, lines } = await doctor(["unshare", "--mount", ...shell(`${lie} && exec "$@"`)]);
    expect(lines["lockdown"]).toMatchObject({ state: "no", level: "confidentiality" });
    expect({ status, state: lines["tracing"]!.state }).toEqual({ status: 0, state: "yes" });
  });
});

describe("its command line", () => {
  test("help is for the asking", async () => {
    const { status, stdout, stderr } = await runToEnd([binary, "doctor", "--help"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("--json");
  });

  test.each([[["--wibble"]], [["here"]], [["--", "true"]], [["--jsn"]], [["--color", "sometimes"]]])(
    "%j is wrong",
    async (args) => {
      const { status, stdout, stderr } = await runToEnd([binary, "doctor", ...args]);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toMatch(/^exitsnoop: [^\n]+\n$/);
    },
  );
});
