/**
 * Files that root can reach and the user nobody cannot. The tracer drops its privileges to those of
 * `nobody`, so these files are out of its reach from then on.
 */
import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { SimultaneousExits } from "../support/simultaneous-exits.ts";
import { asNobody } from "../support/privileged.ts";
import { binary, runToEnd, shell, temporaryFolder, Tracer } from "../support/tracer.ts";

/** The time zone is 14 hours ahead of UTC, all year. */
const ZONE_SECONDS = 14 * 3600;

/**
 * The time zone as a file of tzfile(5). The first part, for readers without times beyond 2038, has
 * the same contents.
 */
function zoneFile(): Buffer {
  const header = Buffer.alloc(44);
  header.write("TZif2");
  header.writeUInt32BE(1, 36);
  header.writeUInt32BE(5, 40);
  const type = Buffer.alloc(11);
  type.writeInt32BE(ZONE_SECONDS);
  type.write("LINT", 6);
  return Buffer.concat([header, type, header, type, Buffer.from("\nLINT-14\n")]);
}

/** A folder in which inRoot() can work. */
function rootFolder() {
  const folder = temporaryFolder();
  mkdirSync(`${folder.path}/root`);
  writeFileSync(`${folder.path}/localtime`, zoneFile());
  return folder;
}

/**
 * Returns a command prefix that builds a root directory from the machine's, with an /etc of its own
 * (local time is 14 hours ahead of UTC, user 0 is `zero`), runs the shell
 * commands `restrict` in it, and executes the command that follows there, after the words `prefix`.
 */
function inRoot(restrict: string, prefix = ""): string[] {
  const script = `
    mount -t tmpfs -o mode=755 tmpfs root && cd root || exit 99
    for name in proc sys dev usr tmp run; do mkdir "$name"; done
    for name in proc sys dev; do mount --rbind "/$name" "$name" || exit 99; done
    for name in lib lib64 bin sbin; do
      if [ -L "/$name" ]; then ln -s "$(readlink "/$name")" "$name"; elif [ -e "/$name" ]; then mkdir "$name" && mount --bind "/$name" "$name"; fi
    done
    mount --bind /usr usr && mkdir etc && mkdir -p "./$(dirname "$1")" && cp "$1" "./$1" || exit 99
    echo zero:x:0:0:zero:/:/bin/sh >etc/passwd
    echo "passwd: files" >etc/nsswitch.conf
    cp ../localtime etc/localtime || exit 99
    ${restrict}
    ${prefix}exec chroot . "$@"`;
  return ["unshare", "--mount", ...shell(script)];
}

/** Traces three exits. Returns what the table shows, and stderr without its first and last line. */
async function traceThree(via: string[]) {
  using folder = rootFolder();
  await using batch = await SimultaneousExits.start(3);
  const args = ["-C", "time,uid,exit_code", "--no-header", "--pid", batch.pids.join(","), "--count", "3"];
  const tracer = await Tracer.start(args, { via, cwd: folder.path, env: { TZ: undefined } });
  const before = Date.now();
  await batch.exitAll();
  const after = Date.now();
  const { status, stdout, stderr } = await tracer.end(null);
  const times = [before, after].map((ms) => new Date(ms + ZONE_SECONDS * 1000).toISOString().slice(11, 19));
  const warnings = stderr.split("\n").slice(1, -2);
  const lines = stdout.trim().split("\n").toSorted();
  return {
    status,
    warnings,
    users: lines.map((line) => line.split(/ +/)[1]),
    inZone: lines.every((line) => times.includes(line.slice(0, 8))),
  };
}

/** All users by name. */
const byName = { status: 0, warnings: [], users: ["zero", "zero", "zero"], inZone: true };
/** All users by number, with the warning. */
const byNumber = {
  ...byName,
  warnings: [
    "exitsnoop: /etc/passwd cannot be read after privileges are dropped (permission denied); users are shown by number",
  ],
  users: ["0", "0", "0"],
};

describe("tracing as root, paths without access for the user nobody", () => {
  test.each([
    ["all paths accessible (control)", ":"],
    ["no access to the root directory (0700)", "chmod 700 ."],
    ["no access to the root directory (0710)", "chmod 710 ."],
    ["only search access to the root directory (0711)", "chmod 711 ."],
    ["no access to /etc (0700)", "chmod 700 etc"],
    ["no access to /etc/passwd (0600)", "chmod 600 etc/passwd"],
    ["no access to /etc/localtime (0600)", "chmod 600 etc/localtime"],
    [
      "no access to other users' processes in /proc (hidepid=2)",
      "umount -l proc && mount -t proc -o hidepid=2 proc proc",
    ],
    [
      "no access to the working directory",
      'mkdir closed && chmod 700 closed && cd closed && set -- sh -c \'cd /closed && exec "$@"\' sh "$@" && cd ..',
    ],
    ["no access to the directory of the binary", 'chmod 700 ".$(dirname "$1")"'],
  ])("%s: user names and local time are right", async (_, spoil) => {
    expect(await traceThree(inRoot(spoil))).toEqual(byName);
  });

  test("no access to /usr (0700) with all libraries: user names and local time are right", async () => {
    const spoil = `umount usr && mount -t tmpfs -o mode=700 tmpfs usr || exit 99
      for name in /usr/*; do mkdir ".$name" && mount --bind "$name" ".$name"; done`;
    expect(await traceThree(inRoot(spoil))).toEqual(byName);
  });

  test("no access to the root directory (0700), in a time namespace: user names and local time are right", async () => {
    const via = ["unshare", "--time", "--boottime", "100000000", "--fork", ...inRoot("chmod 700 .")];
    expect(await traceThree(via)).toEqual(byName);
  });
});

test("root directory that root without capabilities cannot enter (0000): users by number, with a warning", async () => {
  expect(await traceThree(inRoot("chmod 000 ."))).toEqual(byNumber);
});

test("user with CAP_DAC_READ_SEARCH, /etc/passwd (0600): users by number, with a warning", async () => {
  const become = [...asNobody("bpf", "perfmon", "dac_read_search", "sys_chroot"), ""].join(" ");
  const via = inRoot("chmod 600 etc/passwd", `set -- chroot . "$@"; exec ${become}"$@"; `);
  expect(await traceThree(via)).toEqual(byNumber);
});

test("COMMAND, no access to the root directory for the user nobody: runs", async () => {
  using folder = rootFolder();
  const script = "cat /etc/passwd; exit 7";
  const command = [...inRoot("chmod 700 ."), binary, "-q", "-o", "/dev/null", "--", "sh", "-c", script];
  const { status, stdout, stderr } = await runToEnd(command, { cwd: folder.path });
  expect({ status, stdout, stderr }).toEqual({ status: 7, stdout: "zero:x:0:0:zero:/:/bin/sh\n", stderr: "" });
});
