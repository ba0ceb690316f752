/** The parts of the page that `-f html` writes. */
import { script } from "../../src/output/html/page.ts";

interface PageData {
  rows: unknown[][];
  start: Float64Array;
  end: Float64Array;
  outcome: Uint8Array;
  span: number;
  isWhole: boolean;
  lost: number;
  leftOut: number;
  cpuOf(i: number): number;
  valueOf(i: number, key: string): unknown;
}

interface Tree {
  order: number[];
  depth: number[];
  size: number[];
  roots: number[];
}

interface State {
  data: PageData;
  tree: Tree;
  collapsed: Set<number>;
  path: Map<number, number>;
  from: number;
  to: number;
}

interface Page {
  parseData(text: string): PageData;
  buildTree(data: PageData): Tree;
  criticalPath(data: PageData, tree: Tree): Map<number, number>;
  buildLanes(data: PageData): { runningAt(time: number): number; cpusBetween(from: number, to: number): number };
  visibleRows(
    state: State,
    filter: { text: string; onlyFailed: boolean; onlyPath: boolean; onlyInside: boolean },
  ): { visible: number[]; count: number };
  summaryOf(data: PageData): { summary: string; notes: string };
  detailsOf(data: PageData, i: number, onPath?: number): [string, string][];
  show(value: unknown, max?: number): string;
  formatMs(ms: number): string;
  ticksOf(from: number, to: number): number[];
}

const names =
  "parseData, buildTree, criticalPath, buildLanes, visibleRows, summaryOf, detailsOf, show, formatMs, ticksOf";

/** The functions of the page's script. */
export const page = new Function("document", `${script}\nreturn { ${names} };`)({ addEventListener() {} }) as Page;

/** Returns the data of a page: the text of the element that is not run. */
export function dataOf(html: string): string {
  const begin = html.indexOf("\n", html.indexOf('id="data"')) + 1;
  const end = html.indexOf("</script>", begin);
  return html.slice(begin, end < 0 ? undefined : end);
}
