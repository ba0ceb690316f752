/** Draws the rows that are in sight, and the lanes above them, on canvases. */

const ROW = 18;
const COLORS = ["#3d9a50", "#d98a00", "#d0342c", "#8c1515", "#7b2fbe", "#888"];
const PATH_COLOR = "#111";

/** Sizes a canvas for the screen's pixels. Returns its context, cleared, with its size. */
function clear(canvas, width, height) {
  const scale = globalThis.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  return context;
}

/** Steps of an axis in s: those between 10 s and a day that are not 1, 2 or 5 times a power of ten. */
const CLOCK_STEPS = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];
const DAY = 86_400_000;

/** Returns a round step of at least this many ms, up to 2.5 times as long. */
function stepOf(atLeast) {
  const ofClock = CLOCK_STEPS.find((one) => 1000 * one >= atLeast);
  if (atLeast > 5000 && ofClock) return 1000 * ofClock;
  const unit = ofClock ? 1 : DAY;
  const power = unit * 10 ** Math.floor(Math.log10(atLeast / unit));
  return [1, 2, 5].map((n) => n * power).find((one) => one >= atLeast) ?? 10 * power;
}

/** Returns times between two for an axis, at most about eight. */
function ticksOf(from, to) {
  const step = stepOf(Math.max((to - from) / 8, 1e-6));
  const ticks = [];
  for (let tick = Math.ceil(from / step) * step; tick <= to; tick += step) ticks.push(tick);
  return ticks;
}

/** Draws the names and bars of the rows from `first` on. */
function drawRows(canvas, state, first, width, height, offset) {
  const { data, tree, visible, names, from, to, hovered, path, collapsed } = state;
  const context = clear(canvas, width, height);
  const scale = (width - names) / (to - from);
  const ticks = ticksOf(from, to);
  context.fillStyle = "#eee";
  for (const tick of ticks) context.fillRect(names + (tick - from) * scale, 0, 1, height);
  for (let n = 0; n * ROW + offset < height && first + n < visible.length; n++) {
    const at = visible[first + n];
    const i = tree.order[at];
    const y = n * ROW + offset;
    if (i === hovered) {
      context.fillStyle = "#e8f0ff";
      context.fillRect(0, y, width, ROW);
    }
    drawBar(context, state, i, names, y, scale, width);
    const indent = 4 + 12 * Math.min(tree.depth[at], 16);
    context.fillStyle = "#fff";
    if (i !== hovered) context.fillRect(0, y, names, ROW);
    context.save();
    context.beginPath();
    context.rect(0, y, names - 6, ROW);
    context.clip();
    context.fillStyle = "#777";
    if (tree.size[at] > 1) context.fillText(collapsed.has(i) ? "▸" : "▾", indent, y + ROW / 2);
    context.fillStyle = data.outcome[i] ? COLORS[data.outcome[i]] : "#222";
    if (path.has(i)) context.font = "bold 12px system-ui, sans-serif";
    context.fillText(show(nameOf(data, i), 120), indent + 12, y + ROW / 2);
    context.restore();
  }
  context.fillStyle = "#ccc";
  context.fillRect(names - 3, 0, 1, height);
}

function drawBar(context, { data, path, from, to }, i, names, y, scale, width) {
  if (data.end[i] < from || data.start[i] > to) return;
  const left = names + Math.max(0, (data.start[i] - from) * scale);
  const right = Math.min(width, names + (data.end[i] - from) * scale);
  const length = Math.max(1.5, right - left);
  context.fillStyle = COLORS[data.outcome[i]];
  context.globalAlpha = 0.35;
  context.fillRect(left, y + 3, length, ROW - 6);
  context.globalAlpha = 1;
  // the part that its CPU time is of its life
  const life = data.end[i] - data.start[i];
  const share = life > 0 ? Math.min(1, data.cpuOf(i) / life) : 0;
  context.fillRect(left, y + ROW - 7, Math.max(1, length * share), 4);
  if (path.has(i)) {
    context.strokeStyle = PATH_COLOR;
    context.strokeRect(left + 0.5, y + 2.5, Math.max(1, length - 1), ROW - 5);
  }
  const label = formatMs(life);
  context.fillStyle = "#555";
  const room = 4 + 7 * label.length;
  if (right + room < width) context.fillText(label, right + 4, y + ROW / 2);
  else if (length > room) context.fillText(label, right - room - 2, y + ROW / 2 - 1);
}

/** Draws one lane: the values of each pixel's time, with their largest. */
function drawLane(context, top, height, names, values, color, text) {
  const max = Math.max(1e-9, ...values);
  context.fillStyle = color;
  for (const [x, value] of values.entries()) {
    const size = (height - 4) * (value / max);
    context.fillRect(names + x, top + height - size, 1, size);
  }
  context.fillStyle = "#222";
  context.fillText(text(max), 6, top + height / 2);
}

/** Draws the axis, the running processes and the CPU use. */
function drawLanes(canvas, { data, lanes, names, from, to }, width) {
  const height = 96;
  const context = clear(canvas, width, height);
  const pixels = Math.max(1, Math.floor(width - names));
  const step = (to - from) / pixels;
  const times = Array.from({ length: pixels }, (_, x) => from + x * step);
  const running = times.map((time) => Math.max(lanes.runningAt(time), lanes.runningAt(time + step / 2)));
  const cpus = times.map((time) => lanes.cpusBetween(time, time + step));
  drawLane(context, 18, 38, names, running, "#7aa6d8", (max) => `running processes, at most ${Math.round(max)}`);
  drawLane(context, 57, 38, names, cpus, "#5b8c5a", (max) =>
    data.isCpuKnown ? `CPUs in use, at most ${max.toFixed(2)}` : "CPUs in use: not recorded",
  );
  context.fillStyle = "#555";
  for (const tick of ticksOf(from, to)) {
    const x = names + (tick - from) / step;
    context.fillRect(x, 14, 1, 4);
    if (x + 50 < width) context.fillText(tick ? formatMs(tick) : "0", x + 2, 8);
  }
}
