/**
 * A tracer runs as root in any folder and with any environment: neither may make it run a program
 * or write a file.
 */
import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { whileProcessesExit, binary, fixture, runToEnd, shell, temporaryFolder, Tracer } from "../support/tracer.ts";

const root = new URL("../..", import.meta.url).pathname;
const modules = ["citty", "consola", "consola/core", "valibot"];

/**
 * Creates a folder with configuration, modules and variables that make bun run a program, which
 * creates the file `pwned`.
 */
function trappedFolder() {
  const folder = temporaryFolder();
  const put = (name: string, text: string) => {
    mkdirSync(dirname(`${folder.path}/${name}`), { recursive: true });
    writeFileSync(`${folder.path}/${name}`, text);
  };
  const evil = `require("node:fs").writeFileSync(${JSON.stringify(`${folder.path}/pwned`)}, ""); console.log("pwned");\n`;
  put("evil.js", evil);
  const bunfig = `preload = ["./evil.js"]\n[test]\npreload = ["./evil.js"]\n[run]\nbun = true\nshell = "system"\n`;
  put("bunfig.toml", bunfig);
  put(".bunfig.toml", bunfig);
  const variables = "BUN_OPTIONS=--preload=./evil.js\nNO_COLOR=1\nTZ=Pacific/Kiritimati\nFORCE_COLOR=3\n";
  for (const name of [".env", ".env.local", ".env.production", ".env.development"]) put(name, variables);
  const paths = Object.fromEntries(["*", ...modules].map((name) => [name, ["./evil.js"]]));
  put("tsconfig.json", JSON.stringify({ compilerOptions: { baseUrl: ".", paths } }));
  put("package.json", JSON.stringify({ name: "trap", main: "./evil.js", imports: { "#*": "./evil.js" } }));
  for (const name of modules) put(`node_modules/${name}/index.js`, evil);
  put("libc.so.6", "not a library");
  const listing = () => readdirSync(folder.path, { recursive: true }).toSorted();
  return { ...folder, before: listing(), listing };
}

test("trapped folder: bun runs the traps there", async () => {
  using folder = trappedFolder();
  const { stdout } = await runToEnd([process.execPath, "-e", "console.log(process.env.TZ)"], {
    cwd: folder.path,
    env: { TZ: undefined },
  });
  expect(stdout).toBe("pwned\nPacific/Kiritimati\n");
  expect(existsSync(`${folder.path}/pwned`)).toBe(true);
});

describe("working directory", () => {
  test("working directory with traps: output and files are as elsewhere", async () => {
    using folder = trappedFolder();
    const env = { TZ: undefined };
    const trapped = await Tracer.start([], { cwd: folder.path, env });
    const free = await Tracer.start([], { env });
    const { pid } = await runToEnd([fixture("rename"), "78", "9"]);
    const [there, here] = [await trapped.end(), await free.end()];
    const hour = new RegExp(`^(\\d\\d):\\d\\d:\\d\\d +${pid} +${process.pid} +9 +\\d+ x$`, "m");
    expect(hour.exec(there.stdout)?.[1]).toBe(hour.exec(here.stdout)?.[1] ?? "no line");
    expect(there.status).toBe(0);
    expect(there.stdout + there.stderr).not.toMatch(/pwned|\x1b/);
    expect(folder.listing()).toEqual(folder.before);
  });

  test("working directory with a .env file: its variables do not change colours", async () => {
    using folder = trappedFolder();
    const env = { EXITSNOOP: binary, TERM: "xterm", NO_COLOR: undefined };
    const command = ["script", "--quiet", "--return", "--command", '"$EXITSNOOP" --count 1', "/dev/null"];
    const { stdout, status } = await whileProcessesExit(runToEnd(command, { cwd: folder.path, env }));
    expect(status).toBe(0);
    expect(stdout).toContain("\x1b[1mTIME");
    const colorless = await whileProcessesExit(runToEnd(command, { cwd: folder.path, env: { ...env, NO_COLOR: "1" } }));
    expect(colorless.stdout).toMatch(/^TIME/m);
    expect(colorless.stdout).not.toContain("\x1b");
  });

  test("working directory that is removed: exitsnoop traces", async () => {
    using folder = temporaryFolder();
    const command = [...shell(`mkdir gone && cd gone && rmdir "$PWD" && exec "$@"`), binary, "--for", "100ms"];
    expect((await runToEnd(command, { cwd: folder.path })).status).toBe(0);
  });
});

const variables: Record<string, string>[] = [
  { BUN_BE_BUN: "1" },
  { BUN_OPTIONS: "--preload=./evil.js" },
  { BUN_OPTIONS: "--cpu-prof --heap-prof" },
  { BUN_OPTIONS: "--eval 1 --inspect=127.0.0.1:0" },
  { BUN_INSPECT: "127.0.0.1:0/exitsnoop" },
  { BUN_INSPECT: "ws+unix://./socket" },
  { BUN_INSPECT_PRELOAD: "./evil.js", BUN_INSPECT: "127.0.0.1:0/exitsnoop" },
  { BUN_INSPECT_CONNECT_TO: "127.0.0.1:9" },
  { NODE_OPTIONS: "--require=./evil.js --inspect=127.0.0.1:0" },
  { BUN_BYTECODE_ORDER_OUT: "./out", BUN_BYTECODE_ORDER_NAMES_OUT: "./out2", BUN_BYTECODE_DIGEST_OUT: "./out3" },
  { BUN_TRACE: "./out", BUN_WATCHER_TRACE: "./out2" },
  { BUN_CONFIG_FILE: "./bunfig.toml", BUN_CONFIG_PRELOAD: "./evil.js", BUN_CONFIG_VERBOSE_FETCH: "1" },
  { HOME: ".", XDG_CONFIG_HOME: ".", BUN_INSTALL: "." },
  { NODE_PATH: "./node_modules", NODE_ENV: "production" },
  { NODE_V8_COVERAGE: "./out", NODE_COMPILE_CACHE: "./out2", NODE_REDIRECT_WARNINGS: "./out3" },
  { BUN_RUNTIME_TRANSPILER_CACHE_PATH: "./out", BUN_TMPDIR: ".", TMPDIR: ".", TMP: "." },
  { NODE_CHANNEL_FD: "1" },
  { BUN_CRASH_REPORT_URL: "http://127.0.0.1:9/", BUN_ENABLE_CRASH_REPORTING: "1", BUN_DEBUG_QUIET_LOGS: "0" },
  { BUN_FEATURE_FLAG_NO_ORPHANS: "1", BUN_GC_TIMER_DISABLE: "1", BUN_DESTRUCT_VM_ON_EXIT: "1" },
  { LIBBPF_BPF_TOKEN_PATH: "./no-such-place" },
  { LIBBPF_LOG_LEVEL: "debug", LIBBPF_STRICT_MODE: "0xffffffff", DEBUGINFOD_URLS: "http://127.0.0.1:9/" },
  { MIMALLOC_VERBOSE: "1", MIMALLOC_SHOW_STATS: "1", MIMALLOC_SHOW_ERRORS: "1" },
  { MIMALLOC_RESERVE_OS_MEMORY: "1000000", mimalloc_verbose: "1" },
  { SIMDUTF_FORCE_IMPLEMENTATION: "nonsense" },
  { JavaScriptCoreUseJIT: "0", JSC_useJIT: "0", JSC_dumpOptions: "3" },
  { LOCPATH: ".", NLSPATH: "./%N", TZDIR: ".", RES_OPTIONS: "debug", HOSTALIASES: "./.env", LOCALDOMAIN: "x" },
  { SSL_CERT_FILE: "./.env", NODE_EXTRA_CA_CERTS: "./.env", NODE_TLS_REJECT_UNAUTHORIZED: "0", SSLKEYLOGFILE: "./out" },
];

/** Variables that set options of the JavaScript engine. */
const engine: Record<string, string>[] = [
  { BUN_JSC_useJITDump: "1", BUN_JSC_jitDumpDirectory: "." },
  { BUN_JSC_useSamplingProfiler: "1", BUN_JSC_samplingProfilerPath: "." },
  { BUN_JSC_dumpOptions: "3" },
  { BUN_JSC_useJIT: "0" },
];

/** The sockets among a process's descriptors, except its standard streams and their duplicates. */
function sockets(pid: number): string[] {
  const links = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [[Number(fd), readlinkSync(`/proc/${pid}/fd/${fd}`)] as const];
    } catch {
      // closed meanwhile
      return [];
    }
  });
  const standard = new Set(links.flatMap(([fd, link]) => (fd <= 2 ? [link] : [])));
  return links.flatMap(([, link]) => (link.startsWith("socket:") && !standard.has(link) ? [link] : []));
}

describe("environment", () => {
  test.each(variables)("environment %j: output, sockets and files are as without it", async (env) => {
    using folder = trappedFolder();
    const version = await runToEnd([binary, "--version"], { cwd: folder.path, env });
    expect(version).toMatchObject({ status: 0, stderr: "" });
    expect(version.stdout).toMatch(/^exitsnoop \d+\.\d+\.\d+\n/);
    const tracer = await Tracer.start(["--json"], { cwd: folder.path, env });
    expect(sockets(tracer.process.pid)).toEqual([]);
    const { pid } = await runToEnd([fixture("rename"), "78", "9"]);
    const { status, events, stdout, stderr } = await tracer.end();
    expect(status).toBe(0);
    expect(events.filter((event) => event.pid === pid && event.ppid === process.pid)).toMatchObject([{ exit_code: 9 }]);
    expect(stdout).toMatch(/^(\{"event":[^\n]+\}\n)+$/);
    expect(stderr).toMatch(/^Tracing [^\n]+\n(exitsnoop: \d+ exits? lost[^\n]+\n)*\d+ exits? in [^\n]*, \d+ lost\n$/);
    expect(folder.listing()).toEqual(folder.before);
  });

  test.each(engine)("environment %j: sets no option of the JavaScript engine", async (env) => {
    using folder = trappedFolder();
    const { status, stdout, stderr } = await runToEnd([binary, "--version"], { cwd: folder.path, env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^exitsnoop \d+\.\d+\.\d+\n/);
    expect(folder.listing()).toEqual(folder.before);
  });

  test("environment with all names in the runtime and the native core: the runtime sees only the needed ones", async () => {
    using folder = temporaryFolder();
    writeFileSync(`${folder.path}/dump.ts`, "console.log(JSON.stringify(Object.keys(process.env)));");
    const built = await Bun.build({
      entrypoints: [`${folder.path}/dump.ts`],
      target: "bun",
      compile: { outfile: `${folder.path}/dump`, executablePath: `${root}build/runtime` },
    });
    expect(built.success).toBe(true);
    const names = new Set<string>();
    for (const file of ["build/runtime", "build/libexitsnoop.so"]) {
      const bytes = readFileSync(root + file).toString("latin1");
      for (const [name] of bytes.matchAll(/(?<![\w.])[A-Z][A-Z0-9]*_[A-Z0-9_]{2,40}(?!\w)/g)) names.add(name);
    }
    expect(names.has("LIBBPF_BPF_TOKEN_PATH")).toBe(true);
    expect(names.size).toBeGreaterThan(500);
    // the runtime stores some of its names without separators, so the search above misses them
    for (const name of [...variables, ...engine].flatMap(Object.keys)) names.add(name);
    for (const name of ["HOME", "T", "TZX", "path", ""]) names.add(name);
    const needed = ["PATH", "TERM", "NO_COLOR", "TZ", "LANG", "LC_ALL", "LC_CTYPE"];
    const all = [...names]
      .filter((name) => !name.startsWith("EXITSNOOP_"))
      .filter((name) => !needed.includes(name))
      .concat(needed);
    const env = all.map((name) => `${name}=1`);
    const { stdout } = await runToEnd(["env", "--ignore-environment", ...env, `${folder.path}/dump`]);
    expect((JSON.parse(stdout) as string[]).toSorted()).toEqual(
      [...needed, "BTF_FILE_PATH", "KUBERNETES_SERVICE_HOST", "SUDO_UID"]
        .filter((name) => all.includes(name))
        .toSorted(),
    );
  });

  test("crash under a hostile environment: runs no program and sends no report", async () => {
    using folder = temporaryFolder();
    writeFileSync(`${folder.path}/curl`, `#!/bin/sh\necho "$@" >${folder.path}/called\n`);
    chmodSync(`${folder.path}/curl`, 0o755);
    // a full pipe blocks the process while it still has all its privileges
    const crashing = `head -c 65536 /dev/zero; echo $$ >pid; exec ${binary} --help`;
    const script = `sh -c '${crashing}' | { sleep 1; kill -SEGV "$(cat pid)"; sleep 1; }`;
    const env = {
      PATH: `${folder.path}:${process.env.PATH}`,
      BUN_CRASH_REPORT_URL: "http://127.0.0.1:9/",
      BUN_ENABLE_CRASH_REPORTING: "1",
    };
    const { stderr } = await runToEnd(["sh", "-c", script], { cwd: folder.path, env });
    expect(stderr).toContain("Segmentation fault");
    expect(readdirSync(folder.path).toSorted()).toEqual(["curl", "pid"]);
  });

  test("COMMAND gets the whole environment, unchanged and in its order", async () => {
    const strange = [
      "B= c\nd",
      "BUN_OPTIONS=--preload=x",
      "=e",
      "LD_BIND_NOW=1",
      "A=",
      `PATH=${process.env.PATH}`,
      "\xff=\xfe",
      "TZ=x",
    ];
    const cat = ["cat", "/proc/self/environ"];
    const alone = await runToEnd(["env", "--ignore-environment", ...strange, ...cat]);
    const via = ["env", "--ignore-environment", ...strange, binary, "-q", "-o", "/dev/null"];
    expect((await runToEnd([...via, "--", ...cat])).stdout).toBe(alone.stdout);
    const asNobody = (await runToEnd([...via, "--as", "nobody", "--", ...cat])).stdout;
    expect(asNobody.slice(0, alone.stdout.length)).toBe(alone.stdout);
    expect(asNobody.slice(alone.stdout.length)).toMatch(/^HOME=[^\0]*\0USER=nobody\0LOGNAME=nobody\0SHELL=[^\0]*\0$/);
  });

  test("COMMAND is looked up in the PATH of the environment", async () => {
    using folder = temporaryFolder();
    writeFileSync(`${folder.path}/only-here`, "#!/bin/sh\nexit 9\n");
    chmodSync(`${folder.path}/only-here`, 0o755);
    const env = { PATH: `${folder.path}:${process.env.PATH}` };
    expect((await runToEnd([binary, "-q", "-o", "/dev/null", "--", "only-here"], { env })).status).toBe(9);
  });
});

test("/tmp is empty while exitsnoop runs and afterwards", async () => {
  const script = `mount -t tmpfs tmpfs /tmp && "$@" 2>&1 >/dev/null | {
    read -r first; echo "$first"; echo "running: $(ls -A /tmp)"; cat >/dev/null; echo "after: $(ls -A /tmp)"; }`;
  const command = ["unshare", "--mount", ...shell(script), "./exitsnoop", "--for", "500ms"];
  const { stdout } = await runToEnd(command, { cwd: dirname(binary) });
  expect(stdout).toBe("Tracing process exits, Ctrl-C to end\nrunning: \nafter: \n");
});
