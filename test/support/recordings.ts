/** Exits of every kind, and their lines in a recording. */
import type { Exit, ExitContext } from "../../src/exit/exit.ts";
import { type Format } from "../../src/output/index.ts";
import { KillerReason } from "../../src/record/layout.ts";
import { RecordedExits, type RecordedSelection } from "../../src/replay/recorded-exits.ts";
import { ByteWriter } from "../../src/text/byte-writer.ts";
import { crashSites, fakeCrash, fakeFrame } from "./fake-crash.ts";
import { EXIT_TIME, exited, fakeExit, type Fields, killedBy, type Killer, textOf } from "./fake-exit.ts";
import { addSender, argsRecord, contextOf, oomRecord } from "./fake-records.ts";
import { formatOf } from "./fake-host.ts";
import { bytesFrom } from "./hostile-text.ts";
import { Random } from "./random.ts";

const CONTAINER = "0f".repeat(32);
const cgroups = {
  7: `/system.slice/docker-${CONTAINER}.scope`,
  8: "/user.slice/user-1000.slice/user@1000.service/app.slice/app\\x2dterm.service",
  9: "/",
  10: "/kubepods/burstable/pod01234567-89ab-cdef-0123-456789abcdef/" + CONTAINER,
  11: '/odd \x1b[31m,"quoted" näme',
};
const users = { 0: "root", 1000: "alice", 1001: "ünï" };
const containers = { [CONTAINER]: "2web" };

/** Names and words that need every kind of quoting; all are UTF-8. */
const words = [
  "sh",
  "bash",
  "a b",
  "it's",
  'say "hi"',
  "\x1b[31m",
  "tab\there",
  "back\\slash",
  "ünï",
  "日本",
  "e\u0301",
  "=1+1",
  "-x",
  "$'x'",
  "\u202e",
  "🙂",
  "[x]",
  "",
  ",",
  "line\nfeed",
  "\x7f",
];

const reasons = Object.keys(KillerReason) as (keyof typeof KillerReason)[];

/** The context of fakeExits(): a new one, as long arguments and crashes are taken once. */
function recordingContext(): ExitContext {
  return contextOf(cgroups, users, containers);
}

/** Returns exits with random values of all kinds. */
export function* fakeExits(count: number, seed = 1): Generator<Exit> {
  const random = new Random(seed);
  for (let i = 0; i < count; i++) yield fakeExitOf(random);
}

const name = (random: Random) => {
  let text = random.oneOf(words);
  while (bytesFrom(text).length > 15) text = text.slice(0, -1).toWellFormed();
  return text;
};
const pid = (random: Random) => 1 + random.below(2 ** random.below(22));
const isRare = (random: Random, odds = 5) => random.below(odds) === 0;
const identity = (random: Random) => ({ pid: pid(random), comm: name(random), start: random.u64() });

const origin = (random: Random): Fields["origin"] => ({
  ancestors: Array.from({ length: random.below(17) }, () => identity(random)),
  ...(isRare(random) ? {} : { startedBy: identity(random) }),
  ...(isRare(random) ? {} : { loginUid: random.oneOf([0, 1000, 4_000_000_000]), sessionId: random.below(99) }),
  sid: pid(random),
  pgid: pid(random),
  ...(isRare(random)
    ? {}
    : { cwd: random.oneOf(["/", "/tmp/a b", "/ünï/x", "/var/log"]), isCwdDeleted: isRare(random) }),
  ...(isRare(random) ? { hostname: random.oneOf(["web-1", "höst"]) } : {}),
  ...(isRare(random, 2) ? { tty: random.oneOf(["pts3", "tty1", "ttyS0"]) } : {}),
});

function killerOf(random: Random): Killer | undefined {
  const kind = random.oneOf(["process", "process", "kernel", undefined] as const);
  if (!kind) return undefined;
  const reason = random.oneOf(reasons.filter((one) => !/exec|oom(C|M)|seccomp/.test(one)));
  const code = random.oneOf([0, 1, 2, -6, 0x80, -60]);
  return {
    kind,
    reason,
    code,
    ...(kind === "process" ? { pid: pid(random), uid: random.below(3000), comm: name(random) } : {}),
  };
}

const args = (random: Random) => {
  if (isRare(random, 50)) return ["long", "ab ".repeat(2000 + random.below(30_000))];
  return isRare(random) ? null : Array.from({ length: random.below(6) }, () => random.oneOf(words));
};

function fakeExitOf(random: Random): Exit {
  const context = recordingContext();
  const duration = random.u64() >> 8n;
  const startTimeNs = random.u64() >> 8n;
  const ownPid = pid(random);
  const all: Partial<Fields> = {
    exitTime: EXIT_TIME + random.u64() / 16n,
    exitTimeSinceBoot: startTimeNs + duration,
    duration,
    startTimeNs,
    parentStartNs: random.u64(),
    pid: ownPid,
    ppid: pid(random),
    uid: random.oneOf([0, 1000, 1001, 65_534]),
    comm: name(random),
    parentComm: name(random),
    status: random.oneOf([
      exited(0),
      exited(random.below(256)),
      killedBy(9),
      killedBy(11, true),
      killedBy(1 + random.below(64)),
    ]),
    threads: random.below(100),
    hasIo: !isRare(random),
    isUsageIncomplete: isRare(random),
    isCut: isRare(random),
    exe: isRare(random) ? null : random.oneOf(["/usr/bin/which", "/", "/opt/a b/ünï", "/memfd:x"]),
    isDeleted: isRare(random),
    cgroupV2: BigInt(random.oneOf([0, 7, 8, 9, 10, 11])),
    nsPid: pid(random),
    localPid: random.below(2) * ownPid,
    ...(isRare(random) ? {} : { origin: origin(random) }),
    resources: {
      cpuUserNs: random.u64(),
      cpuSystemNs: random.u64(),
      maxRssBytes: random.u64(),
      minorFaults: random.u64(),
      majorFaults: random.u64(),
      voluntarySwitches: random.u64(),
      involuntarySwitches: random.u64(),
      readBytes: random.u64(),
      writeBytes: random.u64(),
    },
  };
  const words = args(random);
  const long = words && words.join("\0").length > 12_000;
  if (!long) all.args = words;
  else all.argsInChunks = true;
  if (long) addLongArgs(context, ownPid, words);
  addDeath(random, context, all);
  return fakeExit(all, context);
}

function addLongArgs(context: ExitContext, tid: number, words: readonly string[]): void {
  const bytes = bytesFrom(words.map((word) => `${word}\0`).join(""));
  for (let at = 0; at < bytes.length; at += 4096)
    context.longArguments.add(argsRecord(tid, at, bytes.subarray(at, at + 4096)));
}

/** Adds who killed the process, an OOM kill or a crash site. */
function addDeath(random: Random, context: ExitContext, all: Partial<Fields>): void {
  const signal = all.status! & 0x7f;
  if (signal === 0) return;
  if (signal === 9 && isRare(random, 2)) {
    const isMachine = isRare(random, 3);
    all.killer = { kind: "oom", reason: isMachine ? "oomMachine" : "oomCgroup", code: 0x80 };
    all.oomCgroup = isMachine ? 0n : BigInt(random.oneOf([7, 11, 999]));
    const flags = (isMachine ? 0 : 1) | (isRare(random) ? 0 : 2);
    const { pid, startTimeNs } = all as Fields;
    if (!isRare(random)) context.oomKills.add(oomRecord({ pid, startTimeNs, flags, triggerComm: name(random) }));
    return;
  }
  all.killer = killerOf(random);
  if (all.killer?.kind === "process" && isRare(random, 2)) {
    all.senderTimeNs = 99n;
    addSender(context, {
      pid: all.killer.pid!,
      exitTimeSinceBoot: 99n,
      startTimeNs: random.u64(),
      args: isRare(random) ? null : ["pkill", "a b"],
      exe: isRare(random) ? null : "/usr/bin/pkill",
      cgroupV2: BigInt(random.oneOf([0, 7, 8])),
      origin: origin(random),
    });
  }
  if (signal !== 11) return;
  const isFirst = isRare(random);
  context.crashes = crashSites(
    fakeCrash({
      signal: 11,
      pid: all.pid!,
      tid: all.pid! + random.below(2),
      thread: bytesFrom(name(random)),
      nsPid: all.pid!,
      message: isRare(random) ? bytesFrom('free(): "x" ünï ') : null,
      first: isFirst ? { signal: 7, code: 2, address: 0x18n, access: "read", isStackOverflow: false, frame: 1 } : null,
      frames: [
        fakeFrame("write_null", { how: "ip" }),
        fakeFrame(null, { file: "gone", isDeleted: isRare(random) }),
        fakeFrame("main", { address: null, offset: null, buildId: null, module: bytesFrom("[heap]"), file: null }),
      ],
      isCut: isRare(random),
      missing: isRare(random) ? "busy" : null,
    }),
  );
}

/** Returns the lines that a format writes for exits. */
export function textOfExits(format: Format, exits: Iterable<Exit>): string {
  return textsOfExits([format], exits)[0]!;
}

/** Returns the lines that each format writes for the same exits, which are read once. */
export function textsOfExits(formats: readonly Format[], exits: Iterable<Exit>): string[] {
  const writers = formats.map((format) => ({ format, out: new ByteWriter() }));
  for (const { format } of writers) format.begin?.();
  for (const exit of exits) for (const { format, out } of writers) format.exit(out, exit);
  return writers.map(({ out }) => textOf(out));
}

export const everyExit: RecordedSelection = { needs: [], passes: undefined, withThreads: true };

/** Yields the exits of a recording. */
export function* exitsIn(
  recording: string | Uint8Array,
  exits = new RecordedExits(everyExit, undefined),
): Generator<Exit> {
  exits.open("rec");
  exits.begin(typeof recording === "string" ? bytesFrom(recording) : recording);
  while (exits.next()) yield exits.exit;
  if (exits.finish()) yield exits.exit;
}

/**
 * Returns what the format of a command line writes for the exits of a recording.
 * @param makeFormat formatOf() or formatOnTerminal().
 */
export function replayed(line: string, recording: string | Uint8Array, makeFormat = formatOf): string {
  const exits = new RecordedExits(everyExit, undefined);
  const format = makeFormat(line, { lacks: (key) => exits.lacks(key) });
  return textOfExits(format, exitsIn(recording, exits));
}
