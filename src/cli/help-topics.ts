/** The contents of the help of each command. */
import type { Help, Section } from "./help.ts";
import { traceHelp } from "./help-trace.ts";
import { operandUsage, type Subcommand, type SubcommandName, subcommands } from "./subcommands.ts";
import type { Row } from "./wrap.ts";

/** The parts of a subcommand's help that its entry in the table of subcommands lacks. */
interface Topic {
  /** Sentences; the first one continues the name of the subcommand. */
  about: string;
  usage?: readonly Row[];
  examples: readonly Row[];
  notes?: readonly Section[];
}

const exitStatus = (...paragraphs: string[]): Section => ({ heading: "Exit status", paragraphs });

const topics: Record<SubcommandName, Topic> = {
  top: {
    about:
      "shows, every two seconds, how many processes ended, how they ended, and how much CPU time and memory they took, " +
      "also those that are too short for top(1). All CPU time of a process counts when it ends. It needs root.",
    examples: [
      ["exitsnoop top", "by name; q ends it, ? lists the other keys"],
      ["exitsnoop top --by args --sort exits", "by arguments, the most frequent first"],
      ["exitsnoop top -x --unit nginx --by code", "how processes of a service fail"],
      ["exitsnoop top -j --interval 10s > sums.jsonl", "JSON: one object for each row of each interval"],
    ],
    notes: [
      {
        heading: "The screen",
        paragraphs: [
          "If stdin and stdout are a terminal, keys sort (s), group (b), filter (/), pause (p) and quit (q). Elsewhere a " +
            "table is printed for each interval, as with exitsnoop --summary --interval.",
        ],
      },
      exitStatus("0 after q, Ctrl-C or --for; 1 if exits cannot be traced; 2 for a wrong command line."),
    ],
  },
  replay: {
    about:
      "reads what exitsnoop -j wrote, and shows it with the filters, columns and formats of a trace. It needs no root, and " +
      "runs on any machine. -j -w records everything; a recording with fewer columns lacks the others.",
    usage: [
      [
        "exitsnoop replay [OPTIONS] FILE...",
        "FILE is JSON Lines, also compressed by gzip or zstd, or a directory of --keep; - is stdin",
      ],
    ],
    examples: [
      ["exitsnoop -j -w -o exits.jsonl", "record, as root"],
      ["exitsnoop replay -x exits.jsonl", "what failed or was killed"],
      ["exitsnoop replay --since 02:55 --until 03:05 -w exits.jsonl", "everything about ten minutes of today"],
      [
        "exitsnoop replay --unit nginx -f csv exits.jsonl.1.gz exits.jsonl",
        "a rotated log and the current one, as CSV",
      ],
      ["exitsnoop replay --since -10min -x DIR", "what failed in the last ten minutes, of the directory of --keep"],
      ["exitsnoop replay -C time,args - < exits.jsonl", "from stdin, with columns of your choice"],
      ["exitsnoop replay -S -x --by unit,code --interval 1h exits.jsonl", "what failed in each hour, as sums"],
    ],
    notes: [
      {
        heading: "Notes",
        paragraphs: [
          "Times without a zone are local. Users, containers and cgroups are those of the recording: they need not exist here. " +
            "An exit cannot match a filter whose column was not recorded.",
          "Sums (--summary) are those that the trace would have printed, but how busy the machine was is not recorded. An " +
            "interval begins with the first exit; one without exits is left out.",
          "Lines that are broken, cut off or no exits are left out; the last message counts them and names the first.",
        ],
      },
      exitStatus("0; 1 if a FILE cannot be read or the output cannot be written; 2 for a wrong command line."),
    ],
  },
  report: {
    about:
      "runs COMMAND and, when it has ended, reports on it and all that it started: what failed, also if that was swallowed " +
      "(|| true), what was killed and by whom, what is left running, the slowest and the largest processes, and the sums. It " +
      "needs root.",
    usage: [["exitsnoop report [OPTIONS] -- COMMAND [ARG...]", ""]],
    examples: [
      ["exitsnoop report -- npm test", "run the tests, and report on stderr"],
      ["exitsnoop report --fail-on signal,orphans -- make check", "exit with 3 if something was killed or goes on"],
      ["exitsnoop report -o report.md -- make", "the report as Markdown, in a file"],
      ["exitsnoop report --report-format junit --truncate -o r.xml -- make", "JUnit XML, in a file"],
      ["exitsnoop report --as www-data -- ./deploy", "COMMAND as another user than root"],
    ],
    notes: [
      {
        heading: "Notes",
        paragraphs: [
          "Descendants that still run half a second after COMMAND has ended, or with --no-wait at once, are left running. The " +
            "report does not wait for them, and they are not stopped.",
          "In GitHub Actions (if GITHUB_STEP_SUMMARY and GITHUB_ACTIONS are set) the report is appended to the summary of the " +
            "step, and annotations are printed on stdout, unless the report itself goes there.",
        ],
      },
      exitStatus(
        "that of COMMAND, 128+N after signal N; 3 for an event of --fail-on; 126 or 127 if COMMAND cannot be run; 1 if it " +
          "cannot be traced; 2 for a wrong command line.",
      ),
    ],
  },
  export: {
    about:
      "reads what exitsnoop -j writes, from stdin, a FIFO or a file that it follows, and passes it on. It is a process of its " +
      "own: the tracer has no network, and the exporter has no privileges. If root starts it, it becomes user nobody.",
    usage: [["exitsnoop export [OPTIONS] [FILE]", "FILE is JSON Lines or a FIFO; stdin by default, or -"]],
    examples: [
      ["exitsnoop -j -w | exitsnoop export --prometheus :9464", "metrics of this machine, as root"],
      ["exitsnoop export --prometheus 127.0.0.1:9464 /var/log/exits.jsonl", "of a log, also after it is rotated"],
      [
        "exitsnoop export --otlp http://127.0.0.1:4318 --spool DIR /var/log/exits.jsonl",
        "to a Collector; what is not sent yet outlives restarts of both",
      ],
    ],
    notes: [
      {
        heading: "Notes",
        paragraphs: [
          "curl -s 127.0.0.1:9464/metrics shows what Prometheus gets. Names of pods and containers are in the metrics if the lines have them: exitsnoop -j -w.",
          "It ends when stdin ends, and at SIGTERM or Ctrl-C once what it has read is passed on, or after five seconds.",
        ],
      },
      exitStatus("0; 1 if the input cannot be read or a port cannot be bound; 2 for a wrong command line."),
    ],
  },
  agent: {
    about:
      "runs a tracer and an exporter in processes of their own, connects them, and starts each again when it dies. A " +
      'line, {"event":"gap"}, reports a time without a tracer, also after the agent itself was killed. It needs root.',
    examples: [
      ["exitsnoop agent --prometheus 127.0.0.1:9464", "metrics of this machine, until Ctrl-C"],
      ["exitsnoop agent -x --prometheus :9464", "only of failures, for Prometheus on another machine"],
    ],
    notes: [
      {
        heading: "Notes",
        paragraphs: [
          "An exit is passed on, counted as lost, or in a gap. If the exporter is slow, the tracer counts what is lost. If " +
            "the exporter dies, the next one gets again what it had not confirmed, at most 32 MiB.",
          "The packages for Debian and RPM have it as a service, exitsnoop-agent.service, which is ready once the tracer is " +
            "attached. When the agent dies, the others end.",
        ],
      },
      exitStatus(
        "0 after SIGTERM or Ctrl-C; 1 if exits cannot be traced or exported from the start, or another agent uses the file " +
          "of --state; 2 for a wrong command line.",
      ),
    ],
  },
  package: {
    about:
      "writes exitsnoop's BPF program as an eunomia package: `sudo ecli run package.json` then shows every process exit. " +
      "It needs no root. The same binary always writes the same bytes.",
    examples: [
      ["exitsnoop package", "write package.json, for: sudo ecli run package.json"],
      ["exitsnoop package | ssh host 'cat > package.json'", "write it on another machine"],
      ["exitsnoop package --recorder -o exits.json", "the package with every field that exitsnoop records"],
    ],
    notes: [exitStatus("0; 1 if the package cannot be written; 2 for a wrong command line.")],
  },
  run: {
    about:
      "loads an eunomia package, as ecc makes it and ecli runs it, attaches its programs and prints its events. It needs root.",
    usage: [
      ["exitsnoop run [OPTIONS] PACKAGE", "PACKAGE is a package.json, or - for stdin"],
      ["exitsnoop run [OPTIONS] PACKAGE -- OPTION...", "set the package's own options"],
    ],
    examples: [
      ["exitsnoop run package.json", "print what ecli run package.json prints"],
      ["exitsnoop run --inspect package.json", "show what it attaches to and uses; load nothing"],
      ["exitsnoop run package.json -- --help", "show the package's own options"],
      ["exitsnoop run -j --for 10s package.json -- --pid 4242", "JSON for ten seconds, with an option of the package"],
    ],
    notes: [
      {
        heading: "Notes",
        paragraphs: [
          "PACKAGE may also be the NAME.skel.json that ecc writes, with NAME.bpf.o beside it.",
          "A package's programs run in the kernel with root's rights. Check a package that you did not build with --inspect.",
        ],
      },
      exitStatus(
        "0 after Ctrl-C, --count, --for or a closed output pipe; 1 if the package cannot be run; 2 for a wrong command line.",
      ),
    ],
  },
  doctor: {
    about:
      "checks whether exits can be traced on this machine and, if not, says why and what to do. It needs no root: run it as " +
      "you would run exitsnoop.",
    examples: [
      ["sudo exitsnoop doctor", "check whether root can trace"],
      ["exitsnoop doctor --json", "print the report as one JSON object"],
    ],
    notes: [
      {
        heading: "The report",
        paragraphs: [
          "Each line has the check; its result: yes, limited (exits are traced, but something else does not work), no, or " +
            "unknown (the check could not be made); what was found; and what to do. The last check traces two child processes.",
        ],
      },
      exitStatus("0 if exits can be traced; 1 if not; 2 for a wrong command line."),
    ],
  },
  help: {
    about: "prints the whole help of exitsnoop, or that of a subcommand.",
    examples: [["exitsnoop help run", "the help of exitsnoop run, as exitsnoop run --help prints it"]],
  },
  completion: {
    about: "prints the script with which bash, zsh or fish completes exitsnoop's commands, options and values.",
    examples: [
      ["exitsnoop completion bash > /etc/bash_completion.d/exitsnoop", "for every user's bash"],
      ["source <(exitsnoop completion bash)", "for this shell only"],
      ["exitsnoop completion zsh > /usr/local/share/zsh/site-functions/_exitsnoop", "for zsh"],
      ["exitsnoop completion fish > ~/.config/fish/completions/exitsnoop.fish", "for fish"],
    ],
  },
  man: {
    about:
      "shows the manual page exitsnoop(8) with man(1) or, if stdout is not a terminal, prints it in the format of man.",
    examples: [
      ["exitsnoop man", "read it"],
      ["exitsnoop man > /usr/local/share/man/man8/exitsnoop.8", "install it"],
    ],
  },
  schema: {
    about: "prints the JSON schema of the lines that exitsnoop -j writes: every key with its type and meaning.",
    examples: [["exitsnoop schema > exits.schema.json", "for a validator, or for a generator of types"]],
  },
  version: {
    about: "prints the version of exitsnoop with its commit and target, and the versions of its runtime and of libbpf.",
    examples: [["exitsnoop version", "what a bug report needs"]],
  },
};

/** Returns the help of a subcommand, or of the tracer itself. */
export function helpOf(name: SubcommandName | undefined): Help {
  if (name === undefined) return traceHelp();
  const { about, usage, examples, notes = [] } = topics[name];
  const subcommand: Subcommand = subcommands[name];
  return {
    about: `${subcommand.program} ${about}`,
    usage: usage ?? [[`${subcommand.program} [OPTIONS]${operandUsage(subcommand)}`, ""]],
    sections: [{ heading: "Options", options: subcommand.options }, { heading: "Examples", rows: examples }, ...notes],
  };
}
