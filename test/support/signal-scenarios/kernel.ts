/** Signals that the kernel sends to a process for its own actions: faults, limits, timers. */
import {
  faultWithPrintedCode,
  kernel,
  killed,
  type Scenario,
  scenario,
  SI_KERNEL,
  SI_TIMER,
  SI_USER,
  unknown,
} from "./scenario.ts";

const SEGV_MAPERR = 1;
const SEGV_ACCERR = 2;
const BUS_ADRERR = 2;
const FPE_INTDIV = 1;
const SYS_SECCOMP = 1;
const SYS_USER_DISPATCH = 2;
const POLL_IN = 1;
const CLD_EXITED = 1;

const UNMAPPED = kernel(SEGV_MAPERR, "fault");

/** A fault with core dumps and without. */
function fault(title: string, actions: string, signal: string, sender = faultWithPrintedCode): Scenario[] {
  return [0, 1 << 20].map((limit) =>
    scenario(
      `${title}, core limit ${limit}: reports a fault`,
      `victim setrlimit RLIMIT_CORE ${limit}
       ${actions}`,
      killed("victim", signal, sender),
    ),
  );
}

export const faults: readonly Scenario[] = [
  ...fault("access to an unmapped address", "victim access_unmapped", "SIGSEGV", UNMAPPED),
  ...fault("write to a read-only page", "victim write_read_only", "SIGSEGV", kernel(SEGV_ACCERR, "fault")),
  ...fault("read past the end of a mapped file", "victim read_past_file", "SIGBUS", kernel(BUS_ADRERR, "fault")),
  ...fault("breakpoint instruction", "print driver code_of_breakpoint\nvictim hit_breakpoint", "SIGTRAP"),
  ...fault("illegal instruction", "print driver code_of_illegal\nvictim run_illegal", "SIGILL"),
  ...fault("division by zero", "need victim divide_by_zero", "SIGFPE", kernel(FPE_INTDIV, "fault")),
  ...fault(
    "access to a non-canonical address",
    "need victim access_noncanonical",
    "SIGSEGV",
    kernel(SI_KERNEL, "fault"),
  ),
  scenario(
    "fault while SIGSEGV is blocked: reports a fault",
    `victim block SIGSEGV
     victim access_unmapped`,
    killed("victim", "SIGSEGV", UNMAPPED),
  ),
  scenario(
    "fault while SIGSEGV is ignored: reports a fault",
    `victim ignore SIGSEGV
     victim access_unmapped`,
    killed("victim", "SIGSEGV", UNMAPPED),
  ),
  scenario(
    "fault whose handler has no stack: reports a fault with SI_KERNEL",
    `victim catch_without_stack SIGSEGV
     victim access_unmapped`,
    killed("victim", "SIGSEGV", kernel(SI_KERNEL, "fault")),
  ),
  scenario(
    "SIGTERM whose handler has no stack: reports a fault with SI_KERNEL, not SIGTERM's sender",
    `victim catch_without_stack SIGTERM
     alice kill victim SIGTERM`,
    killed("victim", "SIGSEGV", kernel(SI_KERNEL, "fault")),
  ),
  scenario(
    "fault of one of four threads: reports a fault",
    `victim start_workers 3
     victim access_unmapped`,
    killed("victim", "SIGSEGV", UNMAPPED),
  ),
  // two signals are pending, and faults come first
  scenario(
    "fault while another process's SIGSEGV is pending: reports a fault or unknown",
    `victim block SIGSEGV
     alice kill victim SIGSEGV
     victim access_unmapped`,
    killed("victim", "SIGSEGV", UNMAPPED, unknown),
  ),
  scenario(
    "fault after another process's SIGSEGV was consumed: reports a fault",
    `victim block SIGSEGV
     alice kill victim SIGSEGV
     victim consume SIGSEGV
     victim access_unmapped`,
    killed("victim", "SIGSEGV", UNMAPPED),
  ),
];

export const limits: readonly Scenario[] = [
  scenario(
    "RLIMIT_CPU, soft limit: reports cpu_limit",
    `victim setrlimit RLIMIT_CPU 1 4
     victim spin`,
    killed("victim", "SIGXCPU", kernel(SI_KERNEL, "cpu_limit")),
  ),
  scenario(
    "RLIMIT_CPU, hard limit: reports cpu_limit",
    `victim setrlimit RLIMIT_CPU 1 1
     victim spin`,
    killed("victim", "SIGKILL", kernel(SI_KERNEL, "cpu_limit")),
  ),
  scenario(
    "RLIMIT_FSIZE: reports file_size_limit",
    `victim setrlimit RLIMIT_FSIZE 16
     victim write_past_limit`,
    killed("victim", "SIGXFSZ", kernel(SI_USER, "file_size_limit")),
  ),
  scenario(
    "RLIMIT_RTTIME, soft limit: reports cpu_limit",
    "need victim spin_realtime 50000 1000000",
    killed("victim", "SIGXCPU", kernel(SI_KERNEL, "cpu_limit")),
  ),
  scenario(
    "RLIMIT_RTTIME, hard limit: reports cpu_limit",
    "need victim spin_realtime 50000 50000",
    killed("victim", "SIGKILL", kernel(SI_KERNEL, "cpu_limit")),
  ),
];

const timer = (title: string, actions: string, signal: string, si_code: number) =>
  scenario(`${title}: reports timer`, actions, killed("victim", signal, kernel(si_code, "timer")));

const ownIo = (title: string, request: string, signal: string, si_code: number) =>
  scenario(
    `${title}: reports async_io`,
    `victim watch_own_socket ${request}`,
    killed("victim", signal, kernel(si_code, "async_io")),
  );

const clone = (signal: string) =>
  scenario(
    `clone(2) with exit signal ${signal}, child exits: reports the kernel with reason unknown`,
    `victim clone_with_signal ${signal}`,
    killed("victim", signal, kernel(CLD_EXITED, "unknown")),
  );

const seccomp = (title: string, action: string) =>
  scenario(
    `${title}: reports seccomp`,
    `victim violate_seccomp SECCOMP_MODE_FILTER ${action}`,
    killed("victim", "SIGSYS", kernel(SYS_SECCOMP, "seccomp")),
  );

export const requests: readonly Scenario[] = [
  scenario(
    "write to a broken pipe: reports broken_pipe",
    "victim break_pipe",
    killed("victim", "SIGPIPE", kernel(SI_USER, "broken_pipe")),
  ),
  timer("alarm(2)", "victim alarm", "SIGALRM", SI_KERNEL),
  timer("setitimer(2), ITIMER_REAL", "victim spin_with_itimer ITIMER_REAL", "SIGALRM", SI_KERNEL),
  timer("setitimer(2), ITIMER_VIRTUAL", "victim spin_with_itimer ITIMER_VIRTUAL", "SIGVTALRM", SI_KERNEL),
  timer("setitimer(2), ITIMER_PROF", "victim spin_with_itimer ITIMER_PROF", "SIGPROF", SI_KERNEL),
  timer("timer_create(2), SIGUSR1", "victim start_timer SIGEV_SIGNAL SIGUSR1", "SIGUSR1", SI_TIMER),
  timer("timer_create(2), SIGKILL", "victim start_timer SIGEV_SIGNAL SIGKILL", "SIGKILL", SI_TIMER),
  timer("timer_create(2), SIGRTMIN", "victim start_timer SIGEV_SIGNAL SIGRTMIN", "SIGRTMIN", SI_TIMER),
  timer("timer_create(2), SIGEV_THREAD_ID", "victim start_timer SIGEV_THREAD_ID SIGTERM", "SIGTERM", SI_TIMER),
  ownIo("O_ASYNC on a socket", "0", "SIGIO", SI_KERNEL),
  ownIo("F_SETSIG on a socket, SIGRTMIN+1", "SIGRTMIN+1", "SIGRTMIN+1", POLL_IN),
  clone("SIGUSR2"),
  clone("SIGSEGV"),
  clone("SIGSYS"),
  seccomp("SECCOMP_RET_KILL_PROCESS", "SECCOMP_RET_KILL_PROCESS"),
  seccomp("SECCOMP_RET_KILL_THREAD in the only thread", "SECCOMP_RET_KILL_THREAD"),
  seccomp("SECCOMP_RET_TRAP", "SECCOMP_RET_TRAP"),
  // the kernel ends the process without sending the signal, so there is no si_code
  scenario(
    "strict seccomp: reports seccomp, without an si_code",
    "victim violate_seccomp SECCOMP_MODE_STRICT",
    killed("victim", "SIGKILL", kernel(null, "seccomp")),
  ),
  scenario(
    "syscall user dispatch: reports syscall_user_dispatch",
    "need victim dispatch_syscall",
    killed("victim", "SIGSYS", kernel(SYS_USER_DISPATCH, "syscall_user_dispatch")),
  ),
  scenario(
    "execve(2) of a program that cannot be mapped: reports the kernel with reason unknown",
    "victim exec_unmappable",
    killed("victim", "SIGSEGV", kernel(SI_KERNEL, "unknown")),
  ),
];
