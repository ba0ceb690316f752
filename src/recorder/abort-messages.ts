import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { ABORT_MESSAGE_KEY_BYTES, AbortMessageKeyOffset, BUILD_ID_BYTES } from "../record/layout.ts";
import { type Elf, type ReadAt, readElf, readWord, viewOf } from "../system/elf.ts";
import { deviceNumber, parseMountinfo } from "../system/mountinfo.ts";

/** The C libraries of the machine, by the folders that distributions use. */
const LIBRARIES = ["/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib", "/lib"].map(
  (folder) => `${folder}/libc.so.6`,
);
/** The symbol of a struct abort_msg_s *, for debuggers: sysdeps/posix/libc_fatal.c in glibc. */
const SYMBOL = "\0__abort_msg\0";
const SHT_NOTE = 7;
const SHT_DYNSYM = 11;
/** namesz 4, descsz 20, NT_GNU_BUILD_ID, "GNU". */
const NOTE = [4, BUILD_ID_BYTES, 3, 0x554e47];
const NOTE_BYTES = 16;
const MAX_TABLE_BYTES = 1024 * 1024;

/** The place of glibc's message of abort() in one build of it. */
interface AbortMessage {
  buildId: Uint8Array;
  /** The address of the pointer to the message, from the start of the file. */
  address: bigint;
}

function buildIdOf(elf: Elf, read: ReadAt): Uint8Array | undefined {
  for (const { type, offset } of elf.sections) {
    const note = type === SHT_NOTE ? read(offset, NOTE_BYTES + BUILD_ID_BYTES) : null;
    if (note && NOTE.every((word, i) => viewOf(note).getUint32(4 * i, true) === word)) return note.slice(NOTE_BYTES);
  }
  return undefined;
}

/** Finds the symbol of the message; undefined if the file has none, or no build id. */
function findAbortMessage(read: ReadAt): AbortMessage | undefined {
  const elf = readElf(read);
  const symbols = elf?.sections.find(({ type }) => type === SHT_DYNSYM);
  const strings = symbols && elf!.sections[symbols.link];
  if (!elf || !symbols || !strings || symbols.bytes > MAX_TABLE_BYTES || strings.bytes > MAX_TABLE_BYTES) {
    return undefined;
  }
  const names = read(strings.offset, strings.bytes);
  const entries = read(symbols.offset, symbols.bytes);
  const buildId = buildIdOf(elf, read);
  if (!names || !entries || !buildId) return undefined;
  const name = Buffer.from(names.buffer, names.byteOffset, names.length).indexOf(SYMBOL, 0, "latin1") + 1;
  const { symbol } = elf.class;
  const view = viewOf(entries);
  for (let at = 0; name > 0 && at + symbol.size <= entries.length; at += symbol.size) {
    if (view.getUint32(at + symbol.name, true) === name) {
      return { buildId, address: BigInt(readWord(view, at + symbol.value, elf.class)) };
    }
  }
  return undefined;
}

type Entry = readonly [key: Uint8Array, value: BigUint64Array];

/**
 * Returns the kernel's number of the device that an open file is on. @param dev as stat(2) has it:
 * btrfs has numbers of its own there, with the major number 0.
 */
function deviceOf(fd: number, dev: bigint): number {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n);
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n);
  const known = deviceNumber(`${major}:${minor}`);
  if (major !== 0n) return known;
  const id = Number(/^mnt_id:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1]);
  const mount = parseMountinfo(readFileSync("/proc/self/mountinfo", "utf8")).find((each) => each.id === id);
  return mount ? deviceNumber(mount.device) : known;
}

/** Returns the entries for a library: by its build id, and by its inode. */
function entriesOf(path: string, seen: Set<bigint>): Entry[] {
  let fd = -1;
  try {
    fd = openSync(path, "r");
    const { dev, ino } = fstatSync(fd, { bigint: true });
    if (seen.has(ino)) return [];
    seen.add(ino);
    const found = findAbortMessage((offset, length) => {
      const bytes = new Uint8Array(length);
      return readSync(fd, bytes, 0, length, offset) === length ? bytes : null;
    });
    if (!found) return [];
    const byInode = new DataView(new ArrayBuffer(ABORT_MESSAGE_KEY_BYTES));
    byInode.setBigUint64(AbortMessageKeyOffset.inode, ino, true);
    byInode.setUint32(AbortMessageKeyOffset.device, deviceOf(fd, dev), true);
    const byBuildId = new Uint8Array(ABORT_MESSAGE_KEY_BYTES);
    byBuildId.set(found.buildId, AbortMessageKeyOffset.buildId);
    const value = BigUint64Array.of(found.address);
    return [
      [byBuildId, value],
      [new Uint8Array(byInode.buffer), value],
    ];
  } catch {
    return [];
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

/** Returns the entries of the map `abort_messages` for the C libraries of the machine. */
export function abortMessages(): Entry[] {
  const seen = new Set<bigint>();
  return LIBRARIES.flatMap((path) => entriesOf(path, seen));
}
