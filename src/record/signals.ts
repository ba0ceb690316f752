/** Signal numbers and names: asm-generic/signal.h, which x86 and arm64 share. Index 0 is signal 1. */
const names =
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS".split(
    " ",
  );

/** The first realtime signal that glibc gives to programs; it keeps 32 and 33 for its own threads. */
const SIGRTMIN = 34;
const SIGRTMAX = 64;

/** `SIGKILL`, `SIGRTMIN+6`, or `SIG32` for a number without a name. */
export function signalName(signal: number): string {
  const name = names[signal - 1];
  if (name) return `SIG${name}`;
  if (signal < SIGRTMIN || signal > SIGRTMAX) return `SIG${signal}`;
  return signal === SIGRTMIN ? "SIGRTMIN" : `SIGRTMIN+${signal - SIGRTMIN}`;
}

/** The names of all 127 signals that a wait status can hold, as bytes, so that none is made per event. */
export const signalNames: readonly Uint8Array[] = Array.from({ length: 128 }, (_, signal) =>
  new TextEncoder().encode(signalName(signal)),
);

/** The number of `KILL`, `SIGKILL`, `rtmin+6`, `SIGRTMAX-1` or `9`; none where there is no such signal. */
export function signalNumber(text: string): number | undefined {
  const bare = text.toUpperCase().replace(/^SIG/, "");
  if (/^\d{1,3}$/.test(bare)) {
    const number = Number(bare);
    return number >= 1 && number <= SIGRTMAX ? number : undefined;
  }
  const [, base, offset] = /^(RTMIN|RTMAX)(?:([+-]\d{1,2}))?$/.exec(bare) ?? [];
  if (base) {
    const number = (base === "RTMIN" ? SIGRTMIN : SIGRTMAX) + Number(offset ?? 0);
    return number >= SIGRTMIN && number <= SIGRTMAX ? number : undefined;
  }
  const index = names.indexOf({ IOT: "ABRT", CLD: "CHLD", POLL: "IO" }[bare] ?? bare);
  return index < 0 ? undefined : index + 1;
}
