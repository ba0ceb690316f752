/** Writes the init script of a VM, which runs the steps and prints their files to a serial line. */

/** Shell code that runs in a folder of its own, with or without tracers. The shell is busybox's. */
export interface Step {
  /** Runs first. It may keep descriptor 3 open, which the tracers do not inherit. */
  before?: string;
  /** Tracers by a name, started together. The command waits until all have attached. */
  tracers?: Record<string, string>;
  /** The traced code, a function body. Its stdout and status are the files `truths`, `status`. */
  command: string;
  /** Runs last, when the tracers have ended. */
  after?: string;
}

/** Starts the line in front of each file: `=== STEP/FILE`. */
export const PART = "=== ";
/** The last line of a VM's output. */
export const OVER = `${PART}vm over\n`;
/** The time that a tracer may take to attach, in tenths of a second. */
const MAX_ATTACH_TENTHS = 900;
/** The lines that are kept of what a tracer that did not attach prints with --verbose. */
const MAX_LOG_LINES = 200;

/** Returns the script. It prints every file in a step's folder, except core dumps and odd names. */
export function initOf(steps: Record<string, Step>, output: string): string {
  return `#!/bin/busybox sh
export PATH=/bin HOME=/ TZ=UTC
mkdir -p /proc /sys /dev /etc
mount -t proc proc /proc && mount -t sysfs sysfs /sys && mount -t devtmpfs dev /dev
mount -t cgroup2 cgroup /sys/fs/cgroup || { mount -t tmpfs cgroups /sys/fs/cgroup; mkdir /sys/fs/cgroup/unified; mount -t cgroup2 cgroup /sys/fs/cgroup/unified; }
ln -s /proc/self/fd /dev/fd
echo root:x:0:0::/:/bin/sh >/etc/passwd
stty -F ${output} raw
print() { echo "${PART}$1"; cat "$2"; }
# attached STDERR PID: waits; 1 if the tracer has ended instead
attached() {
	for i in $(seq ${MAX_ATTACH_TENTHS}); do
		grep -qsE '^(Tracing|Running) ' "$1" && return
		[ -d "/proc/$2" ] || return
		sleep 0.1
	done
}
# explain COMMAND...: prints why a tracer does not attach, with the end of the verifier's log
explain() { "$@" --verbose --for 1s 2>&1 >/dev/null | tail -n ${MAX_LOG_LINES}; }
# in_cgroup FOLDER COMMAND...
in_cgroup() { sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$@"; }

${Object.entries(steps)
  .map(([name, step]) => scriptOf(name, step, output))
  .join("\n")}

cd /
{ uname -r; uname -v; uname -m; } >/release
print "vm release" /release >${output}
dmesg >/dmesg
print "vm dmesg" /dmesg >${output}
print "vm over" /dev/null >${output}
poweroff -f
`;
}

function scriptOf(name: string, { before = "", tracers = {}, command, after = "" }: Step, output: string): string {
  const folder = `/tmp/${name.replaceAll(" ", "-")}`;
  const all = Object.entries(tracers).map(([tracer, line], i) => ({ line, pid: `tracer_${i}`, tracer }));
  const file = (part: string, tracer: string) => (tracer ? `${part}-${tracer}` : part);
  return `# ${name}
mkdir ${folder} && cd ${folder}
start=$(cut -d' ' -f1 /proc/uptime)
${before}
${all.map(({ line, pid, tracer }) => `${line} >${file("events", tracer)} 2>${file("stderr", tracer)} 3>&- & ${pid}=$!`).join("\n")}
${all.map(({ line, pid, tracer }) => `attached ${file("stderr", tracer)} $${pid} || explain ${line} >${file("verbose", tracer)}`).join("\n")}
ready=$(cut -d' ' -f1 /proc/uptime)
step() {
${command}
}
step >truths 2>errors
echo $? >status
over=$(cut -d' ' -f1 /proc/uptime)
${all.map(({ pid, tracer }) => `kill -INT $${pid}; wait $${pid}; echo $? >${file("ended", tracer)}`).join("\n")}
${after}
echo "$start $ready $over $(cut -d' ' -f1 /proc/uptime)" >times
for file in *; do
	case $file in core* | *[!A-Za-z_-]*) continue ;; esac
	[ ! -f "$file" ] || print "${name}/$file" "$file"
done >${output}
cd /tmp && rm -rf ${folder}
`;
}
