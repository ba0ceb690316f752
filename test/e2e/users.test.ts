/** Names of users that change while exitsnoop runs. */
import { expect, test } from "bun:test";
import { cpSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { runAs } from "../support/reopening.ts";
import { shell, temporaryFolder, Tracer } from "../support/tracer.ts";

const UID = 54_321;
const entry = (name: string) => `${name}:x:${UID}:${UID}::/:/bin/sh\n`;

test("user renamed in /etc/passwd, in place or by a new file: the table shows the new name", async () => {
  using folder = temporaryFolder();
  const etc = `${folder.path}/etc`;
  cpSync("/etc", etc, { recursive: true });
  const passwd = `${etc}/passwd`;
  const others = readFileSync(passwd, "utf8");
  const out = `${folder.path}/out`;
  const shown = () => readFileSync(out, "utf8").match(/^\S+/gm)!.slice(1);

  const tracer = await Tracer.start(["-u", `${UID}`, "-C", "uid", "--for", "60"], {
    via: ["unshare", "--mount", ...shell(`mount --bind ${etc} /etc && exec "$@"`)],
    stdout: out,
  });
  const names = [`${UID}`];
  const checkNextExit = async () => {
    await runAs(UID, ["true"]);
    for (let i = 0; i < 100 && shown().length < names.length; i++) await Bun.sleep(20);
    expect(shown()).toEqual(names);
  };
  await checkNextExit();
  writeFileSync(passwd, others + entry("first"));
  names.push("first");
  await checkNextExit();
  // usermod(8) replaces the file in this way
  writeFileSync(`${passwd}+`, others + entry("other"));
  renameSync(`${passwd}+`, passwd);
  names.push("other");
  await checkNextExit();
  // the file keeps its number of bytes
  writeFileSync(passwd, others + entry("third"));
  names.push("third");
  await checkNextExit();
  writeFileSync(passwd, others);
  names.push(`${UID}`);
  await checkNextExit();
  await tracer.end();
});
