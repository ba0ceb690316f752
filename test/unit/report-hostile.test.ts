/** Names and arguments that try to break out of each form of a report. */
import { describe, expect, test } from "bun:test";
import { escapeXml, markdownCode } from "../../src/views/report/ci-text.ts";
import { annotations } from "../../src/views/report/annotations.ts";
import { killedBy } from "../support/fake-exit.ts";
import { bytesFrom, hostileTexts } from "../support/hostile-text.ts";
import { dataOn, type Process, textOn } from "../support/reports.ts";

const texts: Uint8Array[] = [
  "::error::x\n::error::y",
  "##[error]x",
  "::stop-commands::token",
  "%0A::error::x",
  "a|b||c\\|d\\",
  "`code` ``two``` |",
  "```",
  "~~~",
  "</code></pre><script>alert(1)</script>",
  '"><x a="',
  "]]><x/>",
  "<!--",
  "<?xml?>",
  "&#0;&amp;&lt;",
  "[link](javascript:alert(1)) ![i](x) <http://x> @user #1 www.example.com",
  "\r\n\r\n# heading\r- list",
  "\u2028\u2029\ufffe\uffff\u0085",
  "$`1`$ $$x$$",
  " ",
  "",
  "-",
].map(bytesFrom);
texts.push(Uint8Array.from({ length: 255 }, (_, i) => i + 1));
// each single byte, and some of the random texts at the end
const sample = [...hostileTexts(101)];
texts.push(...sample.slice(0, 256), ...sample.slice(-100));

/** Reports on processes of which all texts are hostile. */
const hostile = texts.flatMap((text, i): Process[] => {
  const name = text.subarray(0, 15);
  const killer = { kind: "process", pid: 7, comm: name } as const;
  const some = { ppid: 10, comm: name, killer, status: killedBy(9) };
  return [
    { ...some, pid: 1000 + i, args: [text, text] },
    { ...some, pid: 5000 + i, args: null },
  ];
});
// in reports of a few, so that none is cut off by the bound of a list
const groups = Array.from({ length: Math.ceil(hostile.length / 8) }, (_, i) => hostile.slice(8 * i, 8 * i + 8));

/** Returns the arguments of a group's first process as a report shows them. */
const textOfArgs = (group: readonly Process[]) => dataOn(group).slowest[0]!.command;

const printable = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u;

describe("hostile names and arguments:", () => {
  test("text: no line is a command of a CI system, or has a control character", () => {
    for (const group of groups) {
      for (const line of textOn(group, "text").split("\n")) {
        expect(line).toMatch(printable);
        expect(line).not.toMatch(/^\s*::|##\[/);
      }
    }
  });

  test("Markdown: no cell, code span or code block is left", () => {
    for (const group of groups) {
      const [, tree, after] = textOn(group, "markdown").split(/^```(?:text)?$/m);
      for (const line of tree!.trim().split("\n")) expect(line).toMatch(/^ *- ./);
      for (const line of after!.split("\n")) {
        expect(line).toMatch(printable);
        expect(line).toMatch(/^$|^#### |^\| |^- /);
        if (!line.startsWith("| ")) continue;
        expect([4, 5]).toContain(line.split("|").length - 1);
        // what is neither code nor a character reference is of the report itself
        const rest = line.replace(/`[^`]+`|<code>(?:&#\d+;|[^&<>`|\\*_[\]$~!-/:-@])*<\/code>/g, "CODE");
        expect(rest).toMatch(/^\| (?:[\w .,()+/-]|CODE(?:: CODE)?|\([\d]+ times\)| \| )+ \|$/);
      }
    }
  });

  test("Markdown: a renderer makes headings, tables, lists and code of it, and nothing else", () => {
    // with what GitHub adds to CommonMark
    const options = { autolinks: true, latexMath: true, tasklists: true };
    for (const group of groups) {
      const end = { runningCount: 1, running: [{ pid: 1, name: "x", args: textOfArgs(group) }] };
      const html = Bun.markdown.html(textOn(group, "markdown", end), options);
      const tags = new Set([...html.matchAll(/<\/?([^\s>]+)([^>]*)>/g)].map(([, name, rest]) => name + rest!));
      const expected = "h3 h4 p br pre code table thead tbody tr th td ul li".split(" ");
      expect([...tags].filter((tag) => !expected.includes(tag.replace(/ (?:\/|class="language-text")$/, "")))).toEqual(
        [],
      );
      expect(html.match(/<h[34]>/g)!.length).toBe(5);
      for (const [row] of html.matchAll(/<tr>[^]*?<\/tr>/g)) expect([3, 4]).toContain(row.match(/<t[hd]>/g)!.length);
    }
  });

  test("Markdown code: decodes to the text, and has no sign that Markdown knows", () => {
    for (const text of ["a|b", "`", " a", "a ", "\\", "a\\|b", "<b>&amp;", "*_~[x](y)#1@u:smile:", "##[x]", ""]) {
      const code = markdownCode(text);
      const [, span, html] = /^(?:`(.+)`|<code>(.*)<\/code>)$/.exec(code)!;
      const decoded = span ?? html!.replace(/&#(\d+);/g, (_, number) => String.fromCharCode(number));
      expect(decoded).toBe(text);
      expect(code).not.toContain("|");
    }
  });

  test("JUnit: elements, attributes and texts only, of characters that XML allows", () => {
    const document =
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n(?:<\/?[a-z-]+(?: [a-z]+="[^"<>&]*(?:&(?:#\d+|amp|lt|gt|quot);[^"<>&]*)*")*\/?>|[^<>&]|&(?:#\d+|amp|lt|gt|quot);)*$/;
    for (const group of groups) {
      const xml = textOn(group, "junit");
      expect(xml).toMatch(document);
      expect(xml).not.toMatch(/[^\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u);
      expect(xml.match(/<testcase /g)!.length).toBe(Number(/tests="(\d+)"/.exec(xml)![1]));
    }
  });

  test("XML: characters that it forbids, and lone surrogates, are replaced", () => {
    expect(escapeXml('a\0\x1b\ufffe\ud800b\u{1f600}<&>"')).toBe(
      "a\ufffd\ufffd\ufffd\ufffdb\u{1f600}&lt;&amp;&gt;&quot;",
    );
    expect(escapeXml("\t\n\r")).toBe("&#9;&#10;&#13;");
  });

  test("JSON: is one line that parses, in which no CI system finds a command", () => {
    for (const group of groups) {
      const line = textOn(group, "json");
      expect(line.trimEnd()).toMatch(printable);
      expect(line).not.toContain("##[");
      expect(JSON.parse(line).exits).toBe(group.length);
    }
  });

  test("annotations: one command a line, whose message decodes to the line of the tree", () => {
    for (const group of groups) {
      for (const line of annotations(dataOn(group)).trimEnd().split("\n")) {
        expect(line).toMatch(printable);
        expect(line).toMatch(/^::(error|warning) title=exitsnoop%3A [A-Z][\w ]+::./);
        expect(line).not.toContain("##[");
        expect(line.slice(line.indexOf("::", 2)).replaceAll(/%(25|0A|0D)/g, "")).not.toContain("%");
      }
    }
  });
});
