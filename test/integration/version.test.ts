/** The facts about the commit that the build puts into the binary. */
import { describe, expect, test } from "bun:test";
import { version } from "../../package.json" with { type: "json" };
import { dayOf, findCommit } from "../../scripts/build/commit.ts";
import { root } from "../../scripts/build/run.ts";
import { host } from "../../scripts/build/target.ts";
import { binary, runToEnd, shell } from "../support/tracer.ts";

test.each(["version", "--version", "-V"])(
  "%s: prints version, commit, target, runtime and libbpf, a line each",
  async (word) => {
    const { stdout, stderr, status } = await runToEnd([binary, word]);
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    const commit = await findCommit();
    const known = commit ? `${commit.hash}(-dirty)? \\(${dayOf(commit)}\\)` : "unknown";
    const lines = [`exitsnoop ${version}`, `commit: ${known}`, `target: ${host.name}`, `runtime: Bun ${Bun.version}`];
    expect(stdout).toMatch(new RegExp(`^${lines.join("\n")}\nlibbpf: 1\\.\\d+\n$`));
  },
);

/** Asks for the commit in a process with these variables of git. */
async function commitWith(env: Record<string, string>): Promise<string> {
  const script = `import { findCommit } from "${root}scripts/build/commit.ts"; console.log((await findCommit())?.hash);`;
  return (await runToEnd([process.execPath, "-e", script], { env })).stdout.trim();
}

test("the sources outside a git clone have no commit", async () => {
  expect(await commitWith({ GIT_DIR: "/nonexistent" })).toBe("undefined");
});

test("the sources in a folder of another project's clone have no commit", async () => {
  const outer = { GIT_DIR: `${root}.git`, GIT_WORK_TREE: `${root}..` };
  expect(await commitWith(outer)).toBe("undefined");
});

describe("a native core that cannot be loaded", () => {
  const limited = async (args: string) => runToEnd(shell(`ulimit -f 0; exec ${binary} ${args}`));

  test("version: prints why instead of libbpf's version", async () => {
    const { stdout, stderr, status } = await limited("version");
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(stdout).toMatch(/\nlibbpf: not loaded: .*file too large\n$/);
  });

  test.each(["man", "schema", "completion bash", "completion zsh", "completion fish"])(
    "%s: prints the same as with a native core",
    async (args) => {
      const { stdout, status } = await limited(args);
      expect({ stdout, status }).toEqual({ stdout: (await runToEnd([binary, ...args.split(" ")])).stdout, status: 0 });
      expect(stdout.length).toBeGreaterThan(1000);
    },
  );
});
