/** The page of a timeline without its data. */
import criticalPath from "./critical-path.browser.js" with { type: "text" };
import drawing from "./drawing.browser.js" with { type: "text" };
import lanes from "./lanes.browser.js" with { type: "text" };
import model from "./model.browser.js" with { type: "text" };
import page from "./page.browser.js" with { type: "text" };
import search from "./search.browser.js" with { type: "text" };
import texts from "./texts.browser.js" with { type: "text" };
import style from "./timeline.css" with { type: "text" };

/** The parts share their names with each other, and with nothing else. */
export const script = `"use strict";\n${[model, criticalPath, lanes, texts, search, drawing, page].join("\n")}`;

/**
 * Returns the source of a Content-Security-Policy that allows an inline text. The engine has the
 * hash: loading node:crypto would delay the start of every trace.
 */
const hashOf = (text: string) => `'sha256-${new Bun.CryptoHasher("sha256").update(text).digest("base64")}'`;

/**
 * Returns the page up to its data, which follows the script: a file that was cut off is shown as
 * far as it goes. Nothing but the script and the style is allowed: no network, no other script.
 */
export function pageBeforeData(): string {
  const policy =
    `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; ` +
    "base-uri 'none'; form-action 'none'";
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width">
<title>Timeline - exitsnoop</title>
<style>${style}</style>
<script>${script}</script>
</head>
<body>
<header>
<h1 id="summary">This page needs JavaScript; the scripts are part of this file.</h1>
<div id="notes"></div>
<input id="search" type="search" placeholder="name, argument or pid" aria-label="Search">
<label><input id="failed" type="checkbox"> only failed and killed</label>
<label><input id="path" type="checkbox"> only the critical path</label>
<label><input id="inside" type="checkbox"> only the times in sight</label>
<span id="count"></span>
<span><button id="in">zoom in</button> <button id="out">zoom out</button> <button id="all">all</button></span>
<span title="Drag across the lanes, or double-click a bar, to zoom there; Ctrl and the wheel zoom, Shift and the wheel move.">drag or Ctrl+wheel: zoom</span>
<span id="legend"><span>succeeded</span><span>failed</span><span>signal</span><span>core dump</span><span>OOM</span><span id="unknown">unknown</span></span>
</header>
<canvas id="lanes"></canvas>
<div id="rows"><div id="space"><canvas id="bars"></canvas></div></div>
<dl id="tip" hidden></dl>
<script type="application/json" id="data">
`;
}

export const PAGE_AFTER_DATA = "</script>\n</body>\n</html>\n";
