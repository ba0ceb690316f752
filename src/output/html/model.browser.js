/** Reads the lines of the page's data into processes, in the order of a tree. */

/** Returns ms since 1970 of an RFC 3339 time with nanoseconds. */
function parseTime(text) {
  return Date.parse(`${text.slice(0, 19)}Z`) + 1000 * Number(`0${text.slice(19, 29)}`);
}

/**
 * Returns 0 for success, 1: failed, 2: killed by a signal, 3: with a core dump, 4: by the OOM killer,
 * 5: unknown.
 */
function outcomeOf({ signal, exit_code: code, core_dumped: hasCore, killed_by: killer }) {
  if (killer && killer.kind === "oom") return 4;
  if (hasCore) return 3;
  if (signal) return 2;
  if (code === null || code === undefined) return 5;
  return code ? 1 : 0;
}

/**
 * Parses the lines: a first one with the keys, a row for each process, and counts.
 * @returns the processes in the order of their exits; times in ms since the first fork.
 */
function parseData(text) {
  const data = { rows: [], start: [], end: [], outcome: [], label: "", lost: 0, leftOut: 0, placeless: 0 };
  let keys = [];
  let isWhole = false;
  for (let at = 0; at < text.length;) {
    const stop = text.indexOf("\n", at) < 0 ? text.length : text.indexOf("\n", at);
    const line = text.slice(at, stop);
    at = stop + 1;
    if (!line) continue;
    let value;
    try {
      value = JSON.parse(line);
    } catch {
      break; // the end of a file that was cut off
    }
    if (!Array.isArray(value)) {
      if (value.keys) ({ keys, label: data.label = "" } = value);
      data.lost += value.lost || 0;
      data.leftOut += value.leftOut || 0;
      data.placeless += value.placeless || 0;
      isWhole = value.isEnd === true;
      continue;
    }
    const end = parseTime(value[keys.indexOf("time")]);
    data.rows.push(value);
    data.end.push(end);
    data.start.push(end - value[keys.indexOf("duration_ns")] / 1e6);
  }
  return finishData(data, keys, isWhole);
}

function finishData(data, keys, isWhole) {
  let origin = Infinity;
  let last = -Infinity;
  for (const time of data.start) origin = Math.min(origin, time);
  for (const time of data.end) last = Math.max(last, time);
  const indexes = new Map(keys.map((key, i) => [key, i]));
  const valueOf = (i, key) => (indexes.has(key) ? data.rows[i][indexes.get(key)] : undefined);
  const outcomeKeys = ["signal", "exit_code", "core_dumped", "killed_by"];
  const outcome = Uint8Array.from(data.rows, (_, i) =>
    outcomeOf(Object.fromEntries(outcomeKeys.map((key) => [key, valueOf(i, key)]))),
  );
  return {
    ...data,
    keys,
    isWhole,
    outcome,
    origin: data.rows.length ? origin : 0,
    span: data.rows.length ? last - origin : 0,
    start: Float64Array.from(data.start, (time) => time - origin),
    end: Float64Array.from(data.end, (time) => time - origin),
    valueOf,
    isCpuKnown: data.rows.some((_, i) => typeof valueOf(i, "cpu_user_ns") === "number"),
    cpuOf: (i) => ((valueOf(i, "cpu_user_ns") || 0) + (valueOf(i, "cpu_system_ns") || 0)) / 1e6,
  };
}

/** Returns the parent of each process by index: the process that forked it; -1: it is not there. */
function findParents({ rows, valueOf, start }) {
  const byId = new Map(rows.map((_, i) => [valueOf(i, "id"), i]).filter(([id]) => id));
  return Int32Array.from(rows, (_, i) => {
    const forker = valueOf(i, "started_by");
    const parent = byId.get(forker && forker.id) ?? byId.get(valueOf(i, "parent_id")) ?? -1;
    return parent === i || (parent >= 0 && start[parent] > start[i]) ? -1 : parent;
  });
}

/**
 * Returns the tree: `order` has the processes with each parent before its children, `depth` and
 * `size` (of the subtree) are by position in it. Recordings may have cycles, which are cut.
 */
function buildTree(data) {
  const count = data.rows.length;
  const parent = findParents(data);
  const byStart = Int32Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => data.start[a] - data.start[b] || a - b,
  );
  const children = new Map();
  for (const i of byStart) {
    if (parent[i] < 0) continue;
    if (children.has(parent[i])) children.get(parent[i]).push(i);
    else children.set(parent[i], [i]);
  }
  const tree = { order: [], depth: [], size: [], parent, children, roots: [] };
  const isSeen = new Uint8Array(count);
  const visit = (root) => {
    tree.roots.push(root);
    const stack = [[root, 0]];
    while (stack.length) {
      const [node, depth] = stack.pop();
      if (node < 0) {
        // all of the subtree is placed
        tree.size[depth] = tree.order.length - depth;
        continue;
      }
      if (isSeen[node]) continue;
      isSeen[node] = 1;
      stack.push([-1, tree.order.length]);
      tree.order.push(node);
      tree.depth.push(depth);
      for (const child of (children.get(node) || []).toReversed()) stack.push([child, depth + 1]);
    }
  };
  for (const i of byStart) if (parent[i] < 0) visit(i);
  for (const i of byStart) if (!isSeen[i]) visit(i);
  return tree;
}
