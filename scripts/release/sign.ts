/** Signs the checksums with ssh-keygen, which verifies them as well (OpenSSH 8.0). */
import { rm } from "node:fs/promises";
import { log, root, run } from "../build/run.ts";

/** Names a file: a private key, or the public one of a key that ssh-agent has. */
const KEY = "EXITSNOOP_SIGNING_KEY";
/** Signatures for another purpose, such as those of git, are not valid for files. */
const NAMESPACE = "file";

/**
 * Writes PATH.sig if the environment names a key. The project has none: a key in the repository
 * would prove nothing.
 * @param path relative to the project's folder.
 * @throws Error if ssh-keygen cannot sign with the key.
 */
export async function sign(path: string): Promise<void> {
  const signature = `${path}.sig`;
  // ssh-keygen asks before it overwrites one
  await rm(`${root}${signature}`, { force: true });
  const key = process.env[KEY];
  if (!key) {
    log(`${path} is not signed: ${KEY} names no key for ssh-keygen`);
    return;
  }
  await run(["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", NAMESPACE, path]);
  log(`Signed ${path} as ${signature}`);
}
