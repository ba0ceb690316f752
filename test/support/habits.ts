/**
 * Command lines that people type from habit, after BCC, libbpf-tools, strace and others, with the
 * answer that each must get. Words are separated by blanks; apostrophes quote.
 */

interface Accepted {
  /** Some of the options, after parsing. */
  parsed?: object;
  command?: readonly string[];
}

/** The sentence of a refusal with status 2, or what is accepted. */
type Answer = string | Accepted;

const command = (...words: string[]): Accepted => ({ command: words });
const parsed = (options: object): Accepted => ({ parsed: options });

export const habits: readonly (readonly [line: string, answer: Answer])[] = [
  // BCC's and libbpf-tools' own options
  ["-t --utc -x --label=", parsed({ failed: true, utc: true, timestamp: true })],
  ["-t --utc -x", parsed({ failed: true, utc: true, timestamp: true })],
  ["-t", parsed({ timestamp: true })],
  ["--utc", parsed({ utc: true })],
  ["-x", parsed({ failed: true })],
  ["-p 1", parsed({ pid: [1] })],
  ["--per-thread", parsed({ threads: true })],
  ["-T", parsed({ threads: true })],
  ["-v", parsed({ verbose: true })],
  ["-c /sys/fs/cgroup/unified", parsed({ cgroup: ["/sys/fs/cgroup/unified"] })],
  ["--threaded", parsed({ threads: true })],
  // strace's
  ["-f -e trace=exit ls", "-f needs a value: -f FORMAT"],
  ["-o out ls", command("ls")],
  // a COMMAND without --
  ["ls", command("ls")],
  ["id", command("id")],
  ["ps", command("ps")],
  ["time make", command("time", "make")],
  ["for", command("for")],
  ["fork", command("fork")],
  ["json", command("json")],
  ["sleep 1", command("sleep", "1")],
  ["-x make test", { parsed: { failed: true }, command: ["make", "test"] }],
  ["make -x -- -j", command("make", "-x", "--", "-j")],
  ["true -- -x", command("true", "--", "-x")],
  ["-- true -x", command("true", "-x")],
  ["-- 1234", command("1234")],
  ["-x -- doctor", { parsed: { failed: true }, command: ["doctor"] }],
  // numbers
  ["1234", '"1234" is a number, not a COMMAND; did you mean -p 1234? To trace a program named 1234: exitsnoop -- 1234'],
  ["-x 1234", "did you mean -p 1234? To trace a program named 1234: exitsnoop -x -- 1234"],
  ["-o out.log 1234", '"1234" is a number, not a COMMAND; did you mean -p 1234? To trace'],
  ["-c /docker 1234", '"1234" is a number, not a COMMAND; did you mean -p 1234? To trace'],
  ["--args 'a*' 1234", '"1234" is a number, not a COMMAND; did you mean -p 1234? To trace'],
  ["-P 17 42", "a list has commas: -P 17,42; to trace"],
  ["-p 17 42", '"42" is a number, not a COMMAND; a list has commas: -p 17,42; to trace'],
  // subcommands
  ["help", {}],
  ["help run", {}],
  ["version", {}],
  ["completion bash", {}],
  ["man", {}],
  ["docter", '"docter" is neither a subcommand nor a program in the PATH; did you mean doctor? To trace'],
  ["packages", "did you mean package? To trace a program named packages: exitsnoop -- packages"],
  [
    "-x doctor",
    "doctor is a subcommand only as the first word: exitsnoop doctor -x; to trace a program named doctor: exitsnoop -x -- doctor",
  ],
  ["-x man ls", "man is a subcommand only as the first word: exitsnoop man ls; to trace"],
  [
    "-xj run package.json",
    "exitsnoop run -xj package.json; to trace a program named run: exitsnoop -xj -- run package.json",
  ],
  ["man ls", '"ls" is too much: exitsnoop man takes only options; to trace a program named man: exitsnoop -- man ls'],
  [
    "man -k ls",
    "there is no option -k; exitsnoop man --help lists all; to trace a program named man: exitsnoop -- man -k ls",
  ],
  ["doctor who", "exitsnoop doctor takes only options; to trace a program named doctor: exitsnoop -- doctor who"],
  [
    "help wibble",
    "exitsnoop help wibble: not known; choose package, run, doctor, help, completion, man, schema or version",
  ],
  ["help docter", "did you mean doctor? To trace a program named help: exitsnoop -- help docter"],
  ["completion", "exitsnoop completion needs bash|zsh|fish, as in: exitsnoop completion bash"],
  ["completion tcsh", "choose bash, zsh or fish"],
  ["run", "exitsnoop run needs PACKAGE, as in: exitsnoop run package.json"],
  ["package.json", '"package.json" looks like an eunomia package; to run it: exitsnoop run package.json; to trace'],
  ["run package.json --pid 5", "there is no option --pid; exitsnoop run --help lists all"],
  ["run package.json --pid 5", "options of the package go after --, as in: exitsnoop run package.json -- --pid 5"],
  // processes
  ["-p '1 2'", parsed({ pid: [1, 2] })],
  ["-p", "-p needs a value: -p PID"],
  ["-p ''", "this one is empty, as of a $(command) that finds nothing"],
  ["--pid=1,2", parsed({ pid: [1, 2] })],
  ["-p1", parsed({ pid: [1] })],
  ["-n 'python*' -n node", parsed({ name: ["python*", "node"] })],
  ["-n python,node", parsed({ name: ["python", "node"] })],
  ["-n '!grep'", {}],
  ["-n averyveryverylongprocessname", "the kernel keeps only 15 bytes of a process's name"],
  ["-u nosuchuser", "there is no such user here"],
  ["-s SIGFOO", "not a signal; examples: KILL"],
  ["-s 0", "not a signal; examples: KILL"],
  ["-s term", parsed({ signal: [15] })],
  ["-s TERM,KILL", parsed({ signal: [15, 9] })],
  ["-s RTMIN+1", parsed({ signal: [35] })],
  ["-c docker", "not a cgroup's path; give it as in /proc/PID/cgroup"],
  ["-c 1", "did you mean --count 1?"],
  ["-c /sys/fs/cgroup/system.slice/x", {}],
  ["-e 137", "there is no option -e; did you mean --code?"],
  ["--exit-code 137", "there is no option --exit-code; did you mean --code?"],
  ["--code 1", {}],
  ["-g root", "there is no option -g; exitsnoop --help lists all"],
  ["-i 1", "there is no option -i; exitsnoop --help lists all"],
  ["--max-duration 1s", parsed({ "max-duration": 1000 })],
  ["--tree 1", {}],
  // limits
  ["--duration 10", "there is no option --duration; did you mean --for?"],
  ["--timeout 10", "there is no option --timeout; did you mean --for?"],
  ["-d 10", "there is no option -d; did you mean --for?"],
  ["--for 10", parsed({ for: 10_000 })],
  ["--for 1.5h", parsed({ for: 5_400_000 })],
  ["--for 1w", parsed({ for: 604_800_000 })],
  ["--count 0", "--count 0: the smallest count is 1"],
  ["--count -1", "--count needs a value: --count N"],
  ["--count five", "--count five: not a whole number"],
  // spelling
  ["-jx", parsed({ json: true, failed: true })],
  ["-xj", parsed({ json: true, failed: true })],
  ["-xw", parsed({ wide: true, failed: true })],
  ["-xjp 1", parsed({ json: true, failed: true, pid: [1] })],
  ["-json", "there is no option -json; did you mean --json?"],
  ["-failed", "there is no option -failed; did you mean --failed?"],
  ["-pid 1", "there is no option -pid; did you mean --pid?"],
  ["-X", "there is no option -X; did you mean -x (--failed)?"],
  ["-W", "there is no option -W; did you mean -w (--wide)?"],
  ["-J", "there is no option -J; did you mean -j (--json)?"],
  ["-U", "there is no option -U; did you mean -u (--user)?"],
  ["-N", "there is no option -N; did you mean -n (--name)?"],
  ["-F", "there is no option -F; did you mean -f (--format)?"],
  ["-S", "there is no option -S; did you mean -s (--signal)?"],
  ["-a", "there is no option -a; exitsnoop --help lists all"],
  ["--fail", "there is no option --fail; did you mean --failed or --fail-on?"],
  ["--thread", "did you mean --threads"],
  ["--verison", "there is no option --verison; did you mean --version?"],
  ["--pidd 1", "there is no option --pidd; did you mean --pid?"],
  ["--col pid", "there is no option --col; did you mean --columns or --color?"],
  ["-?", "there is no option -?; did you mean --help?"],
  ["--usage", "there is no option --usage; did you mean --help?"],
  ["--examples", "there is no option --examples; did you mean --help?"],
  ["--sort", "there is no option --sort; exitsnoop --help lists all"],
  ["--top", "there is no option --top; exitsnoop --help lists all"],
  // columns
  ["-Cpid,comm", parsed({ columns: ["pid", "comm"] })],
  ["--columns=pid", parsed({ columns: ["pid"] })],
  ["-C PID,COMM", parsed({ columns: ["pid", "comm"] })],
  ["-C pid comm", '"comm" is a column after the list of -C; a list has commas: -C pid,comm; to trace'],
  ["-C 'pid, comm'", parsed({ columns: ["pid", "comm"] })],
  ["-C user", {}],
  ["-C USER,MAX_RSS", {}],
  ["-C duration", {}],
  ["--columns +args", {}],
  ["-C -args", "a value that begins with - goes after =, as in --columns=-args"],
  ["-C -ppid", "a value that begins with - goes after =, as in --columns=-ppid"],
  ["-C -ppid,-comm", "a value that begins with - goes after =, as in --columns=-ppid,-comm"],
  ["--columns=-comm", {}],
  ["-C all", "(--wide) shows every column"],
  ["-C pid,pid", "--columns has pid twice; leave one out"],
  ["-w -C pid", "--columns and --wide contradict each other"],
  // colors, formats and files
  ["--no-color", {}],
  ["--colour never", "there is no option --colour; did you mean --color?"],
  ["--color", "--color needs a value: --color WHEN"],
  ["-f jsonl", {}],
  ["-f ndjson", {}],
  ["-f JSON", {}],
  ["-f yaml", "not known; choose table"],
  ["--csv", {}],
  ["--format '{{pid}}'", "not known; choose table"],
  ["-o -", {}],
  ["-o x -o y", {}],
  ["-o /dev/stdout", {}],
  ["-j -f csv", "contradict each other"],
  ["--time relative", "choose local, utc"],
  ["--time=HH:MM", "choose local, utc"],
  ["--tz UTC", "there is no option --tz; exitsnoop --help lists all"],
  // what belongs to a COMMAND
  ["--", "-- needs a COMMAND after it, as in: exitsnoop -- make test"],
  ["-x --", "-- needs a COMMAND after it, as in: exitsnoop -- make test"],
  ["-- ''", "-- needs a COMMAND after it, as in: exitsnoop -- make test"],
  ["''", 'the first word of COMMAND is empty (""): is a variable not set?'],
  ["--as nobody", "--as needs a COMMAND"],
  ["--no-wait", "--no-wait needs a COMMAND"],
];

/** Splits a line of the table into words. */
export function habitWords(line: string): string[] {
  return (line.match(/'[^']*'|[^ ]+/g) ?? []).map((word) => word.replace(/^'(.*)'$/, "$1"));
}
