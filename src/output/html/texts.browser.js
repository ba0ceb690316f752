/** Texts for people. All that a process chose passes show(). */

const MAX_TEXT = 300;
const MAX_DETAIL = 2000;

/** Returns a text of bounded length; characters that have no shape or change others are escaped. */
function show(value, max = MAX_TEXT) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const cut = text.length > max ? `${text.slice(0, max).toWellFormed()}…` : text;
  return cut.replace(
    /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu,
    (character) => `\\u{${character.codePointAt(0).toString(16)}}`,
  );
}

function formatMs(ms) {
  if (ms < 0.001) return `${Math.round(1e6 * ms)}ns`;
  if (ms < 1) return `${Math.round(1000 * ms)}us`;
  if (ms < 1000) return `${ms.toPrecision(3)}ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(2)}s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${String(seconds % 60).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, "0")}m`;
}

function formatBytes(bytes) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) {
    bytes /= 1024;
    unit++;
  }
  return `${unit ? bytes.toFixed(1) : bytes} ${units[unit]}`;
}

const countOf = (count, noun) =>
  `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : noun.endsWith("s") ? "es" : "s"}`;

/** Returns `exit code 1`, `SIGKILL`. */
function formatOutcome(data, i) {
  const signal = data.valueOf(i, "signal");
  if (signal) return `${show(signal)}${data.valueOf(i, "core_dumped") ? ", dumped core" : ""}`;
  const code = data.valueOf(i, "exit_code");
  return code === null || code === undefined ? "unknown exit code" : `exit code ${show(code)}`;
}

/** Returns `bash[42] (signal)`; nothing if no one killed it. */
function formatKiller(killer) {
  if (!killer) return "";
  const name = killer.kind === "process" ? `${show(killer.comm)}[${show(killer.pid)}]` : `the kernel`;
  const where = killer.cgroup ? ` in ${show(killer.cgroup)}` : "";
  return `${name} (${show(killer.reason).replaceAll("_", " ")}${where})`;
}

/** Returns the name of a row: its command line, or its name. */
const nameOf = (data, i) => data.valueOf(i, "command") || data.valueOf(i, "comm") || `pid ${data.valueOf(i, "pid")}`;

const SHOWN_BY_NAME = new Set(
  (
    "time pid ppid comm parent_comm exit_code signal core_dumped duration_ns start_time id parent_id killed_by " +
    "cpu_user_ns cpu_system_ns max_rss_bytes read_bytes write_bytes command exe started_by args_truncated"
  ).split(" "),
);

/** Returns the details of a process, as pairs of a heading and a text. */
function detailsOf(data, i, onPath) {
  const get = (key) => data.valueOf(i, key);
  const life = data.end[i] - data.start[i];
  const cpu = data.cpuOf(i);
  const known = (key, format) => (get(key) === null || get(key) === undefined ? "" : format(get(key)));
  const pairs = [
    ["command", show(nameOf(data, i), MAX_DETAIL)],
    ["exe", known("exe", show)],
    [
      "process",
      `${show(get("comm") ?? "")}[${show(get("pid"))}], child of ${show(get("parent_comm") ?? "")}[${show(get("ppid") ?? "?")}]`,
    ],
    ["ended", formatOutcome(data, i)],
    ["killed by", formatKiller(get("killed_by"))],
    ["started", `${new Date(data.origin + data.start[i]).toISOString()}, ${formatMs(data.start[i])} after the first`],
    ["lived", formatMs(life)],
    [
      "CPU",
      known(
        "cpu_user_ns",
        (user) =>
          `${formatMs(cpu)} (${formatMs(user / 1e6)} user), ${life > 0 ? Math.round((100 * cpu) / life) : 0} % of its life`,
      ),
    ],
    ["peak memory", known("max_rss_bytes", formatBytes)],
    ["read, written", known("read_bytes", (read) => `${formatBytes(read)}, ${formatBytes(get("write_bytes") || 0)}`)],
    ["critical path", onPath === undefined ? "" : `${formatMs(onPath)} of it`],
    ...data.keys.filter((key) => !SHOWN_BY_NAME.has(key)).map((key) => [key, known(key, show)]),
  ];
  return pairs.filter(([, text]) => text !== "");
}
