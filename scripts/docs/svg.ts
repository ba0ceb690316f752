/** Draws the frames of a terminal as an SVG picture in which the rows appear as they did. */
import { type Frame, withoutColors } from "./terminal.ts";

const CHARACTER_WIDTH = 8.4;
const LINE_HEIGHT = 19;
const MARGIN = 16;
const BACKGROUND = "#0d1117";
const FOREGROUND = "#d6dde4";
/** The colours 30-37 and 90-97 of SGR. */
const COLORS = ["#6e7681", "#ff7b72", "#7ee787", "#e3b341", "#79c0ff", "#d2a8ff", "#76e3ea", "#d6dde4"];
/** The last frame is shown for this long before the picture begins again. */
const PAUSE_S = 8;

/** A piece of a row in one style: the attributes of its tspan. */
interface Span {
  text: string;
  style: string;
}

/** Splits a row with SGR sequences, as `tmux capture-pane -e` writes them. */
function spansOf(row: string): Span[] {
  const spans: Span[] = [];
  let [color, isBold, isDim] = ["", false, false];
  for (const part of row.replaceAll("\x0f", "").split(/(\x1b\[[0-9;]*m)/)) {
    const codes = /^\x1b\[([0-9;]*)m$/.exec(part)?.[1]?.split(";");
    if (!codes) {
      const weight = isBold ? ' font-weight="bold"' : "";
      const opacity = isDim ? ' opacity="0.6"' : "";
      if (part) spans.push({ text: part, style: `${color && ` fill="${color}"`}${weight}${opacity}` });
      continue;
    }
    for (const code of codes.map(Number)) {
      if (code === 0) [color, isBold, isDim] = ["", false, false];
      else if (code === 1) isBold = true;
      else if (code === 2) isDim = true;
      else if (code === 22) [isBold, isDim] = [false, false];
      else if (code === 39) color = "";
      else if (code >= 30 && code <= 37) color = COLORS[code - 30]!;
      else if (code >= 90 && code <= 97) color = COLORS[code - 90]!;
    }
  }
  return spans;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Returns the time in ms at which the row got the text that it has at the end. */
function appearance(frames: readonly Frame[], row: number, text: string): number {
  const isThere = ({ rows }: Frame) => rows[row] === text;
  const last = frames.findLastIndex((frame) => !isThere(frame));
  return frames[last + 1]?.at ?? frames[0]!.at;
}

/** @param title what the picture shows, for readers that do not see it. */
export function drawSvg(frames: readonly Frame[], columns: number, title: string): string {
  const rows = frames.at(-1)!.rows;
  if (/^\$\s*$/.test(withoutColors(rows.at(-1) ?? ""))) rows.pop();
  const [start, end] = [frames[0]!.at, frames.at(-1)!.at];
  const seconds = (end - start) / 1000 + PAUSE_S;
  const width = Math.ceil(columns * CHARACTER_WIDTH + 2 * MARGIN);
  const height = rows.length * LINE_HEIGHT + 2 * MARGIN;
  const styles: string[] = [];
  const texts = rows.map((row, i) => {
    const percent = (100 * (appearance(frames, i, row) - start)) / 1000 / seconds;
    styles.push(
      `@keyframes r${i}{0%,${percent.toFixed(2)}%{opacity:0}${(percent + 0.01).toFixed(2)}%,100%{opacity:1}}`,
    );
    styles.push(`.r${i}{animation:r${i} ${seconds.toFixed(1)}s infinite}`);
    const y = MARGIN + (i + 1) * LINE_HEIGHT - 5;
    const spans = spansOf(row).map(({ text, style }) =>
      style ? `<tspan${style}>${escaped(text)}</tspan>` : escaped(text),
    );
    return `<text class="r${i}" x="${MARGIN}" y="${y}">${spans.join("")}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escaped(title)}</title>
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:${FOREGROUND};white-space:pre}
${styles.join("\n")}
@media (prefers-reduced-motion:reduce){text{animation:none!important}}
</style>
<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>
${texts.join("\n")}
</svg>
`;
}
