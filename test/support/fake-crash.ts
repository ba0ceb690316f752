import type { CrashFrame, CrashSite, CrashSites } from "../../src/exit/crash-site.ts";
import { bytesOf } from "../../src/text/byte-writer.ts";

/** Returns a frame of /usr/bin/app in the function `name`. */
export function fakeFrame(name: string | null, values: Partial<CrashFrame> = {}): CrashFrame {
  return {
    ip: 0x5555_0000_1617n,
    module: bytesOf("/usr/bin/app"),
    offset: 0x1617n,
    address: 0x2617n,
    buildId: "8d54aa".padEnd(40, "0"),
    isDeleted: false,
    function: name === null ? null : bytesOf(name),
    functionOffset: name === null ? 0 : 7,
    how: "cfi",
    file: "ok",
    ...values,
  };
}

/** Returns a crash by a write to 0 in write_null(), which main() called. */
export function fakeCrash(values: Partial<CrashSite> = {}): CrashSite {
  return {
    signal: 11,
    code: 1,
    address: 0n,
    access: "write",
    isStackOverflow: false,
    pid: 42050,
    tid: 42050,
    thread: bytesOf("app"),
    ip: 0x5555_0000_1617n,
    sp: 0x7fff_0000_0000n,
    syscall: null,
    senderPid: 0,
    nsPid: 42050,
    message: null,
    first: null,
    frames: [fakeFrame("write_null", { how: "ip" }), fakeFrame("main", { ip: 0x5555_0000_1700n, offset: 0x1700n })],
    isCut: false,
    missing: null,
    ...values,
  };
}

/** Returns crash sites that have one for each exit. */
export function crashSites(site: CrashSite | null): CrashSites {
  return { isEmpty: site === null, dropped: 0, add() {}, take: () => site, drop() {} };
}
