import { constants } from "node:os";

const { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS } = constants.signals;

/** The codes of one signal, from 1: include/uapi/asm-generic/siginfo.h. */
const codes: Record<number, string> = {
  [SIGSEGV]: "MAPERR ACCERR BNDERR PKUERR ACCADI ADIDERR ADIPERR MTEAERR MTESERR CPERR",
  [SIGBUS]: "ADRALN ADRERR OBJERR MCEERR_AR MCEERR_AO",
  [SIGFPE]: "INTDIV INTOVF FLTDIV FLTOVF FLTUND FLTRES FLTINV FLTSUB",
  [SIGILL]: "ILLOPC ILLOPN ILLADR ILLTRP PRVOPC PRVREG COPROC BADSTK BADIADDR",
  [SIGTRAP]: "BRKPT TRACE BRANCH HWBKPT UNK PERF",
  [SIGSYS]: "SECCOMP USER_DISPATCH",
};
const prefixes: Record<number, string> = {
  [SIGSEGV]: "SEGV",
  [SIGBUS]: "BUS",
  [SIGFPE]: "FPE",
  [SIGILL]: "ILL",
  [SIGTRAP]: "TRAP",
  [SIGSYS]: "SYS",
};
const general: Record<number, string> = {
  0: "SI_USER",
  0x80: "SI_KERNEL",
  [-1]: "SI_QUEUE",
  [-2]: "SI_TIMER",
  [-3]: "SI_MESGQ",
  [-4]: "SI_ASYNCIO",
  [-5]: "SI_SIGIO",
  [-6]: "SI_TKILL",
};

/** Returns the name of a si_code, such as SEGV_MAPERR; null if it has none. */
export function siCodeName(signal: number, code: number): string | null {
  const own = code > 0 ? codes[signal]?.split(" ")[code - 1] : undefined;
  return own ? `${prefixes[signal]}_${own}` : (general[code] ?? null);
}
