/** The scenes whose screens the documents show. */
import { END, type Scene, type Step } from "./scene.ts";

const IN_REPORT_SERVICE = "./in-cgroup /system.slice/report.service 33554432";
const MANY_PROCESSES = 'for i in $(seq 600); do grep -q root /etc/passwd; date -u; sh -c "exit 3"; done';
const CLOSING_LINE = /\d lost\n\$\s*$/;

/** Starts a program in report.service, where it waits for the file `go`. */
function inService(program: string): Step {
  return {
    beside: `${IN_REPORT_SERVICE} ./after-go ${program} >/dev/null 2>&1 & until [ -e waits ]; do sleep 0.1; done`,
  };
}

/** Lets the program of inService() go on, and waits for its end. */
const GO: Step = { beside: "touch go; until [ -e done ]; do sleep 0.1; done" };

/** A nightly job in report.service. README.md shows a picture of this scene. */
export const failures: Scene = {
  name: "failures",
  rows: 22,
  steps: [
    inService("./nightly.sh"),
    { type: "sudo exitsnoop -x --unit report", until: /^Tracing/m },
    { beside: "./deploy.sh >/dev/null 2>&1 &" },
    GO,
    { pause: 900 },
    { press: "C-c", until: CLOSING_LINE },
    { pause: 200 },
  ],
};

/** Types one command and waits for its end. */
function command(name: string, type: string, rows = 30): Scene {
  return { name, rows, steps: [{ type, until: END }] };
}

/** Traces report.service while a program runs in it. */
function service(name: string, type: string, program: string, rows = 30): Scene {
  return {
    name,
    rows,
    steps: [
      inService(program),
      { type, until: /^Tracing/m },
      GO,
      { pause: 700 },
      { press: "C-c", until: CLOSING_LINE },
    ],
  };
}

/** A program that has the terminal for itself while `ls /nowhere` fails behind it. */
function fullScreen(name: string, program: string, shown: RegExp, keys: string): Scene {
  const command = `exitsnoop -x -- bash -c '(sleep 0.7; ls /nowhere 2>/dev/null) & ${program}'`;
  return { name, rows: 14, steps: [{ type: command, until: shown }, { write: keys }, { pause: 1500 }] };
}

export const scenes: readonly Scene[] = [
  failures,
  command("mixed", "sudo exitsnoop -- ./mixed.sh"),
  command("wide", "exitsnoop -x -w -- ./mixed.sh", 60),
  command("summary", "sudo exitsnoop -S --by comm,code -- ./mixed.sh"),
  {
    name: "top",
    rows: 12,
    steps: [
      { type: "sudo exitsnoop top --unit report", until: /counting/ },
      { beside: `${IN_REPORT_SERVICE} sh -c '${MANY_PROCESSES}' >/dev/null 2>&1 &` },
      { pause: 3500 },
    ],
  },
  {
    name: "report",
    rows: 40,
    steps: [
      { type: "sudo exitsnoop report --fail-on orphans -- ./ci.sh; echo $?", until: /lost\n3\n\$\s*$/ },
      // the process that ci.sh leaves running would outlive the scene
      { beside: 'kill "$(cat daemon.pid)"' },
    ],
  },
  command("report-markdown", "sudo exitsnoop report -q -o - -- sh ./check.sh | grep '^|'"),
  command("report-junit", "sudo exitsnoop report -q --report-format junit -o - -- sh ./check.sh | head -n 5"),
  service("oom", "exitsnoop -s KILL -c /system.slice/report.service", "tail /dev/zero"),
  service("oom-wide", "sudo exitsnoop -w --oom", "tail /dev/zero"),
  command("json", "sudo exitsnoop -qj -o - -- sh -c 'kill -9 $$' | jq .", 40),
  command("doctor", "sudo exitsnoop doctor | tail -n +2"),
  command("make", "sudo exitsnoop -x -- make -s -j4"),
  {
    name: "orphan",
    rows: 14,
    steps: [
      { type: "sudo exitsnoop -x -- ./orphan.sh", until: /done/ },
      { pause: 2500 },
      { press: "C-c", until: CLOSING_LINE },
      { beside: 'kill "$(cat daemon.pid)"' },
    ],
  },
  {
    name: "daemon",
    rows: 14,
    steps: [
      { type: "exitsnoop -x -- ./svc.sh", until: /service started/ },
      { pause: 2500 },
      { press: "C-c", until: CLOSING_LINE },
      // the daemon would outlive the scene
      { beside: 'kill "$(cat daemon.pid)"' },
    ],
  },
  fullScreen("less", "less Makefile", /all: lint/, ""),
  fullScreen("vim", "vim -u NONE Makefile", /all: lint/, "i# some text"),
  fullScreen("bash", "PS1=\\$\\  bash --norc --noprofile", END, "echo a line that is being typed"),
  command("columns", "exitsnoop -x -C time,user,exit_code,duration,args -- ./mixed.sh"),
  command("builtin", "exitsnoop -- cd /tmp"),
  command("typo", "exitsnoop docter"),
  command("word", "exitsnoop ls"),
  command("interpreter", "exitsnoop -- ./bad-interpreter"),
];
