/** Reports on fake exits. */
import { ByteWriter } from "../../src/output/index.ts";
import { Timespec } from "../../src/exit/timespec.ts";
import type { ReportData, ReportEnd, ReportFormat } from "../../src/views/report/report-data.ts";
import { Report } from "../../src/views/report/report.ts";
import { reportColumns } from "../../src/views/report/reported-process.ts";
import { exited, type Fields, fakeExit, killedBy, written } from "./fake-exit.ts";

/** The pid of COMMAND. */
export const COMMAND_PID = 100;

/** A COMMAND that ended with 0 after half a second, of which nothing else is known. */
export const usualEnd: ReportEnd = {
  time: new Timespec().add(1_795_441_481, 5),
  command: "make check",
  status: 0,
  exitStatus: 0,
  elapsedNs: 500_000_000,
  failOn: [],
  found: [],
  lost: 0,
  runningCount: 0,
  running: [],
};

/** A process that ends. Its start follows from its pid, and so does that of its parent. */
export interface Process extends Partial<Fields> {
  pid: number;
  ppid: number;
}

const startOf = (pid: number) => BigInt(pid) * 5_000_000_000n;

export function exitOf({ pid, ppid, ...fields }: Process) {
  const name = `p${pid}`;
  return fakeExit({
    pid,
    ppid,
    startTimeNs: startOf(pid),
    parentStartNs: startOf(ppid),
    comm: name,
    args: [name],
    ...fields,
  });
}

/** Returns a report on processes, in the order of their ends. */
export function reportOn(
  processes: readonly Process[],
  end: Partial<ReportEnd> = {},
  format: ReportFormat = "json",
  columns = reportColumns,
): Report {
  const report = new Report(format, columns, COMMAND_PID);
  const out = new ByteWriter();
  for (const process of processes) report.exit(out, exitOf(process));
  if (out.length) throw new Error("a report writes nothing for an exit");
  report.end = { ...usualEnd, ...end };
  return report;
}

export function dataOn(processes: readonly Process[], end: Partial<ReportEnd> = {}): ReportData {
  return reportOn(processes, end).data;
}

export function textOn(processes: readonly Process[], format: ReportFormat, end: Partial<ReportEnd> = {}): string {
  return written((out) => reportOn(processes, end, format).footer(out));
}

export const MS = 1_000_000n;
export const usage = (cpu: bigint, rss: bigint) => ({ cpuUserNs: cpu, cpuSystemNs: cpu / 4n, maxRssBytes: rss << 20n });

/** COMMAND with a failure that a shell swallowed, and a process that another one killed. */
export const processes: Process[] = [
  {
    pid: 202,
    ppid: 201,
    status: exited(3),
    args: ["./flaky", "a b"],
    duration: 20n * MS,
    resources: usage(4n * MS, 3n),
  },
  { pid: 201, ppid: COMMAND_PID, args: ["sh", "-c", "./flaky || true"], duration: 30n * MS },
  {
    pid: 203,
    ppid: COMMAND_PID,
    status: killedBy(9),
    args: ["server"],
    killer: { kind: "process", pid: 204, comm: "pkill" },
    duration: 90n * MS,
    resources: usage(8n * MS, 9n),
  },
  { pid: 204, ppid: COMMAND_PID, args: ["pkill", "server"], duration: 2n * MS },
  { pid: COMMAND_PID, ppid: 1, args: ["make", "check"], duration: 400n * MS, resources: usage(0n, 2n) },
];
export const leftRunning = {
  runningCount: 3,
  running: [
    { pid: 7, name: "sleep", args: "sleep 60" },
    { pid: 8, name: "", args: "" },
  ],
};
export const foundSignal = {
  exitStatus: 3,
  failOn: ["signal", "core"],
  found: [{ event: "signal", count: 1, text: "1 killed by a signal" }],
};
