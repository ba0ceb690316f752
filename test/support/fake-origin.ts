import { ExitFlag, IDENTITY_BYTES, IdentityOffset, Offset, OriginOffset } from "../../src/record/layout.ts";

/** Another process, as the recorder reports it. */
interface FakeIdentity {
  pid: number;
  comm: string | Uint8Array;
  /** ns of CLOCK_BOOTTIME. */
  start: bigint;
}

/** The origin of a process, as the recorder reports it. */
export interface FakeOrigin {
  /** The parent first. */
  ancestors?: readonly FakeIdentity[];
  startedBy?: FakeIdentity;
  loginUid?: number;
  sessionId?: number;
  sid?: number;
  pgid?: number;
  /** An absolute path; undefined: unknown. */
  cwd?: string | Uint8Array;
  isCwdDeleted?: boolean;
  hostname?: string | Uint8Array;
  /** The name in the kernel. */
  tty?: string;
}

const NO_ID = 0xffff_ffff;
const encode = (text: string | Uint8Array) => (typeof text === "string" ? new TextEncoder().encode(text) : text);
const withNul = (text: string | Uint8Array | undefined) =>
  text === undefined ? new Uint8Array(0) : Buffer.concat([encode(text), new Uint8Array(1)]);

/**
 * Writes an origin after the text of a record that begins at `at`. Returns the flags that it adds
 * to the record.
 * @param names encodes a path as the recorder does.
 */
export function writeOrigin(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  origin: FakeOrigin | undefined,
  names: (path: string | Uint8Array) => Uint8Array,
): number {
  view.setUint16(at + Offset.originBytes, 0, true);
  if (!origin) return 0;
  const { ancestors = [], startedBy, cwd } = origin;
  const text = view.getUint16(at + Offset.argsBytes, true) + view.getUint16(at + Offset.exeBytes, true);
  const start = at + Offset.text + Math.ceil(text / 8) * 8;
  const setIdentity = (offset: number, { pid, comm, start: time }: FakeIdentity) => {
    view.setInt32(start + offset + IdentityOffset.pid, pid, true);
    view.setBigUint64(start + offset + IdentityOffset.startTimeNs, time, true);
    const name = encode(comm);
    bytes.set(name, start + offset + IdentityOffset.comm);
    if (name.length < 16) bytes[start + offset + IdentityOffset.comm + name.length] = 0;
  };
  setIdentity(OriginOffset.startedBy, startedBy ?? { pid: 0, comm: "garbage", start: 1n });
  view.setUint32(start + OriginOffset.loginUid, origin.loginUid ?? NO_ID, true);
  view.setUint32(start + OriginOffset.sessionId, origin.sessionId ?? NO_ID, true);
  view.setUint32(start + OriginOffset.sid, origin.sid ?? 0, true);
  view.setUint32(start + OriginOffset.pgid, origin.pgid ?? 0, true);
  view.setUint16(start + OriginOffset.ancestorCount, ancestors.length, true);
  ancestors.forEach((ancestor, i) => setIdentity(OriginOffset.ancestors + i * IDENTITY_BYTES, ancestor));
  const texts = [cwd === undefined ? new Uint8Array(0) : names(cwd), withNul(origin.hostname), withNul(origin.tty)];
  const fields = [OriginOffset.cwdBytes, OriginOffset.hostnameBytes, OriginOffset.ttyBytes];
  let end = start + OriginOffset.ancestors + ancestors.length * IDENTITY_BYTES;
  texts.forEach((value, i) => {
    view.setUint16(start + fields[i]!, value.length, true);
    bytes.set(value, end);
    end += value.length;
  });
  view.setUint16(at + Offset.originBytes, end - start, true);
  return (cwd === undefined ? 0 : ExitFlag.cwdKnown) | (origin.isCwdDeleted ? ExitFlag.cwdDeleted : 0);
}
