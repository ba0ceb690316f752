/**
 * The sandbox of the tracer: a binary built with scripts/build/build.ts --sandbox-escape attempts
 * system calls from inside the decoder and from a new thread, as code injected there could.
 */
import { beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { sandboxOutcomes } from "../support/sandbox-outcomes.ts";
import { binary, runToEnd, temporaryFolder, whileProcessesExit } from "../support/tracer.ts";

const root = new URL("../..", import.meta.url).pathname;
const escapeBinary = `${root}build/exitsnoop-sandbox-escape`;

describe("a compromised tracer", () => {
  beforeAll(async () => {
    const { status, stderr } = await runToEnd([process.execPath, "scripts/build/build.ts", "--sandbox-escape"], {
      cwd: root,
    });
    if (status !== 0) throw new Error(stderr);
  });

  /** The attempts with another outcome than EPERM. */
  const exceptions: Record<string, string> = {
    ...sandboxOutcomes,
    // the recorder's variables are in sealed memory, other memory is unsealed
    "sealed: write": "EFAULT",
    "sealed: mprotect": "EACCES",
    "sealed: write after mprotect": "EFAULT",
    "sealed: mmap for reading": "done",
    "sealed: mmap for writing": "EPERM",
    "unsealed: write": "done",
    "unsealed: mprotect": "done",
    "unsealed: write after mprotect": "done",
    "unsealed: mmap for reading": "done",
    "unsealed: mmap for writing": "done",
    // a broker that opens programs: no other kind of file, and it does not tell which files exist
    "broker: /etc/shadow": "EACCES",
    "broker: /dev/null": "EACCES",
    "broker: /proc/1/environ": "EACCES",
    "broker: /proc/vmallocinfo": "EACCES",
    "broker: FOLDER/core": "EACCES",
    "broker: FOLDER/object": "EACCES",
    "broker: FOLDER/none": "EACCES",
    "broker: FOLDER/link": "EACCES",
    "broker: FOLDER/program, too late": "EACCES",
    "broker: FOLDER/program": "done",
  };

  /** Writes ELF files that only root may read: a program, and what has other types. */
  function writeElfFiles(folder: string): void {
    const [ET_REL, ET_CORE, E_TYPE] = [1, 4, 16];
    const program = readFileSync("/bin/true");
    for (const [name, type] of [["program"], ["object", ET_REL], ["core", ET_CORE]] as const) {
      const bytes = Buffer.from(program);
      if (type) bytes.writeUInt16LE(type, E_TYPE);
      writeFileSync(`${folder}/${name}`, bytes, { mode: 0o600 });
    }
    symlinkSync("program", `${folder}/link`);
  }

  /** Traces one exit with the binary that makes the attempts from inside. */
  async function runAttempts(command: string[], more: string[]) {
    using folder = temporaryFolder();
    writeFileSync(`${folder.path}/file`, "untouched");
    // the file permissions allow every attempt
    chmodSync(folder.path, 0o777);
    chmodSync(`${folder.path}/file`, 0o666);
    if (more.includes("+crash")) writeElfFiles(folder.path);
    const child = Bun.spawn([...command, escapeBinary, "--count", "1", "--json", ...more], {
      cwd: folder.path,
      env: { ...process.env, EXITSNOOP_ESCAPE_FOLDER: folder.path },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr, status] = await Promise.all([
      child.stdout.text(),
      child.stderr.text(),
      whileProcessesExit(child.exited),
    ]);
    const reports = [...stderr.matchAll(/^escape-report (.*)$/gm)].map(
      ([, json]) => JSON.parse(json!) as { who: string; outcomes: Record<string, string> },
    );
    const left = readdirSync(folder.path).toSorted();
    return { stdout, status, reports, left, file: readFileSync(`${folder.path}/file`, "utf8") };
  }

  test.each<[what: string, command: string[], more: string[], files: string[]]>([
    ["decoder and new threads", [], [], ["file"]],
    // without a terminal, the broker waits for requests to reopen the log
    ["decoder and new threads, with a broker", ["setsid"], ["-o", "log", "-o", "-"], ["file", "log"]],
    [
      "decoder and new threads, with a broker that opens programs",
      [],
      ["-C", "+crash"],
      ["core", "file", "link", "object", "program"],
    ],
  ])("%s: cannot write a file, execute a program or load a BPF program", async (_, command, more, files) => {
    const { stdout, status, reports, left, file } = await runAttempts(command, more);
    expect(reports.map(({ who }) => who)).toEqual(["decoder", "worker"]);
    for (const { who, outcomes } of reports) {
      expect(Object.keys(outcomes).length).toBeGreaterThan(100);
      for (const [what, outcome] of Object.entries(outcomes)) {
        expect([who, what, outcome]).toEqual([who, what, exceptions[what] ?? "EPERM"]);
      }
    }
    expect({ left, file }).toEqual({ left: files, file: "untouched" });
    // the tracer still reports exits
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ event: "exit" });
  });

  test("control: the attempts succeed in a process without the sandbox", async () => {
    using folder = temporaryFolder();
    writeFileSync(`${folder.path}/file`, "");
    const { stdout } = await runToEnd([process.execPath, "test/sandbox-escape/without-tracer.ts", folder.path], {
      cwd: root,
    });
    const outcomes = JSON.parse(stdout) as Record<string, string>;
    for (const what of [
      "fs.writeFileSync",
      "openat that creates",
      "spawnSync",
      "socket",
      "kill 1",
      "bpf: load a program",
    ]) {
      expect([what, outcomes[what]]).toEqual([what, "done"]);
    }
    expect(Object.entries(outcomes).filter(([, outcome]) => outcome === "EPERM")).toEqual([]);
  });

  test("shipped binary: does not contain the attempts", () => {
    const [shipped, other] = [readFileSync(binary), readFileSync(escapeBinary)];
    for (const text of [
      "EXITSNOOP_ESCAPE_FOLDER",
      "openat with bits above the lower 32 of its flags",
      "pidfd_send_signal",
    ]) {
      expect([text, shipped.includes(text), other.includes(text)]).toEqual([text, false, true]);
    }
  });
});
