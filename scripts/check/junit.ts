/** Reads the JUnit reports of `bun test`. */

export interface Failure {
  /** The path that `bun test` takes. */
  file: string;
  name: string;
  /** The message and the place, as the runner printed them. */
  text: string;
}

export interface Report {
  passed: number;
  skipped: number;
  failures: Failure[];
}

const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function unescape(text: string): string {
  return text.replace(/&(?:#(\d+)|(\w+));/g, (all, code, name) =>
    code ? String.fromCodePoint(Number(code)) : (NAMED[name] ?? all),
  );
}

/** Returns the report of a run, or undefined if the runner ended before it wrote one. */
export function readReport(xml: string): Report | undefined {
  const totals = /<testsuites[^>]*>/.exec(xml)?.[0];
  if (!totals) return undefined;
  const total = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(totals)?.[1]);
  const failed = xml.matchAll(/<testcase ([^>]*[^/])>\s*<failure[^>]*?(?:\/>|>([^<]*)<\/failure>)/g);
  const failures = Array.from(failed, ([, attributes, text]) => {
    const attribute = (name: string) => unescape(new RegExp(`(?:^| )${name}="([^"]*)"`).exec(attributes!)?.[1] ?? "");
    return { file: attribute("file"), name: attribute("name"), text: unescape(text ?? "").trim() };
  });
  const [tests, skipped] = [total("tests"), total("skipped")];
  return { passed: tests - total("failures") - skipped, skipped, failures };
}
