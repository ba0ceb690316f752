/** The generated parts of the documents. */
import { expect, test } from "bun:test";
import { partsOf, replaceParts } from "../../scripts/docs/blocks.ts";

const document = `# Title

<!-- generated: shout hello world -->

old

<!-- end -->

Between.

<!-- generated: kept -->

as it is

<!-- end -->
`;

const generators = { shout: (words: readonly string[]) => words.join(" ").toUpperCase(), kept: () => null };

test("partsOf(): names the parts with their words", () => {
  expect(partsOf(document)).toEqual(["shout hello world", "kept"]);
});

test("replaceParts(): replaces what is between the comments, unless the generator returns null", async () => {
  expect(await replaceParts(document, generators)).toBe(document.replace("old", "HELLO WORLD"));
});

test("replaceParts(): a second run changes nothing", async () => {
  const once = await replaceParts(document, generators);
  expect(await replaceParts(once, generators)).toBe(once);
});

test("replaceParts(): a part without a generator is an error that names it", async () => {
  await expect(replaceParts(document, { kept: () => null })).rejects.toThrow(
    "there is no generator for the part shout",
  );
});
