import { expect, test } from "bun:test";
import { parseFuseDevices } from "../../src/symbols/mapped-file.ts";
import { parseMaps } from "../../src/symbols/maps.ts";

test("parseMaps: returns the executable mappings of files and of the vdso only", () => {
  const text = `00400000-00401000 r--p 00000000 fe:01 41445                      /usr/bin/cat
00401000-00405000 r-xp 00001000 fe:01 41445                      /usr/bin/cat
55f4aa379000-55f4aa39a000 rwxp 00000000 00:00 0                          [heap]
7f2321e37000-7f2321f6f000 r-xp 00037000 00:20 1808269                    /usr/lib64/libgnutls.so.30.34.1 (deleted)
7fa7bb602000-7fa7bb721000 rwxp 00000000 00:00 0
7fa7bb721000-7fa7bb746000 --xs ffffffff000 00:01 18446744073709551615    /memfd:a\\012b (deleted)
7fa7bb75a000-7fa7bb75c000 rwxp 00000000 00:00 0                          [anon:[vdso]]
7ffd033ab000-7ffd033ad000 r-xp 00000000 00:00 0                          [vdso]
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
`;
  expect(parseMaps(text)).toEqual([
    { start: 0x401000, end: 0x405000, offset: 0x1000, device: "254:1" },
    { start: 0x7f2321e37000, end: 0x7f2321f6f000, offset: 0x37000, device: "0:32" },
    { start: 0x7fa7bb721000, end: 0x7fa7bb746000, offset: 0xffffffff000, device: "0:1" },
    { start: 0x7ffd033ab000, end: 0x7ffd033ad000, offset: 0, device: null },
  ]);
});

test("parseMaps: ignores malformed and truncated lines", () => {
  for (const text of [
    "",
    "\n\n",
    "00401000-00405000 r-xp 000010",
    "x-y r-xp 0 fe:01 4 /a\n",
    "00401000-00405000 r-xp",
  ]) {
    expect(parseMaps(text)).toEqual([]);
  }
});

test("parseMaps: leaves out addresses above 2^53, which a number cannot hold", () => {
  expect(parseMaps("fffffffffff000-100000000000000 r-xp 00000000 fe:01 4 /a\n")).toEqual([]);
});

test("parseMaps: returns at most 4096 mappings", () => {
  const lines = Array.from({ length: 70_000 }, (_, i) => {
    const [start, end] = [i, i + 1].map((page) => (0x10000000 + page * 4096).toString(16));
    return `${start}-${end} r-xp 00000000 fe:01 4 /a\n`;
  });
  expect(parseMaps(lines.join("")).length).toBe(4096);
});

test("parseFuseDevices: returns the devices of FUSE mounts only", () => {
  const mountinfo = `36 35 254:0 / / rw,noatime master:1 - ext4 /dev/root rw
37 36 0:40 / /mnt rw - fuse.sshfs host: rw
38 36 0:41 / /mnt/fuse - rw shared:1 - fuse /dev/fuse rw
39 36 0:42 / /fuse rw - fusectl none rw
40 36 0:43 / /dev/fuse.x rw shared:2 master:3 - tmpfs fuse.tmp rw
41 36 8:1 / /ntfs rw - fuseblk /dev/sda1 rw

`;
  expect([...parseFuseDevices(mountinfo)].toSorted()).toEqual(["0:40", "0:41", "8:1"]);
});
