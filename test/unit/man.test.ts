import { describe, expect, test } from "bun:test";
import { manPage } from "../../src/cli/man.ts";
import { doctorOptions, options, packageOptions, runOptions } from "../../src/cli/options/index.ts";
import { subcommandNames } from "../../src/cli/subcommands.ts";
import { columns } from "../../src/output/index.ts";

const page = manPage({ version: "1.2.3", day: "2026-11-29" });
const escaped = (text: string) => text.replaceAll("-", "\\-").replaceAll("'", "\\(aq");

test("the manual page has the version and the day of the commit", () => {
  expect(page).toContain('\n.TH EXITSNOOP 8 "2026-11-29" "exitsnoop 1.2.3" ');
});

test("the manual page of a build outside a git clone has no day", () => {
  expect(manPage({ version: "1.2.3" })).toContain('\n.TH EXITSNOOP 8 "" "exitsnoop 1.2.3" ');
});

describe("the manual page describes", () => {
  const names = Object.keys({ ...options, ...runOptions, ...packageOptions, ...doctorOptions });
  test.each(names)("the option --%s", (name) => {
    expect(page).toContain(`\\fB${escaped(`--${name}`)}\\fR`);
  });

  test.each(columns.map(({ key, help }) => [key, help]))("the column %s", (key, help) => {
    expect(page).toContain(`\n.TP\n\\fB${key}\\fR\n${escaped(help)}\n`);
  });

  test.each([...subcommandNames])("the subcommand %s", (name) => {
    expect(page).toContain(`\n.SH EXITSNOOP ${name.toUpperCase()}\n`);
  });
});

test("the manual page has only ASCII, and no line that roff takes for a request of its own", () => {
  expect(page).toMatch(/^[\n -~]*$/);
  expect(page.replace(/^\.(?:TH|\\").*/gm, "")).not.toMatch(/(?<!\\)[-'`^~]/);
  const requests = [...page.matchAll(/^[.'].*/gm)].map(([line]) => line.split(" ")[0]!);
  expect(new Set(requests)).toEqual(new Set(['.\\"', ".TH", ".SH", ".SS", ".TP", ".PP", ".BR"]));
});
