/** Signal names from signal 1: include/uapi/asm-generic/signal.h, which x86 and arm64 share. */
const names =
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS".split(
    " ",
  );
const aliases: Record<string, string> = { IOT: "ABRT", CLD: "CHLD", POLL: "IO" };

/** The first realtime signal for programs; glibc keeps 32 and 33 for its threads. */
const SIGRTMIN = 34;
const SIGRTMAX = 64;

/** Returns `SIGKILL`, `SIGRTMIN+6`, or `SIG32` for a number without a name. */
export function signalName(signal: number): string {
  const name = names[signal - 1];
  if (name) return `SIG${name}`;
  if (signal < SIGRTMIN || signal > SIGRTMAX) return `SIG${signal}`;
  return signal === SIGRTMIN ? "SIGRTMIN" : `SIGRTMIN+${signal - SIGRTMIN}`;
}

/**
 * Returns the number of a signal such as `KILL`, `SIGKILL`, `rtmin+6`, `SIGRTMAX-1` or `9`;
 * undefined if there is no such signal.
 */
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
  const index = names.indexOf(aliases[bare] ?? bare);
  return index < 0 ? undefined : index + 1;
}
