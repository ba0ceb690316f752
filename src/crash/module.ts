import { joinPath } from "../exit/join-path.ts";
import { CrashModuleFlag, CrashModuleOffset, RecordKind } from "../record/layout.ts";
import type { CrashRecords } from "./records.ts";

const HEAD_BYTES = 8;

/** An executable mapping of a crashed process. */
export interface CrashModule {
  start: bigint;
  /** In the file. */
  offset: bigint;
  /** The file's own address minus the offset in the file; undefined: unknown. */
  bias: bigint | undefined;
  flags: number;
  /** `major:minor`. */
  device: string;
  inode: bigint;
  /** Hexadecimal; empty: the file has none, or it could not be read. */
  buildId: string;
  /** Empty if it is too long to be recorded. */
  path: Uint8Array;
  /** The path in the file system itself, if the file is not in the tracer's mount namespace. */
  realPath: Uint8Array | undefined;
}

function pathAt(bytes: Uint8Array, start: number, length: number): Uint8Array {
  if (length === 0) return new Uint8Array(0);
  const path = new Uint8Array(length + 1);
  return path.subarray(0, joinPath(path, bytes, start, start + length));
}

function moduleAt({ bytes, view }: CrashRecords, at: number, size: number): CrashModule {
  const u32 = (offset: number) => view.getUint32(at + offset, true);
  const u64 = (offset: number) => view.getBigUint64(at + offset, true);
  const flags = view.getUint16(at + CrashModuleOffset.flags, true);
  const text = at + CrashModuleOffset.text;
  const pathBytes = Math.min(u32(CrashModuleOffset.pathBytes), size - CrashModuleOffset.text);
  const realBytes = Math.min(u32(CrashModuleOffset.realBytes), size - CrashModuleOffset.text - pathBytes);
  const buildId = at + CrashModuleOffset.buildId;
  const device = u32(CrashModuleOffset.device);
  return {
    start: u64(CrashModuleOffset.start),
    offset: u64(CrashModuleOffset.offset),
    bias: flags & CrashModuleFlag.hasBias ? u64(CrashModuleOffset.bias) : undefined,
    flags,
    device: `${device >>> 20}:${device & 0xfffff}`,
    inode: u64(CrashModuleOffset.inode),
    buildId: bytes.subarray(buildId, buildId + u32(CrashModuleOffset.buildIdBytes)).toHex(),
    path: pathAt(bytes, text, pathBytes),
    realPath: realBytes ? pathAt(bytes, text + pathBytes, realBytes) : undefined,
  };
}

/** Returns the modules among the records of a crash, in their order. */
export function modulesOf(records: CrashRecords, max: number): CrashModule[] {
  const modules: CrashModule[] = [];
  const { view, length } = records;
  for (let at = HEAD_BYTES; at < length && modules.length < max;) {
    const size = view.getUint32(at - HEAD_BYTES, true);
    if (view.getUint16(at, true) === RecordKind.crashModule) modules.push(moduleAt(records, at, size));
    at += ((size + 7) & ~7) + HEAD_BYTES;
  }
  return modules;
}
