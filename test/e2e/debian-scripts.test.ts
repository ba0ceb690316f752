/** The scripts that dpkg runs: a failure of one would leave the package half-installed. */
import { expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterMounting } from "../support/environments.ts";
import { runToEnd, temporaryFolder } from "../support/tracer.ts";

const scripts = join(import.meta.dir, "../../scripts/release/debian");

test.each([
  ["postinst", "configure", "try-restart"],
  ["prerm", "remove", "disable"],
])("%s %s where systemctl fails, as for a service that does not start: status 0", async (script, action, command) => {
  using folder = temporaryFolder();
  // the other two would change this machine
  for (const tool of ["systemctl", "systemd-tmpfiles", "journalctl"]) {
    writeFileSync(`${folder.path}/${tool}`, '#!/bin/sh\necho "$1"\nexit 1\n');
    chmodSync(`${folder.path}/${tool}`, 0o755);
  }
  // /run/systemd/system: systemd seems to run
  const via = afterMounting("mount -t tmpfs none /run && mkdir -p /run/systemd/system");
  const { stdout, status } = await runToEnd([...via, "sh", join(scripts, script), action], {
    env: { ...process.env, PATH: `${folder.path}:${process.env.PATH}` },
  });
  expect(stdout.split("\n")).toContain(command);
  expect(status).toBe(0);
});
