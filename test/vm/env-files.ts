/** What a guest needs besides for bad places: util-linux's setpriv(1), since busybox's cannot become somebody else. */
import { run } from "../../scripts/build/run.ts";

/** By their paths in the guest. */
export async function libraries(): Promise<Record<string, string>> {
  const program = Bun.which("setpriv")!;
  const needed = (await run(["ldd", program])).matchAll(/=> (\S+)/g);
  const own = Array.from(needed, ([, path]) => [path!.replace(/^\/usr/, ""), path!]);
  return { "/bin/setpriv-full": program, ...Object.fromEntries(own.filter(([path]) => !path!.endsWith("/libc.so.6"))) };
}
