/** Signals that a process requested, sent by the kernel within another process's system call. */
import {
  kernel,
  killed,
  process,
  type Scenario,
  scenario,
  SI_KERNEL,
  SI_MESGQ,
  SI_SIGIO,
  SI_USER,
} from "./scenario.ts";

const POLL_IN = 1;
const POLL_MSG = 3;

/**
 * A trigger by another process, and then a kill(2) by it with the same signal, which must name it.
 * @param request the signal that the process requests; "0": the default, SIGIO
 */
function triggered(
  title: string,
  [watch, trigger]: [string, string],
  request: string,
  si_code: number,
  reason = "async_io",
): Scenario {
  const signal = request === "0" ? "SIGIO" : request;
  const actions = `driver make_fifo
    start trigger
    need victim ${watch} ${request}
    trigger ${trigger}`;
  const cleanup = "driver remove_files";
  const death = killed("victim", signal, kernel(si_code, reason));
  if (request === "0")
    return scenario(`${title}: reports ${reason}, not the process that triggers it`, `${actions}\n${cleanup}`, death);
  return scenario(
    `${title}: reports ${reason}, and the triggering process only for its own kill(2)`,
    `${actions}
     trigger kill second ${signal}
     ${cleanup}`,
    death,
    killed("second", signal, process("trigger", SI_USER)),
  );
}

const FIFO: [string, string] = ["watch_fifo", "write_fifo"];
const QUEUE: [string, string] = ["watch_queue", "send_message"];

export const asyncIo: readonly Scenario[] = [
  triggered("O_ASYNC on a FIFO", FIFO, "0", SI_KERNEL),
  triggered("F_SETSIG on a FIFO, SIGTERM", FIFO, "SIGTERM", POLL_IN),
  triggered("F_SETSIG on a FIFO, SIGKILL", FIFO, "SIGKILL", POLL_IN),
  triggered("F_SETSIG on a FIFO, SIGABRT", FIFO, "SIGABRT", POLL_IN),
  triggered("F_SETSIG on a FIFO, SIGSEGV", FIFO, "SIGSEGV", SI_SIGIO),
  triggered("F_SETSIG on a FIFO, SIGSYS", FIFO, "SIGSYS", SI_SIGIO),
  triggered("F_SETSIG on a FIFO, realtime signal", FIFO, "SIGRTMIN+6", POLL_IN),
  triggered("F_SETSIG on an inotify descriptor", ["watch_by_inotify", "create_file"], "SIGUSR1", POLL_IN),
  // some kernels are built without dnotify or message queues
  triggered("F_NOTIFY (dnotify)", ["watch_by_dnotify", "create_file"], "SIGUSR1", POLL_MSG),
  triggered("F_SETLEASE", ["take_lease", "open_file"], "SIGUSR2", POLL_MSG),
  triggered("mq_notify(3), SIGUSR1", QUEUE, "SIGUSR1", SI_MESGQ, "message_queue"),
  triggered("mq_notify(3), SIGKILL", QUEUE, "SIGKILL", SI_MESGQ, "message_queue"),
  scenario(
    "F_SETSIG on a FIFO that a dying process closes: reports async_io, not the dying process",
    `driver make_fifo
     start trigger
     victim watch_fifo SIGUSR1
     trigger die_with_fifo SIGUSR1
     driver remove_files`,
    killed("trigger", "SIGUSR1", process("trigger", SI_USER)),
    killed("victim", "SIGUSR1", kernel(POLL_IN, "async_io")),
  ),
];
