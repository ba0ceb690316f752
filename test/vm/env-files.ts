/** util-linux's setpriv(1) for the VMs of env.test.ts: busybox's cannot change the user. */
import { run } from "../../scripts/build/run.ts";

/** Returns setpriv and its libraries by their paths in the VM. */
export async function libraries(): Promise<Record<string, string>> {
  const program = Bun.which("setpriv")!;
  const needed = (await run(["ldd", program])).matchAll(/=> (\S+)/g);
  const own = Array.from(needed, ([, path]) => [path!.replace(/^\/usr/, ""), path!]);
  return { "/bin/setpriv-full": program, ...Object.fromEntries(own.filter(([path]) => !path!.endsWith("/libc.so.6"))) };
}
