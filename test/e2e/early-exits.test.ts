/** Exits while the tracer starts: record_exit is attached before the other programs are loaded. */
import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { binary, type ExitEvent, parseEvents, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

type WideExit = ExitEvent & { exe: string; args: string[] };

/** Starts the tracer in a chroot(2) below the folder `root`, while processes exit there. */
const script = `
  mount --rbind / root || exit 99
  (while [ ! -e stop ]; do chroot root /usr/bin/true; done) &
  chroot root "$@"; status=$?
  touch stop; wait
  exit $status`;

test("a tracer in a chroot prints paths of executables from its own root, also of the first exits", async () => {
  using folder = temporaryFolder();
  mkdirSync(`${folder.path}/root`);
  const command = ["unshare", "--mount", ...shell(script), binary, "--json", "--wide", "--for", "0.3"];
  const { status, stdout } = await runToEnd(command, { cwd: folder.path });
  const events = parseEvents(stdout).events.filter(({ comm }) => comm === "true") as WideExit[];
  expect({ status, exes: [...new Set(events.map(({ exe }) => exe))] }).toEqual({ status: 0, exes: ["/usr/bin/true"] });
  expect(new Set(events.map(({ args }) => JSON.stringify(args)))).toEqual(new Set(['["/usr/bin/true"]']));
});
