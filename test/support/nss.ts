/** The service test/fixtures/nss/daemonic.c of /etc/nsswitch.conf. */
import { readFileSync, writeFileSync } from "node:fs";
import { runAs, until } from "./reopening.ts";
import { runToEnd, shell } from "./tracer.ts";

const root = new URL("../..", import.meta.url).pathname;
/** The uids of its users `daemonic` and `slow`. The name of the third lists what it may do. */
export const DAEMONIC = 54321;
export const SLOW = 54322;
export const INJECTED = 54323;

/** Builds the service. Returns options by which a tracer finds it, after files. */
export async function withService(folder: string): Promise<{ via: string[]; env: Record<string, string> }> {
  const library = `${folder}/libnss_daemonic.so.2`;
  const source = `${root}test/fixtures/nss/daemonic.c`;
  const { status, stderr } = await runToEnd(["clang", "-shared", "-fPIC", "-o", library, source]);
  if (status !== 0) throw new Error(stderr);
  const config = `${folder}/nsswitch.conf`;
  writeFileSync(config, "passwd: files [NOTFOUND=continue] daemonic # no further service\n");
  const inside = shell(`mount --bind ${config} /etc/nsswitch.conf && exec "$@"`);
  return { via: ["unshare", "--mount", ...inside], env: { LD_LIBRARY_PATH: folder } };
}

/**
 * Lets shells of a user exit with 7 until a tracer with `-C uid,exit_code` writes the user's name
 * to a file, 20 times at most: a service may answer too late for a line, but then a later one has
 * the name. Returns the last line.
 */
export async function exitUntilNamed(uid: number, file: string): Promise<string> {
  const lines = () => readFileSync(file, "utf8").match(/^.* 7$/gm) ?? [];
  for (let tries = 1; ; tries++) {
    const count = lines().length;
    await runAs(uid, ["sh", "-c", "exit 7"]);
    await until(() => lines().length > count);
    const line = lines().at(-1)!;
    if (tries === 20 || !line.startsWith(String(uid))) return line;
    await Bun.sleep(100);
  }
}
