/** The script that is a guest's init: what is to happen there, and how it is told. */

/** Something that happens in the guest, in a folder of its own, under tracers or under none. All of it is shell, of busybox. */
export interface Step {
  /** What comes before. It may keep something open as descriptor 3, which tracers do not get. */
  before?: string;
  /** Who looks on, by a name of one's choice: started together, and waited for until they say that they are attached. */
  tracers?: Record<string, string>;
  /** What they look at: the body of a function, whose stdout and status are the step's files `truths` and `status`. */
  command: string;
  /** What comes after, once the tracers are ended. */
  after?: string;
}

/** What the guest says stands between these. */
export const PART = "=== ";
/** The last that it says. */
export const OVER = `${PART}guest over\n`;
/** How long a tracer may take until it is attached, in tenths of a second. */
const PATIENCE = 900;

/** Every file that a step leaves in its folder and whose name is a word goes out, `STEP/FILE` above it; core dumps do not. */
export function initOf(steps: Record<string, Step>, output: string): string {
  return `#!/bin/busybox sh
export PATH=/bin HOME=/ TZ=UTC
mkdir -p /proc /sys /dev /etc
mount -t proc proc /proc && mount -t sysfs sysfs /sys && mount -t devtmpfs dev /dev
mount -t cgroup2 cgroup /sys/fs/cgroup || { mount -t tmpfs cgroups /sys/fs/cgroup; mkdir /sys/fs/cgroup/unified; mount -t cgroup2 cgroup /sys/fs/cgroup/unified; }
ln -s /proc/self/fd /dev/fd
echo root:x:0:0::/:/bin/sh >/etc/passwd
stty -F ${output} raw
say() { echo "${PART}$1"; cat "$2"; }
attached() {
	for i in $(seq ${PATIENCE}); do
		grep -qsE '^(Tracing|Running) ' "$1" && return
		[ -d "/proc/$2" ] || return
		sleep 0.1
	done
}
# in_cgroup FOLDER COMMAND...
in_cgroup() { sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$@"; }

${Object.entries(steps)
  .map(([name, step]) => scriptOf(name, step, output))
  .join("\n")}

cd /
{ uname -r; uname -v; uname -m; } >/release
say "guest release" /release >${output}
dmesg >/dmesg
say "guest dmesg" /dmesg >${output}
say "guest over" /dev/null >${output}
poweroff -f
`;
}

function scriptOf(name: string, { before = "", tracers = {}, command, after = "" }: Step, output: string): string {
  const folder = `/tmp/${name.replaceAll(" ", "-")}`;
  const all = Object.entries(tracers).map(([tracer, line], i) => ({ line, pid: `tracer_${i}`, tracer }));
  const file = (part: string, tracer: string) => (tracer ? `${part}-${tracer}` : part);
  return `# ${name}
mkdir ${folder} && cd ${folder}
began=$(cut -d' ' -f1 /proc/uptime)
${before}
${all.map(({ line, pid, tracer }) => `${line} >${file("events", tracer)} 2>${file("said", tracer)} 3>&- & ${pid}=$!`).join("\n")}
${all.map(({ pid, tracer }) => `attached ${file("said", tracer)} $${pid}`).join("\n")}
ready=$(cut -d' ' -f1 /proc/uptime)
step() {
${command}
}
step >truths 2>errors
echo $? >status
over=$(cut -d' ' -f1 /proc/uptime)
${all.map(({ pid, tracer }) => `kill -INT $${pid}; wait $${pid}; echo $? >${file("ended", tracer)}`).join("\n")}
${after}
echo "$began $ready $over $(cut -d' ' -f1 /proc/uptime)" >times
for file in *; do
	case $file in core* | *[!A-Za-z_-]*) continue ;; esac
	[ ! -f "$file" ] || say "${name}/$file" "$file"
done >${output}
cd /tmp && rm -rf ${folder}
`;
}
