import { expect, test } from "bun:test";

const EVENTS = 200_000;
/** Garbage of JavaScriptCore itself: compilation and collections. */
const NOISE = 64 * 1024;

/** Writes `events` exits. Returns the bytes that collections freed, as JavaScriptCore logs them. */
async function freedBytes(events: number, options: string): Promise<number> {
  const child = Bun.spawn(
    [process.execPath, `${import.meta.dir}/../support/hot-path.ts`, `${events}`, ...options.split(" ").filter(Boolean)],
    { env: { ...process.env, BUN_JSC_logGC: "1" }, stdin: "ignore", stdout: "ignore", stderr: "pipe" },
  );
  const gcLog = await child.stderr.text();
  expect(await child.exited).toBe(0);
  const [, between = ""] = /BEGIN([^]*)END\n/.exec(gcLog) ?? [];
  const sweeps = Array.from(between.matchAll(/sweep: (\d+)kb => (\d+)kb/g));
  expect(sweeps.length).toBeGreaterThan(0);
  return sweeps.reduce((sum, [, before, after]) => sum + 1024 * (Number(before) - Number(after)), 0);
}

test.each([
  ...["", "-w", "-j", "-j -w", "-f csv", "-f csv -w", "-f ecli", "-f trace", "-f html", "-f wide"],
  ...["--time iso", "--time delta", "-S", "-S --by comm,exe,args,parent,unit,container,user,code,killer"],
  ...["report", "terminal", "terminal -w", "terminal -T", "terminal --label web --time iso"],
])("exitsnoop %s: allocates no memory per exit", async (options) => {
  expect(await freedBytes(EVENTS, options)).toBeLessThan(NOISE);
});
