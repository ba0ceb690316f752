/**
 * Parses CSV by RFC 4180, section 2, rules 1 and 4-7, with LF for CRLF. Shares no code with the
 * writer in src/output.
 * @throws Error if the text breaks a rule.
 */
export function parseCsv(text: string): string[][] {
  const field = /"((?:[^"]|"")*)"|([^",\r\n]*)/y;
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    field.lastIndex = at;
    const [whole, quoted, plain] = field.exec(text)!;
    row.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    at += whole.length;
    const end = text[at++];
    if (end === "\n") {
      rows.push(row);
      row = [];
    } else if (end !== ",") {
      throw new Error(`${JSON.stringify(end)} after a field of row ${rows.length + 1}: ${JSON.stringify(whole)}`);
    }
  }
  if (row.length) throw new Error("the last row has no line feed");
  return rows;
}
