/** `exitsnoop man` with the real man(1), in a pipe and at a terminal. */
import { expect, test } from "bun:test";
import { binary, runToEnd } from "../support/tracer.ts";

/**
 * Runs `exitsnoop man` in a new terminal and returns what it shows.
 * @param keys are typed, with pauses, once something is shown.
 */
async function inTerminal(env: Record<string, string>, keys: readonly string[] = []) {
  let shown = "";
  const data = (_: unknown, bytes: Uint8Array) => {
    shown += new TextDecoder().decode(bytes);
  };
  const child = Bun.spawn([binary, "man"], { env: { ...process.env, ...env }, terminal: { cols: 80, data } });
  for (const key of keys) {
    for (let i = 0; i < 200 && !shown.includes("SYNOPSIS"); i++) await Bun.sleep(20);
    child.terminal!.write(key);
    await Bun.sleep(200);
  }
  const status = await child.exited;
  await Bun.sleep(50);
  // overstrikes, colours and the CR of line ends
  return { shown: shown.replace(/\x1b\[[\d;]*m|.\x08|\r/g, ""), status };
}

test("exitsnoop man in a pipe: prints roff without mistakes that man(1) finds", async () => {
  const page = await runToEnd([binary, "man"]);
  expect(page).toMatchObject({ stderr: "", status: 0 });
  expect(page.stdout).toStartWith('.\\" Printed by: exitsnoop man\n.TH EXITSNOOP 8 ');
  const { stdout, stderr, status } = await runToEnd(["man", "--warnings", "-l", "-"], { stdin: page.stdout });
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  expect(stdout).toMatch(/^NAME\n +exitsnoop +- shows every process exit/m);
  expect(stdout).toMatch(/^ +-x, --failed\n +only /m);
});

test("exitsnoop man at a terminal: shows the page with man(1) and its pager", async () => {
  const { shown, status } = await inTerminal({ MANPAGER: "cat", PAGER: "cat" });
  expect(status).toBe(0);
  expect(shown).toMatch(/^EXITSNOOP\(8\) .* EXITSNOOP\(8\)$/m);
  expect(shown).toMatch(/^EXIT STATUS$/m);
});

test("exitsnoop man at a terminal: Ctrl-C does not end the pager", async () => {
  const { shown, status } = await inTerminal({ MANPAGER: "less", LESS: "" }, ["G", "\x03", "q"]);
  expect(status).toBe(0);
  expect(shown).toMatch(/^SEE ALSO$/m);
  // the help, which is shown where man(1) cannot show a page
  expect(shown).not.toContain("Usage:");
});

test("exitsnoop man at a terminal without man(1): prints the help of all commands", async () => {
  const { shown, status } = await inTerminal({ PATH: "/nonexistent" });
  expect(status).toBe(0);
  expect(shown).toContain("\nUsage:\n  exitsnoop [OPTIONS]");
  expect(shown).toContain("\nUsage:\n  exitsnoop completion [OPTIONS] bash|zsh|fish\n");
  expect(shown).not.toContain(".SH ");
});
