/**
 * scripts/setup.sh installs only the runtime that package-lock.json names. The packages are local
 * files, so that no registry is needed.
 */
import { describe, expect, test } from "bun:test";
import { appendFileSync, chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { runToEnd, temporaryFolder } from "../support/tracer.ts";

const root = new URL("../..", import.meta.url).pathname;
const platform = `@oven/bun-linux-${process.arch === "x64" ? "x64" : "aarch64"}`;
const version = "1.0.0";

/** Packs a package of one executable. Returns its checksum as package-lock.json has it. */
async function pack(folder: string, file: string, description: object, executable: string, script: string) {
  mkdirSync(`${folder}/package/bin`, { recursive: true });
  writeFileSync(`${folder}/package/package.json`, JSON.stringify({ version, ...description }));
  writeFileSync(`${folder}/package/${executable}`, `#!/bin/sh\n${script}\n`);
  chmodSync(`${folder}/package/${executable}`, 0o755);
  const { status } = await runToEnd(["tar", "-czf", file, "package"], { cwd: folder });
  expect(status).toBe(0);
  await runToEnd(["rm", "-r", "package"], { cwd: folder });
  return `sha512-${new Bun.CryptoHasher("sha512").update(readFileSync(`${folder}/${file}`)).digest("base64")}`;
}

/**
 * Creates a project with the real setup.sh, whose only package is a `bun` like the real one: its
 * binary is in an optional package, and its install script would fetch it (here it leaves a file
 * `fetched`). @param spoil changes the checksums before they get into package-lock.json.
 */
async function project(spoil: (checksums: { bun: string; platform: string }) => void) {
  const folder = temporaryFolder();
  mkdirSync(`${folder.path}/scripts`);
  copyFileSync(`${root}scripts/setup.sh`, `${folder.path}/scripts/setup.sh`);
  const bun = {
    name: "bun",
    bin: { bun: "bin/bun.exe" },
    scripts: { postinstall: `touch ${folder.path}/fetched` },
    optionalDependencies: { [platform]: version },
  };
  const checksums = {
    bun: await pack(folder.path, "bun.tgz", bun, "bin/bun.exe", "exit 1"),
    platform: await pack(folder.path, "platform.tgz", { name: platform }, "bin/bun", "echo it is installed"),
  };
  spoil(checksums);
  const devDependencies = { bun: version };
  const locked = (file: string, integrity: string) => ({ version, resolved: `file:${file}`, integrity, dev: true });
  const lock = {
    name: "project",
    version,
    lockfileVersion: 3,
    requires: true,
    packages: {
      "": { name: "project", version, devDependencies },
      "node_modules/bun": { ...bun, ...locked("bun.tgz", checksums.bun), hasInstallScript: true },
      [`node_modules/${platform}`]: { ...locked("platform.tgz", checksums.platform), optional: true },
    },
  };
  writeFileSync(`${folder.path}/package-lock.json`, JSON.stringify(lock));
  writeFileSync(`${folder.path}/package.json`, JSON.stringify({ name: "project", version, devDependencies }));
  const setUp = () => runToEnd(["sh", "scripts/setup.sh"], { cwd: folder.path });
  return { ...folder, setUp, isFetched: () => existsSync(`${folder.path}/fetched`) };
}

describe("setup.sh", () => {
  test("setup.sh, right checksums: installs the runtime and runs no install script", async () => {
    using made = await project(() => {});
    expect(await made.setUp()).toMatchObject({ status: 0, stdout: "" });
    const { stdout } = await runToEnd([`${made.path}/node_modules/.bin/bun`, "--version"]);
    expect(stdout).toBe("it is installed\n");
    expect(made.isFetched()).toBe(false);
  });

  test("setup.sh, wrong checksum of the runtime: fails each time and installs no other one", async () => {
    using made = await project((checksums) => {
      checksums.platform = checksums.bun;
    });
    for (let i = 0; i < 2; i++) {
      const { status, stderr } = await made.setUp();
      expect(status).toBe(1);
      expect(stderr).toBe(
        "exitsnoop: installing npm packages\n" +
          `exitsnoop: npm did not install ${platform}: it cannot be fetched, or its checksum is not the one in package-lock.json; ` +
          "nothing else is taken instead\n",
      );
      expect(made.isFetched()).toBe(false);
    }
  });

  test("setup.sh, wrong checksum of another package: fails", async () => {
    using made = await project((checksums) => {
      checksums.bun = checksums.platform;
    });
    const { status, stderr } = await made.setUp();
    expect(status).toBe(1);
    expect(stderr).toContain("EINTEGRITY");
    expect(made.isFetched()).toBe(false);
  });
});

test("build on a modified Bun: refused", async () => {
  using folder = temporaryFolder();
  const changed = `${folder.path}/bun`;
  copyFileSync(process.execPath, changed);
  appendFileSync(changed, "x");
  const check =
    'import { checkOwnRuntime } from "./scripts/runtime/runtime.ts"; await checkOwnRuntime(); console.log("right")';
  const { status, stdout, stderr } = await runToEnd([changed, "-e", check], { cwd: root });
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain(`${changed} is not the Bun that package-lock.json names`);
  expect((await runToEnd([process.execPath, "-e", check], { cwd: root })).stdout).toBe("right\n");
});
