/** The file of --otlp-headers: a line for each header, so that secrets are in no command line. */

/** A name and a value, as RFC 9110 allows them. */
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\t]*?)[ \t]*$/;

/** Returns the headers, or the number of the first wrong line. Lines with # are comments. */
export function parseHeaders(text: string): Record<string, string> | number {
  const headers: Record<string, string> = {};
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const match = HEADER.exec(line);
    if (!match) return i + 1;
    headers[match[1]!.toLowerCase()] = match[2]!;
  }
  return headers;
}
