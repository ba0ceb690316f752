/**
 * The npm packages, published to a registry on loopback (verdaccio), and installed from it into
 * empty folders by npm and npx.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, realpathSync } from "node:fs";
import { version } from "../../package.json" with { type: "json" };
import { targets } from "../../scripts/build/target.ts";
import { freePort } from "../support/fleet/peers.ts";
import { runToEnd, temporaryFolder } from "../support/tracer.ts";
import { dist, pathOf, succeed } from "./released.ts";

/** The last release for Node 20, and the version of a dependency that it names by a tag. */
const VERDACCIO = { dependencies: { verdaccio: "6.7.4" }, overrides: { "node-fetch": "2.7.0" } };
const packages = [...targets.map(({ name }) => `${name}-`), ""].map((name) => `exitsnoop-${name}${version}.tgz`);

const folder = temporaryFolder();
const at = (path: string) => `${folder.path}/${path}`;
const port = freePort();
const registry = `http://127.0.0.1:${port}/`;
let server: Bun.Subprocess | undefined;

/** Runs npm or npx with the registry on loopback, and a cache of its own. */
function npm(command: string[], cwd: string) {
  const env = {
    npm_config_userconfig: at("npmrc"),
    npm_config_cache: at("cache"),
    npm_config_update_notifier: "false",
  };
  mkdirSync(cwd, { recursive: true });
  return runToEnd(command, { cwd, env });
}

async function npmSucceeds(command: string[], cwd: string): Promise<string> {
  const { status, stdout, stderr } = await npm(command, cwd);
  if (status !== 0) throw new Error(`${command.join(" ")} ended with ${status}: ${stderr}`);
  return stdout;
}

beforeAll(async () => {
  mkdirSync(at("verdaccio"));
  await Bun.write(at("verdaccio/package.json"), JSON.stringify({ private: true, ...VERDACCIO }));
  await succeed(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"], at("verdaccio"));
  const all = { access: "$all", publish: "$all" };
  const config = {
    storage: at("storage"),
    max_body_size: "200mb",
    auth: { htpasswd: { file: at("htpasswd") } },
    packages: { "**": all },
    log: { type: "stdout", format: "pretty", level: "warn" },
  };
  await Bun.write(at("config.yaml"), JSON.stringify(config));
  await Bun.write(at("npmrc"), `registry=${registry}\n//127.0.0.1:${port}/:_authToken=none\n`);
  const log = Bun.file(at("log"));
  const verdaccio = [at("verdaccio/node_modules/.bin/verdaccio"), "-c", at("config.yaml"), "-l", `127.0.0.1:${port}`];
  server = Bun.spawn(verdaccio, { stdin: "ignore", stdout: log, stderr: log });
  for (let tries = 0; tries < 300 && !(await fetch(registry).catch(() => undefined)); tries++) await Bun.sleep(100);
  for (const file of packages)
    await npmSucceeds(["npm", "publish", "--access=public", `${dist}${file}`], at("publish"));
}, 300_000);

afterAll(async () => {
  server?.kill();
  await server?.exited;
  folder[Symbol.dispose]();
});

describe("npm packages", () => {
  test.each(packages)("%s has no scripts and no dependencies but the optional ones", async (file) => {
    const manifest = JSON.parse(await succeed(["tar", "-xOf", `${dist}${file}`, "package/package.json"])) as object;
    expect(manifest).not.toHaveProperty("scripts");
    expect(manifest).not.toHaveProperty("dependencies");
    expect(manifest).toMatchObject({ version, license: "MIT" });
  });

  test("npx runs the binary", async () => {
    expect(await npmSucceeds(["npx", "--yes", "exitsnoop", "--version"], at("npx"))).toStartWith(
      `exitsnoop ${version}\n`,
    );
  });

  test("npx traces a COMMAND, and ends with its status", async () => {
    const { status, stderr } = await npm(["npx", "--yes", "exitsnoop", "--", "sh", "-c", "exit 7"], at("npx"));
    expect(status).toBe(7);
    expect(stderr).toMatch(/ 7 .* sh$/m);
  });

  test("npm install -g installs the launcher, the man page, and this machine's package alone", async () => {
    await npmSucceeds(
      ["npm", "install", "--global", "--ignore-scripts", `--prefix=${at("prefix")}`, "exitsnoop"],
      at("empty"),
    );
    const installed = at("prefix/lib/node_modules/exitsnoop/node_modules/@exitsnoop");
    expect(await succeed(["ls", installed])).toBe(`linux-${process.arch}\n`);
    await succeed(["cmp", `${installed}/linux-${process.arch}/exitsnoop`, pathOf(`linux-${process.arch}`)]);
    expect(await succeed([at("prefix/bin/exitsnoop"), "version"])).toContain(`target: linux-${process.arch}\n`);
    expect(existsSync(realpathSync(at("prefix/share/man/man8/exitsnoop.8")))).toBe(true);
  });

  test("without optional dependencies: one sentence with the package to install, which works", async () => {
    await npmSucceeds(["npm", "install", "--omit=optional", "exitsnoop"], at("omit"));
    const launcher = at("omit/node_modules/.bin/exitsnoop");
    const { stderr, status } = await runToEnd([launcher]);
    const [, advice] = /^exitsnoop: .* is not installed, .*: (npm install \S+)\n$/.exec(stderr)!;
    expect(status).toBe(1);
    await npmSucceeds(advice!.split(" "), at("omit"));
    expect(await succeed([launcher, "--version"])).toStartWith(`exitsnoop ${version}\n`);
  });
});
