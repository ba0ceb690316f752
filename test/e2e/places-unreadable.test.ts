/**
 * Files that root can reach and the user nobody cannot. The tracer drops its privileges to those of
 * `nobody`, so these files are out of its reach from then on.
 */
import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { Herd } from "../support/herd.ts";
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
 * A command that builds a root directory from the machine's, with an /etc of its own (local time is
 * 14 hours ahead of UTC, user 0 is `zero`), runs `spoil` in it, and executes the command that
 * follows there.
 */
function inRoot(spoil: string, before = ""): string[] {
  const script = `
    mount -t tmpfs -o mode=755 tmpfs root && cd root || exit 99
    for name in proc sys dev usr work tmp run; do mkdir "$name"; done
    for name in proc sys dev; do mount --rbind "/$name" "$name" || exit 99; done
    for name in lib lib64 bin sbin; do
      if [ -L "/$name" ]; then ln -s "$(readlink "/$name")" "$name"; elif [ -e "/$name" ]; then mkdir "$name" && mount --bind "/$name" "$name"; fi
    done
    mount --bind /usr usr && mkdir etc && mkdir -p "./$(dirname "$1")" && cp "$1" "./$1" || exit 99
    echo zero:x:0:0:zero:/:/bin/sh >etc/passwd
    echo "passwd: files" >etc/nsswitch.conf
    cp ../localtime etc/localtime || exit 99
    ${spoil}
    ${before}exec chroot . "$@"`;
  return ["unshare", "--mount", ...shell(script)];
}

/** Traces three deaths. Returns the table, and stderr without its first and last line. */
async function traceThree(via: string[]) {
  using folder = rootFolder();
  await using herd = await Herd.raise(3);
  const args = ["-C", "time,uid,exit_code", "--no-header", "--pid", herd.pids.join(","), "--count", "3"];
  const tracer = await Tracer.start(args, { via, cwd: folder.path, env: { TZ: undefined } });
  const before = Date.now();
  await herd.die();
  const after = Date.now();
  const { status, stdout, stderr } = await tracer.end(null);
  const times = [before, after].map((ms) => new Date(ms + ZONE_SECONDS * 1000).toISOString().slice(11, 19));
  const said = stderr.split("\n").slice(1, -2);
  const lines = stdout.trim().split("\n").toSorted();
  return {
    status,
    said,
    users: lines.map((line) => line.split(/ +/)[1]),
    inZone: lines.every((line) => times.includes(line.slice(0, 8))),
  };
}

const names = { status: 0, said: [], users: ["zero", "zero", "zero"], inZone: true };
const numbers = {
  ...names,
  said: [
    "exitsnoop: /etc/passwd cannot be read once privileges are given up (permission denied): users are shown by number",
  ],
  users: ["0", "0", "0"],
};

describe("tracing as root with paths that are closed to the user nobody", () => {
  test.each([
    ["nothing (control)", ":"],
    ["the root directory (0700)", "chmod 700 ."],
    ["the root directory (0710)", "chmod 710 ."],
    ["the root directory (0711)", "chmod 711 ."],
    ["/etc (0700)", "chmod 700 etc"],
    ["/etc/passwd (0600)", "chmod 600 etc/passwd"],
    ["/etc/localtime (0600)", "chmod 600 etc/localtime"],
    ["/proc, as far as others' processes go (hidepid=2)", "umount -l proc && mount -t proc -o hidepid=2 proc proc"],
    [
      "the working directory",
      'mkdir closed && chmod 700 closed && cd closed && set -- sh -c \'cd /closed && exec "$@"\' sh "$@" && cd ..',
    ],
    ["the directory of its own file", 'chmod 700 ".$(dirname "$1")"'],
  ])("closed to the user nobody: %s; user names and local time are right", async (_, spoil) => {
    expect(await traceThree(inRoot(spoil))).toEqual(names);
  });

  test("closed to the user nobody: /usr (0700) with all libraries; names and times are right", async () => {
    const spoil = `umount usr && mount -t tmpfs -o mode=700 tmpfs usr || exit 99
      for name in /usr/*; do mkdir ".$name" && mount --bind "$name" ".$name"; done`;
    expect(await traceThree(inRoot(spoil))).toEqual(names);
  });

  test("closed to the user nobody: the root directory (0700), in a time namespace; times are right", async () => {
    const via = ["unshare", "--time", "--boottime", "100000000", "--fork", ...inRoot("chmod 700 .")];
    expect(await traceThree(via)).toEqual(names);
  });
});

test("closed to root without capabilities: the root directory (000); a message says which names are missing", async () => {
  expect(await traceThree(inRoot("chmod 000 ."))).toEqual(numbers);
});

test("a user whose CAP_DAC_READ_SEARCH is dropped: a message says which names are missing", async () => {
  const become = [...asNobody("bpf", "perfmon", "dac_read_search", "sys_chroot"), ""].join(" ");
  expect(await traceThree(inRoot("chmod 600 etc/passwd", `set -- chroot . "$@"; exec ${become}"$@"; `))).toEqual(
    numbers,
  );
});

test("COMMAND runs if the root directory is closed to the user nobody", async () => {
  using folder = rootFolder();
  const command = [
    ...inRoot("chmod 700 ."),
    binary,
    "-q",
    "-o",
    "/dev/null",
    "--",
    "sh",
    "-c",
    "cat /etc/passwd; exit 7",
  ];
  const { status, stdout, stderr } = await runToEnd(command, { cwd: folder.path });
  expect({ status, stdout, stderr }).toEqual({ status: 7, stdout: "zero:x:0:0:zero:/:/bin/sh\n", stderr: "" });
});
