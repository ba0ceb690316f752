/**
 * COMMAND inherits the caller's state, and its record covers it alone, as if the caller had
 * executed it directly.
 */
import { describe, expect, test } from "bun:test";
import { asNobody } from "../support/privileged.ts";
import { Terminal } from "../support/terminal.ts";
import { binary, fixture, parseEvents, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

const quiet = ["--quiet", "--output", "/dev/null", "--"];

/** Runs test/fixtures/inherited.c after `via`, without a tracer and with one. */
async function inheritedStates(via: string[]) {
  const command = [fixture("inherited"), "a b", ""];
  // both runs get equal descriptors; those of pipes would differ in their inode numbers
  const [toFile, env] = [shell('"$@" <&- </dev/null 2>&1'), { A_VARIABLE: "x" }];
  const plain = await runToEnd([...toFile, ...via, ...command], { env });
  const traced = await runToEnd([...toFile, ...via, binary, ...quiet, ...command], { env });
  const withoutPipes = (text: string) => text.replace(/(pipe|socket):\[\d+\]/g, "$1");
  return { plain: withoutPipes(plain.stdout), traced: withoutPipes(traced.stdout), status: traced.status };
}

const perl = (script: string) => ["perl", "-e", `use POSIX (); ${script}; exec @ARGV or die`];
/** Blocks these signals with sigprocmask(SIG_BLOCK, …). */
const blocking = (...signals: string[]) =>
  perl(`POSIX::sigprocmask(0, POSIX::SigSet->new(${signals.join(", ")})) or die`);

describe("COMMAND inherits the caller's state", () => {
  test.each<[string, string[]]>([
    ["defaults", []],
    ["descriptors from 4 on", shell('exec 4</etc/passwd 5>>/dev/null 7<>/dev/zero 9<&0; exec "$@"')],
    ["descriptors beyond a thousand", ["bash", "-c", 'exec 1500</etc/passwd 64</dev/null; exec "$@"', "bash"]],
    ["a closed stdin", shell('exec "$@" <&-')],
    ["a soft limit of open files below the hard one", ["bash", "-c", 'ulimit -Sn 1024; exec "$@"', "bash"]],
    ["a hard limit of open files", ["bash", "-c", 'ulimit -n 300; exec "$@"', "bash"]],
    ["fewer open files than the tracer needs", ["bash", "-c", 'ulimit -Sn 32; exec "$@"', "bash"]],
    ["a small stack, little address space", ["bash", "-c", 'ulimit -Ss 300; ulimit -Sv 2000000; exec "$@"', "bash"]],
    ["other limits", ["bash", "-c", 'ulimit -c 0 -t 5000 -f 100000; exec "$@"', "bash"]],
    ["ignored signals", perl('$SIG{$_} = "IGNORE" for qw(HUP INT QUIT PIPE USR1 TERM CHLD TTOU PWR XFSZ NUM40)')],
    ["blocked signals", blocking("1", "10", "14", "15", "17", "22", "30", "40")],
    ["priority, processors, oom_score_adj", shell('echo 300 >/proc/self/oom_score_adj; exec nice -n 5 taskset 1 "$@"')],
    ["a realtime policy that forks do not inherit", ["chrt", "--reset-on-fork", "--fifo", "3"]],
    ["such a policy and a nice value", ["nice", "-n", "7", "chrt", "--reset-on-fork", "--fifo", "3"]],
    ["a batch policy", ["chrt", "--batch", "0"]],
    ["umask, folder, personality", shell('umask 027; cd /usr; exec setarch --addr-no-randomize "$@"')],
    ["timers", perl("require Time::HiRes; Time::HiRes::setitimer($_, 60 + $_, 7) for 0, 1, 2")],
    ["ambient capabilities", ["setpriv", "--inh-caps=+net_raw", "--ambient-caps=+net_raw"]],
    ["PR_SET_PDEATHSIG", ["setpriv", "--pdeathsig", "USR2"]],
    ["no new privileges", ["setpriv", "--no-new-privs"]],
  ])("COMMAND inherits the caller's state: %s", async (_, via) => {
    const { plain, traced, status } = await inheritedStates(via);
    expect(plain).toContain("variable A_VARIABLE=x\n");
    expect({ traced, status }).toEqual({ traced: plain, status: 0 });
  });

  test("COMMAND inherits the descriptor of a process substitution, and make's jobserver", async () => {
    const cat = await runToEnd(["bash", "-c", '"$@" <(echo hi)', "bash", binary, ...quiet, "cat"]);
    expect({ stdout: cat.stdout, stderr: cat.stderr }).toEqual({ stdout: "hi\n", stderr: "" });
    using folder = temporaryFolder();
    const rule = `all:\n\t+@${[binary, ...quiet].join(" ")} $(MAKE) -f inner\n`;
    await Bun.write(`${folder.path}/outer`, rule);
    await Bun.write(`${folder.path}/inner`, "all: a b\na b:\n\t@echo $@\n");
    const make = await runToEnd(["make", "-j2", "-f", "outer"], { cwd: folder.path });
    expect(make.stderr + make.stdout).not.toContain("jobserver");
    expect(make.status).toBe(0);
  });

  test("COMMAND of a tracer that is process 1 inherits the soft limit of open files", async () => {
    const command = [binary, ...quiet, ...shell("ulimit -Sn; ulimit -Hn")];
    const { stdout } = await runToEnd([
      ...["bash", "-c", 'ulimit -Sn 1000; exec "$@"', "bash", "unshare", "--pid", "--fork", "--mount-proc"],
      ...command,
    ]);
    expect(stdout.split("\n")[0]).toBe("1000");
  });
});

describe("COMMAND's record covers COMMAND alone", () => {
  test("COMMAND's maximum RSS and duration are those of a child of a small parent", async () => {
    const min = { kb: Number.POSITIVE_INFINITY, rss: Number.POSITIVE_INFINITY, ns: Number.POSITIVE_INFINITY };
    for (let i = 0; i < 7; i++) {
      const { stdout } = await runToEnd([fixture("wait-usage"), "true"]);
      const traced = await runToEnd([binary, "-q", "-j", "-w", "-o", "-", "--", "true"]);
      const [{ max_rss_bytes, duration_ns }] = parseEvents(traced.stdout).events as unknown as [
        { max_rss_bytes: number; duration_ns: number },
      ];
      min.kb = Math.min(min.kb, Number.parseInt(stdout));
      min.rss = Math.min(min.rss, max_rss_bytes);
      min.ns = Math.min(min.ns, duration_ns);
    }
    expect(min.rss / 1024).toBeWithin(min.kb / 2, min.kb * 1.5);
    // a set-up before the exec that forks the runtime takes 3 ms
    expect(min.ns).toBeLessThan(2.5e6);
  });
});

describe("--as", () => {
  test("--as with a uid that has no user entry: the gid is the uid, no groups, home /", async () => {
    const script = 'id -u; id -g; echo "$HOME"; grep -E "^Groups" /proc/self/status';
    const { stdout, stderr } = await runToEnd([
      binary,
      "--quiet",
      "-o",
      "/dev/null",
      "--as",
      "54321",
      "--",
      ...shell(script),
    ]);
    expect({ stdout: stdout.replace(/\s+$/, ""), stderr }).toEqual({ stdout: "54321\n54321\n/\nGroups:", stderr: "" });
  });

  test("--as with the uid of a user means that user", async () => {
    const script = 'id -un; echo "$HOME"';
    const asName = await runToEnd([binary, "-q", "-o", "/dev/null", "--as", "nobody", "--", ...shell(script)]);
    const asUid = await runToEnd([binary, "-q", "-o", "/dev/null", "--as", "65534", "--", ...shell(script)]);
    expect(asUid.stdout).toBe(asName.stdout);
  });

  test("--as changes the user's variables and no others", async () => {
    const env = { MARK: "1", HOME: "/root", USER: "root", LOGNAME: "root", SHELL: "/bin/bash" };
    const { stdout } = await runToEnd([binary, "-q", "-o", "/dev/null", "--as", "nobody", "--", "env"], { env });
    const expected = Object.entries({ ...process.env, ...env })
      .map(([name, value]) => `${name}=${value}`)
      .filter((line) => !/^(HOME|USER|LOGNAME|SHELL|_)=/.test(line));
    const others = stdout.split("\n").filter((line) => line && !/^(HOME|USER|LOGNAME|SHELL|_)=/.test(line));
    expect(others.toSorted()).toEqual(expected.toSorted());
  });

  test("--as: COMMAND cannot type or paste into the terminal that it shares", async () => {
    for (const request of ["0x5412", "0x541C"]) {
      const script = `print ioctl(STDIN, ${request}, my $text = "x") ? "typed" : "refused: $!"`;
      const terminal = new Terminal([binary, "-q", "-o", "/dev/null", "--as", "nobody", "--", "perl", "-e", script]);
      await terminal.end();
      expect([request, terminal.shown]).toEqual([request, "refused: Operation not permitted"]);
    }
  });

  test("--as: COMMAND has no capability if the tracer has ambient ones", async () => {
    using folder = temporaryFolder();
    await runToEnd(["chmod", "755", folder.path]);
    await runToEnd(["cp", binary, `${folder.path}/exitsnoop`]);
    const tracer = [...asNobody("bpf", "perfmon", "setuid", "setgid"), `${folder.path}/exitsnoop`];
    const command = ["grep", "-E", "^(Uid|Cap(Inh|Prm|Eff|Amb))", "/proc/self/status"];
    const { stdout, stderr } = await runToEnd([...tracer, "-q", "-o", "/dev/null", "--as", "54321", "--", ...command], {
      cwd: "/",
    });
    const none = "0000000000000000";
    const capabilities = ["CapInh", "CapPrm", "CapEff", "CapAmb"].map((name) => `${name}:\t${none}\n`).join("");
    expect({ stdout, stderr }).toEqual({ stdout: `Uid:\t54321\t54321\t54321\t54321\n${capabilities}`, stderr: "" });
  });
});
