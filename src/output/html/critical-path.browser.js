/**
 * The critical path: from the end of the longest root back to its start, always through the child
 * that ended last. Returns the time that each process has on it, ms; no entry: it is not on it.
 */
function criticalPath({ start, end }, { roots, children }) {
  const times = new Map();
  let root = -1;
  for (const i of roots) if (root < 0 || end[i] - start[i] > end[root] - start[root]) root = i;
  const stack = root < 0 ? [] : [root];
  while (stack.length) {
    const node = stack.pop();
    let until = end[node];
    let own = 0;
    const byEnd = (children.get(node) || []).toSorted((a, b) => end[b] - end[a]);
    for (const child of byEnd) {
      // one that is still running then, or that ran beside another one, was not waited for
      if (end[child] > until || times.has(child)) continue;
      own += until - end[child];
      until = Math.max(start[child], start[node]);
      stack.push(child);
    }
    times.set(node, own + Math.max(0, until - start[node]));
  }
  return times;
}
