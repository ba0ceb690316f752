/** The signature of SHA256SUMS, with a key that the test makes and forgets. */
import { expect, test } from "bun:test";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { root } from "../../scripts/build/run.ts";
import { runToEnd, temporaryFolder } from "../support/tracer.ts";
import { succeed } from "./released.ts";

/** Signs a file below the project's folder as the release script does. */
function sign(path: string, key: string) {
  const script = `import { sign } from "${root}scripts/release/sign.ts"; await sign(process.argv[1]);`;
  return runToEnd([process.execPath, "-e", script, path], { env: { EXITSNOOP_SIGNING_KEY: key }, cwd: root });
}

test("a signature is valid for the file it was made of, by the documented command, and for no other", async () => {
  using folder = temporaryFolder();
  const at = (name: string) => `${folder.path}/${name}`;
  await succeed(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", at("key")]);
  const sums = "build/signature-test";
  copyFileSync(`${root}dist/SHA256SUMS`, `${root}${sums}`);
  expect((await sign(sums, at("key"))).status).toBe(0);
  writeFileSync(at("allowed_signers"), `exitsnoop namespaces="file" ${readFileSync(at("key.pub"), "utf8")}`);
  const command = ["ssh-keygen", "-Y", "verify", "-f", at("allowed_signers"), "-I", "exitsnoop", "-n", "file"];
  const verify = (text: string) => runToEnd([...command, "-s", `${root}${sums}.sig`], { stdin: text });
  const text = readFileSync(`${root}${sums}`, "utf8");
  expect((await verify(text)).stdout).toStartWith('Good "file" signature for exitsnoop');
  expect((await verify(`${text} `)).status).not.toBe(0);

  const { stderr } = await sign(sums, "");
  expect(stderr).toContain("is not signed: EXITSNOOP_SIGNING_KEY names no key");
  expect(existsSync(`${root}${sums}.sig`)).toBe(false);
  await succeed(["rm", `${root}${sums}`]);
});
