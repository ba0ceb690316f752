/** The page: reads the data, and redraws what the reader does. Data reaches it as text only. */

const byId = (id) => document.getElementById(id);
const MAX_ZOOM = 1e-4;

function summaryOf(data) {
  const { rows, outcome, span } = data;
  const of = (n) => outcome.reduce((sum, one) => sum + (one === n ? 1 : 0), 0);
  let cpu = 0;
  for (let i = 0; i < rows.length; i++) cpu += data.cpuOf(i);
  const killed = of(2) + of(3) + of(4);
  const how = [of(3) ? `${of(3)} dumped core` : "", of(4) ? `${of(4)} by the OOM killer` : ""]
    .filter(Boolean)
    .join(", ");
  const parts = [
    `${countOf(rows.length, "process")} in ${formatMs(span)}`,
    of(1) ? `${of(1).toLocaleString("en")} failed` : "",
    killed ? `${killed.toLocaleString("en")} killed${how ? ` (${how})` : ""}` : "",
    of(5) ? `${of(5).toLocaleString("en")} with an unknown outcome` : "",
    data.isCpuKnown ? `${formatMs(cpu)} of CPU` : "",
  ];
  const notes = [
    data.lost ? `${countOf(data.lost, "exit")} lost` : "",
    data.leftOut ? `${countOf(data.leftOut, "more process")} left out: the page has as many as it can` : "",
    data.placeless ? `${countOf(data.placeless, "exit")} without a time, lifetime or pid left out` : "",
    data.isWhole ? "" : "the end of this file is missing: exitsnoop did not end, or still runs",
  ];
  return { summary: parts.filter(Boolean).join(", "), notes: notes.filter(Boolean).join("; ") };
}

function start() {
  const data = parseData(byId("data").textContent);
  const tree = buildTree(data);
  const state = { data, tree, path: criticalPath(data, tree), lanes: buildLanes(data), collapsed: new Set() };
  Object.assign(state, { names: 340, hovered: -1, visible: [], from: 0, to: data.span || 1 });
  const { summary, notes } = summaryOf(data);
  if (data.label) document.title = `${show(data.label)} - exitsnoop`;
  byId("summary").textContent = `${data.label ? `${show(data.label)}: ` : ""}${summary}`;
  byId("notes").textContent = notes;
  byId("unknown").hidden = !data.outcome.includes(5);
  listen(state, draw);
  refilter(state);
  let isScheduled = false;
  drawNow();

  function draw() {
    if (isScheduled) return;
    isScheduled = true;
    requestAnimationFrame(drawNow);
  }

  function drawNow() {
    isScheduled = false;
    const rows = byId("rows");
    const [top, width] = [rows.scrollTop, rows.clientWidth];
    const first = Math.floor(top / ROW);
    state.names = Math.min(340, Math.round(width / 3));
    drawLanes(byId("lanes"), state, width);
    drawRows(byId("bars"), state, first, width, rows.clientHeight, first * ROW - top);
  }
}

function refilter(state) {
  const { visible, count } = visibleRows(state, {
    text: byId("search").value,
    onlyFailed: byId("failed").checked,
    onlyPath: byId("path").checked,
    onlyInside: byId("inside").checked,
  });
  state.visible = visible;
  byId("count").textContent = `${count.toLocaleString("en")} found`;
  byId("space").style.height = `${visible.length * ROW}px`;
}

/** Shows the times between two, within those of the page. */
function zoom(state, from, to) {
  const span = state.data.span || 1;
  const size = Math.min(span, Math.max(to - from, MAX_ZOOM));
  state.from = Math.max(0, Math.min(from, span - size));
  state.to = state.from + size;
  if (byId("inside").checked) refilter(state);
}

const zoomAround = (state, time, factor) =>
  zoom(state, time - (time - state.from) * factor, time + (state.to - time) * factor);

function listen(state, draw) {
  const rows = byId("rows");
  const timeAt = (event) => {
    const { left, width } = rows.getBoundingClientRect();
    return state.from + ((event.clientX - left - state.names) / (width - state.names)) * (state.to - state.from);
  };
  const positionAt = (event) =>
    state.visible[Math.floor((event.clientY - rows.getBoundingClientRect().top + rows.scrollTop) / ROW)];
  const change = (act) => (event) => {
    act(event);
    draw();
  };
  for (const id of ["search", "failed", "path", "inside"])
    byId(id).addEventListener(
      "input",
      change(() => {
        rows.scrollTop = 0;
        refilter(state);
      }),
    );
  byId("in").addEventListener(
    "click",
    change(() => zoomAround(state, (state.from + state.to) / 2, 0.5)),
  );
  byId("out").addEventListener(
    "click",
    change(() => zoomAround(state, (state.from + state.to) / 2, 2)),
  );
  byId("all").addEventListener(
    "click",
    change(() => zoom(state, 0, state.data.span)),
  );
  rows.addEventListener("scroll", draw);
  addEventListener("resize", draw);
  rows.addEventListener(
    "wheel",
    (event) => {
      const isPan = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (!event.ctrlKey && !isPan) return;
      event.preventDefault();
      const by = ((event.deltaX || event.deltaY) / 500) * (state.to - state.from);
      if (event.ctrlKey) zoomAround(state, timeAt(event), event.deltaY > 0 ? 1.25 : 0.8);
      else zoom(state, state.from + by, state.to + by);
      draw();
    },
    { passive: false },
  );
  rows.addEventListener(
    "pointermove",
    change((event) => hover(state, positionAt(event), event)),
  );
  rows.addEventListener(
    "pointerleave",
    change((event) => hover(state, undefined, event)),
  );
  rows.addEventListener(
    "click",
    change((event) => {
      const at = positionAt(event);
      const i = state.tree.order[at];
      if (at === undefined || event.clientX > state.names || state.tree.size[at] < 2) return;
      if (!state.collapsed.delete(i)) state.collapsed.add(i);
      refilter(state);
    }),
  );
  rows.addEventListener(
    "dblclick",
    change((event) => {
      const i = state.tree.order[positionAt(event)];
      if (i === undefined || event.clientX <= state.names) return;
      const margin = (state.data.end[i] - state.data.start[i]) / 20;
      zoom(state, state.data.start[i] - margin, state.data.end[i] + margin);
    }),
  );
  let pressed;
  byId("lanes").addEventListener("pointerdown", (event) => (pressed = timeAt(event)));
  byId("lanes").addEventListener(
    "pointerup",
    change((event) => {
      const released = timeAt(event);
      if (pressed !== undefined && Math.abs(released - pressed) > (state.to - state.from) / 100)
        zoom(state, Math.min(pressed, released), Math.max(pressed, released));
      pressed = undefined;
    }),
  );
}

/** Shows the details of a row beside the pointer. */
function hover(state, at, event) {
  const tip = byId("tip");
  state.hovered = at === undefined ? -1 : state.tree.order[at];
  tip.hidden = at === undefined;
  if (at === undefined) return;
  const i = state.tree.order[at];
  tip.replaceChildren(
    ...detailsOf(state.data, i, state.path.get(i)).flatMap(([heading, text]) => {
      const [term, value] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = heading;
      value.textContent = text;
      return [term, value];
    }),
  );
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(0, Math.min(event.clientX + 14, innerWidth - width - 4))}px`;
  const below = event.clientY + 16;
  tip.style.top = `${below + height < innerHeight ? below : Math.max(0, event.clientY - height - 10)}px`;
}

document.addEventListener("DOMContentLoaded", start);
