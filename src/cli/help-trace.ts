/** The contents of `exitsnoop -h` and `exitsnoop --help`. */
import { type Help, optionNames, type Section } from "./help.ts";
import { type Option, optionGroups, type OptionName, options } from "./options/index.ts";
import { operandUsage, type Subcommand, subcommands } from "./subcommands.ts";
import { type Row, wrapRows } from "./wrap.ts";

/** The width of the short help, which is not wrapped. */
const SHORT_WIDTH = 80;

/** The most used options, with a meaning that fits in a line. */
const commonOptions: readonly [OptionName, string][] = [
  ["failed", "only failures: exit codes other than 0, and kills"],
  ["pid", "only these processes"],
  ["name", "only processes with this name, or glob"],
  ["user", "only processes of these users"],
  ["signal", "only processes killed by these signals, or any"],
  ["cgroup", "only processes in this cgroup or below"],
  ["columns", "the columns to show; -C help lists them"],
  ["wide", "show everything that is known about each exit"],
  ["format", "table, json, csv, ...; -j is short for json"],
  ["output", "append events to FILE"],
  ["for", "stop after TIME, e.g. 10s; --count N: after N exits"],
  ["as", "run COMMAND as this user"],
];

const shortExamples: readonly Row[] = [
  ["exitsnoop -x", "what fails or is killed, and by what"],
  ["exitsnoop make test", "trace make and all that it starts"],
  ["exitsnoop -x --as nobody -- make -k", "-- ends the options"],
  ["exitsnoop -p 4242 --count 1", "wait until process 4242 exits"],
  ["exitsnoop -j --for 10s | jq .comm", "JSON, an object on each line"],
];

/** Returns the text of `exitsnoop -h`, which fits a terminal of 80 × 24 with a prompt below it. */
export function shortHelp(): string {
  const rows = commonOptions.map(([name, meaning]): Row => {
    const option: Option = options[name];
    // the list form of a value, e.g. PID[,PID…], is left to the whole help
    return [
      optionNames(name, { ...option, ...(option.value && { value: option.value.replace(/\[.*/, "") }) }),
      meaning,
    ];
  });
  return [
    "exitsnoop shows every process exit, live: status, duration, and what killed it.",
    "Usage: sudo exitsnoop [OPTIONS] [[--] COMMAND [ARG...]]",
    "",
    ...wrapRows(rows, SHORT_WIDTH),
    "",
    ...wrapRows(shortExamples, SHORT_WIDTH),
    "",
    "All options: exitsnoop --help    Does it work here? exitsnoop doctor",
    "",
  ].join("\n");
}

const usage: readonly Row[] = [
  ["exitsnoop [OPTIONS]", "trace every process exit until Ctrl-C"],
  ["exitsnoop [OPTIONS] [--] COMMAND [ARG...]", "run COMMAND, trace it and its descendants"],
  ["exitsnoop SUBCOMMAND [OPTIONS]", "one of the subcommands below"],
];

const recipes: readonly Row[] = [
  ["exitsnoop -x", "what fails or is killed, and by what"],
  ["exitsnoop make test", "which process of the build fails"],
  ['exitsnoop -x --as "$USER" -- npm test', "run npm test as yourself under sudo"],
  ["exitsnoop -p 4242 --count 1", "wait until process 4242 exits, and see how"],
  ["exitsnoop -s any -w", "everything about processes that a signal killed"],
  ["exitsnoop --oom", "OOM kills, with the cgroup that ran out of memory"],
  ["exitsnoop --unit nginx", "a systemd service"],
  ["exitsnoop --tree 4242 -x", "what fails below a running process, e.g. a CI runner"],
  ["exitsnoop -x --max-duration 1s", "crash loops: what fails within a second"],
  ["exitsnoop -c /docker -C time,container_id,args,exit_code", "containers, with columns of your choice"],
  ["exitsnoop -n 'nginx*' -u www-data -x", "failures of one program and one user"],
  ["exitsnoop --min-duration 1h", "only processes that lived for an hour or longer"],
  ["exitsnoop -S --for 10s", "what ends most often, and what CPU time it takes"],
  ["exitsnoop -S --by unit,code --interval 1m", "each minute, exits by service and exit code"],
  ["exitsnoop -j | jq -r 'select(.exit_code > 0) | .comm'", "names of what fails"],
  ["exitsnoop -qj -o - -- make | jq .", "JSON alone on stdout, with a COMMAND"],
  ["exitsnoop -f csv --for 1m > exits.csv", "a minute for a spreadsheet"],
  ["exitsnoop -f html -o build.html make", "a build as a timeline, for a browser"],
  ["exitsnoop -j -w -o DIR --keep 200M,7d", "a flight recorder: the oldest are removed; replay DIR reads it"],
  ["exitsnoop -x -o /var/log/exits.log", "keep a log: new lines are appended"],
];

const table: Section = {
  heading: "The table",
  rows: [
    ["TIME", "when the process exited, by the kernel's clock"],
    ["PID", "its process id on the host"],
    ["PARENT", "name and pid of its parent"],
    ["EXIT_CODE", "0-255, as wait() returns it; or the signal that killed it, e.g. SIGKILL, SIGSEGV+core"],
    ["DURATION", "how long it lived, from fork to exit"],
    ["COMMAND", "its command line, or its name; then the process that killed it, if a signal did"],
  ],
  paragraphs: [
    "This is the table on a terminal. In a pipe or a file, and with -f ecli, it has TIME, PID, PPID, EXIT_CODE, " +
      "DURATION_NS and COMM.",
  ],
};

const exitCodes: Section = {
  heading: "Reading EXIT_CODE",
  rows: [
    ["SIGKILL", "a signal killed the process: it did not exit by itself"],
    ["137", "the process called exit(137): nothing killed it. A shell does that if SIGKILL (128+9) killed its child"],
    ["124", "timeout(1) ended its command"],
    ["126, 127", "a shell could not run a command, or did not find it"],
  ],
};

const destinations: Section = {
  heading: "Where the output goes",
  paragraphs: [
    "Events go to stdout, and nothing else does. With a COMMAND, stdout belongs to COMMAND: events go to stderr, or to " +
      "the FILE of -o; -o - means stdout. Messages always go to stderr. COMMAND runs as root unless --as names a user, " +
      "and it gets stdin and the terminal's signals.",
  ],
};

const losses: Section = {
  heading: "Lost exits",
  paragraphs: [
    "Every exit after the line that begins with Tracing is printed or counted. N lost in the last line means that N exits " +
      "are missing from the output, because the ring buffer was full (take a larger --ring-size, filter, or read the " +
      "output faster) or the output had no room.",
  ],
};

const statuses: Section = {
  heading: "Exit status",
  rows: [
    ["0", "after Ctrl-C, --count, --for, or if the reader of the output went away"],
    ["1", "exits cannot be traced, or the output cannot be written"],
    ["2", "the command line is wrong"],
    ["3", "with --fail-on, if one of its events happened"],
    ["COMMAND's own", "with a COMMAND: 128+N if signal N killed it, 127 if it is not found, 126 if it cannot be run"],
  ],
};

const otherTools: Section = {
  heading: "If you know other tools",
  rows: [
    [
      "exitsnoop of BCC, libbpf-tools",
      "-x, -p, -t, --utc, -c, -T and --per-thread mean the same; their AGE is DURATION",
    ],
    ["killsnoop", "exitsnoop -s any: signals that killed a process, and their senders"],
    ["strace -f -e trace=exit COMMAND", "exitsnoop COMMAND: hardly slows COMMAND down"],
    ["dmesg | grep -i oom", "exitsnoop --oom: live, with the cgroup that ran out of memory"],
  ],
};

export function traceHelp(): Help {
  const commands = Object.entries<Subcommand>(subcommands).map(([name, subcommand]): Row => [
    `${name}${operandUsage(subcommand)}`,
    subcommand.summary,
  ]);
  return {
    about:
      "exitsnoop shows every process exit on this machine as it happens: what ran, how long it lived, its exit status and, " +
      "if it was killed, what killed it. It needs root.",
    usage,
    sections: [
      {
        heading: "Subcommands",
        rows: commands,
        paragraphs: ["A subcommand is the first word; exitsnoop -- man traces the program man."],
      },
      {
        heading: "Filters",
        options: optionGroups.filters,
        paragraphs: [
          "An exit must match every filter that is given, and any one of the values of a filter. -s, --code, --oom and --core " +
            "count as one filter. Filters are applied in the kernel, except --args and names of --container: exits that do not match cost almost nothing.",
        ],
      },
      { heading: "Output", options: optionGroups.output },
      { heading: "Limits", options: optionGroups.limits },
      { heading: "With a COMMAND", options: optionGroups.child },
      { heading: "Messages", options: optionGroups.messages },
      table,
      exitCodes,
      { heading: "Recipes", rows: recipes },
      destinations,
      losses,
      statuses,
      otherTools,
    ],
  };
}
