/** Recordings of real exits, and their replay as nobody. */
import { chmodSync, writeFileSync } from "node:fs";
import { asNobody, executableCopy } from "./privileged.ts";
import { runToEnd, shell, temporaryFolder, Tracer } from "./tracer.ts";

/** Processes that end in many ways, one after the other. Their order is that of the recording. */
const deaths = String.raw`
  /bin/true; sh -c 'exit 3'; /bin/echo "it's" '' 'a b' "$(printf '\033[31m\t')" ünï > /dev/null
  sh -c 'kill -9 $$'; sh -c 'kill -SEGV $$'; sh -c 'ulimit -c 0; kill -ABRT $$'
  sleep 60 & kill -TERM $!; wait $! 2> /dev/null; timeout 0.1 sleep 60; head -c 1 /dev/zero > /dev/null
  bash -c 'exec -a "a name" /bin/sh -c "exit 137"'
  cd /tmp && rm -rf exitsnoop-gone && mkdir exitsnoop-gone && cd exitsnoop-gone && (rmdir /tmp/exitsnoop-gone; exec /bin/true)
`;

/** Runs the processes with tracers of these options. Returns the outputs of the tracers. */
export async function record(...optionsOf: string[][]): Promise<string[]> {
  const tracers: Tracer[] = [];
  const script = Bun.spawn(shell(`read -r line; ${deaths}`), { stdin: "pipe", stdout: "ignore", stderr: "ignore" });
  for (const options of optionsOf) tracers.push(await Tracer.start(["-P", `${script.pid}`, ...options]));
  script.stdin.write("go\n");
  await script.stdin.end();
  await script.exited;
  const results = await Promise.all(tracers.map((tracer) => tracer.end()));
  return results.map(({ stdout }) => stdout);
}

/** A recording, and a copy of the binary for a user without any right. */
export async function setUpReplay() {
  const resources = new DisposableStack();
  const folder = resources.use(temporaryFolder());
  const copy = resources.use(executableCopy());
  chmodSync(folder.path, 0o755);
  const file = `${folder.path}/exits.jsonl`;
  const replay = (args: readonly string[], stdin?: string) =>
    runToEnd([...asNobody(), copy.binary, "replay", ...args], stdin === undefined ? {} : { stdin });
  const write = (text: string | Uint8Array, name = file) => {
    writeFileSync(name, text);
    chmodSync(name, 0o644);
    return name;
  };
  return { file, replay, write, copy, [Symbol.dispose]: () => resources.dispose() };
}
