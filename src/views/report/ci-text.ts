/** Escapes for the places where CI systems read a report. */

/**
 * Returns a line in which GitHub's runner finds no command: it takes `##[error]` anywhere in a
 * line, and `::error::` at its start, where no text of a process can be.
 */
export function withoutCommands(line: string): string {
  return line.replaceAll("##[", String.raw`#\x23[`);
}

/** Escapes the message of a workflow command, as @actions/core does. */
export function escapeMessage(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** Escapes a property of a workflow command. */
export function escapeProperty(text: string): string {
  return escapeMessage(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

// XML 1.0, section 2.2: what is not a Char, and lone surrogates
const notXml = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const xmlEscapes: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** Escapes text for an element or an attribute of XML 1.0, which has no form for most controls. */
export function escapeXml(text: string): string {
  return text
    .replace(notXml, "\ufffd")
    .replace(/[&<>"\t\n\r]/g, (character) => xmlEscapes[character]!)
    .replaceAll("##[", "&#35;&#35;[");
}

/**
 * Returns text as code in Markdown, also in a cell of a table: a code span, or HTML with every sign
 * as a character reference if a code span cannot have it.
 */
export function markdownCode(text: string): string {
  const isPlain = text !== "" && !/[`|\\\r\n]|^ | $|##\[/.test(text);
  if (isPlain) return `\`${text}\``;
  const encoded = text.replace(/[\0-/:-@[-`{-\x7f]/g, (sign) => (sign === " " ? sign : `&#${sign.charCodeAt(0)};`));
  return `<code>${encoded}</code>`;
}
