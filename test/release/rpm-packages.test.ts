/** Installs the RPM packages with dnf and zypper from a repository of this machine, and traces. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { version } from "../../package.json" with { type: "json" };
import { parseEvents, temporaryFolder } from "../support/tracer.ts";
import { inRoot, onArm64, rpmOf, succeed } from "./released.ts";

/** A package with a shell and this machine's C library: what the package under test requires. */
const BASE = `
%global debug_package %{nil}
%global __os_install_post %{nil}
%global _build_id_links none
Name: base
Version: 1
Release: 1
Summary: C library and shell of this machine
License: none
Provides: /bin/sh
%description
For tests.
%install
cp -a %{stage}/. %{buildroot}/
chmod 755 %{buildroot}/lib64/* %{buildroot}/lib/x86_64-linux-gnu/*
%files
/bin/*
/lib/x86_64-linux-gnu/*
/lib64/*
`;
const LIBRARIES = ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"];
const folder = temporaryFolder();
const repository = `${folder.path}/repository`;

async function buildBase(): Promise<void> {
  const stage = `${folder.path}/stage`;
  for (const directory of ["bin", "lib64", "lib/x86_64-linux-gnu"])
    mkdirSync(`${stage}/${directory}`, { recursive: true });
  // where Debian's loader looks for them
  for (const name of LIBRARIES) copyFileSync(`/lib/x86_64-linux-gnu/${name}`, `${stage}/lib/x86_64-linux-gnu/${name}`);
  copyFileSync("/lib64/ld-linux-x86-64.so.2", `${stage}/lib64/ld-linux-x86-64.so.2`);
  copyFileSync(Bun.which("busybox")!, `${stage}/bin/busybox`);
  for (const name of ["sh", "ls", "kill", "find", "sort"]) symlinkSync("busybox", `${stage}/bin/${name}`);
  await Bun.write(`${folder.path}/base.spec`, BASE);
  const defines = { _topdir: `${folder.path}/build`, _rpmdir: repository, stage };
  const options = Object.entries(defines).flatMap(([name, value]) => ["--define", `${name} ${value}`]);
  await succeed(["rpmbuild", "-bb", "--quiet", ...options, `${folder.path}/base.spec`]);
}

beforeAll(async () => {
  mkdirSync(repository);
  await buildBase();
  copyFileSync(rpmOf("x86_64"), `${repository}/exitsnoop.rpm`);
  await succeed(["createrepo_c", "--quiet", repository]);
  const lines = ["[local]", "name=local", `baseurl=file://${repository}`, "gpgcheck=0", "enabled=1", ""];
  await Bun.write(`${folder.path}/repos/local.repo`, lines.join("\n"));
}, 120_000);
afterAll(() => folder[Symbol.dispose]());

/** The commands that act on a root folder, without the repositories of this machine. */
const managers = {
  dnf: (root: string, ...action: string[]) => [
    ...["dnf", "-y", "--quiet", `--installroot=${root}`, `--setopt=reposdir=${folder.path}/repos`],
    ...["--releasever=1", "--disableplugin=*", "--setopt=clean_requirements_on_remove=False", ...action],
  ],
  zypper: (root: string, ...action: string[]) => [
    ...["zypper", "--non-interactive", "--quiet", "--no-gpg-checks", `--installroot=${root}`],
    ...[`--reposd-dir=${folder.path}/repos`, `--cache-dir=${folder.path}/zypp`, ...action],
  ],
};

describe.each(["dnf", "zypper"] as const)("%s:", (name) => {
  const root = `${folder.path}/${name}`;
  const sh = async (script: string) => (await succeed([...inRoot(root), "sh", "-c", script])).trim();

  test("installs the package with what it requires, which traces, and removes it without a rest", async () => {
    mkdirSync(root);
    await succeed(managers[name](root, "install", "exitsnoop"));
    expect(await sh("exitsnoop --version")).toStartWith(`exitsnoop ${version}\n`);
    await sh("exitsnoop -j -o /events -- sh -c 'kill -9 $$' || [ $? = 137 ]");
    const { events } = parseEvents(await Bun.file(`${root}/events`).text());
    expect(events).toMatchObject([{ comm: "sh", signal: "SIGKILL" }]);
    const units = readdirSync(`${root}/usr/lib/systemd/system`).filter((unit) => unit.startsWith("exitsnoop"));
    expect(units.toSorted()).toEqual(["exitsnoop-agent.service", "exitsnoop-recorder.service", "exitsnoop.service"]);
    await Bun.write(`${root}/etc/default/exitsnoop-agent`, "EXITSNOOP_AGENT_OPTIONS=--journald\n");
    await succeed(managers[name](root, "remove", "exitsnoop"));
    expect(existsSync(`${root}/usr/bin/exitsnoop`)).toBeFalse();
    // a file that the administrator has changed stays, as with every package
    expect(existsSync(`${root}/etc/default/exitsnoop-agent.rpmsave`)).toBeTrue();
    expect(
      await sh(
        "find / -xdev '(' -path /proc -o -path /sys -o -path /tmp ')' -prune -o -name '*exitsnoop*' -print | sort",
      ),
    ).toMatch(/^(\/etc\/default\/exitsnoop-agent\.rpmsave|\/var\/\S+|\n)+$/);
  }, 180_000);
});

test("aarch64: the unpacked binary runs in emulation", async () => {
  using unpacked = temporaryFolder();
  await succeed(["sh", "-c", 'cd "$0" && rpm2cpio "$1" | cpio --quiet -id', unpacked.path, rpmOf("aarch64")]);
  const stdout = await succeed([...onArm64, `${unpacked.path}/usr/bin/exitsnoop`, "--version"]);
  expect(stdout).toStartWith(`exitsnoop ${version}\n`);
});
