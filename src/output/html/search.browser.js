/** Returns the positions in the tree of the rows that are shown. */
function visibleRows({ data, tree, collapsed, path, from, to }, { text, onlyFailed, onlyPath, onlyInside }) {
  const needle = text.toLowerCase();
  const isFiltered = needle || onlyFailed || onlyPath || onlyInside;
  const isHit = (i) =>
    (!onlyFailed || (data.outcome[i] > 0 && data.outcome[i] < 5)) &&
    (!onlyPath || path.has(i)) &&
    (!onlyInside || (data.start[i] <= to && data.end[i] >= from)) &&
    (!needle ||
      String(nameOf(data, i)).toLowerCase().includes(needle) ||
      String(data.valueOf(i, "comm")).toLowerCase().includes(needle) ||
      String(data.valueOf(i, "pid")) === needle);
  const visible = [];
  const hits = new Uint8Array(tree.order.length);
  let count = 0;
  // from the last to the first: a parent is shown if the next row that is shown is below it
  for (let at = tree.order.length - 1, next = Infinity; isFiltered && at >= 0; at--) {
    const isOne = isHit(tree.order[at]);
    if (isOne) count++;
    if (!isOne && next >= at + tree.size[at]) continue;
    hits[at] = 1;
    next = at;
  }
  for (let at = 0; at < tree.order.length;) {
    if (!isFiltered || hits[at]) visible.push(at);
    at += collapsed.has(tree.order[at]) && !isFiltered ? tree.size[at] : 1;
  }
  return { visible, count: isFiltered ? count : tree.order.length };
}
