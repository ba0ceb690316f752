/** Installs the Debian packages on a minimal Debian, beside Debian's own libbpf-tools. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, existsSync } from "node:fs";
import { version } from "../../package.json" with { type: "json" };
import { parseEvents, temporaryFolder } from "../support/tracer.ts";
import { debOf, inRoot, mirror, onArm64, succeed } from "./released.ts";

test("arm64: the unpacked binary runs in emulation", async () => {
  using folder = temporaryFolder();
  await succeed(["dpkg-deb", "-x", debOf("arm64"), folder.path]);
  const stdout = await succeed([...onArm64, `${folder.path}/usr/bin/exitsnoop`, "--version"]);
  expect(stdout).toStartWith(`exitsnoop ${version}\n`);
});

const suite = (await succeed(["sh", "-c", ". /etc/os-release && echo $VERSION_CODENAME"])).trim();

describe("amd64:", () => {
  const folder = temporaryFolder();
  const root = `${folder.path}/root`;
  const sh = async (script: string) => (await succeed([...inRoot(root), "sh", "-c", script])).trim();
  const FILES = "find / -xdev \\( -path /proc -o -path /tmp -o -path /var \\) -prune -o -print | sort";
  const PACKAGES = { exitsnoop: "/tmp/exitsnoop.deb", "libbpf-tools": "/tmp/libbpf-tools.deb" };
  let before: string;

  beforeAll(async () => {
    await succeed(["debootstrap", "--variant=minbase", "--include=libelf1,sudo", suite, root, await mirror()]);
    await succeed(["apt-get", "download", "libbpf-tools:amd64"], `${root}/tmp`);
    await sh("mv /tmp/libbpf-tools_*.deb /tmp/libbpf-tools.deb");
    copyFileSync(debOf("amd64"), `${root}/tmp/exitsnoop.deb`);
    before = await sh(FILES);
  }, 300_000);
  afterAll(() => folder[Symbol.dispose]());

  const install = async (name: keyof typeof PACKAGES) => sh(`dpkg -i ${PACKAGES[name]}`);
  /** Returns the program that sudo finds and, on further lines, changed files of the packages. */
  const found = async () => sh("sudo sh -c 'command -v exitsnoop'; dpkg -V exitsnoop libbpf-tools 2>/dev/null || :");
  const diversions = async () => sh("dpkg-divert --list '*exitsnoop*'");

  test("traces, and leaves no files after its removal", async () => {
    await install("exitsnoop");
    expect(await found()).toBe("/usr/bin/exitsnoop");
    expect(await sh("exitsnoop --version")).toStartWith(`exitsnoop ${version}\n`);
    await sh("exitsnoop -j -o /tmp/events -- sh -c 'kill -9 $$' || test $? = 137");
    const { events } = parseEvents(await Bun.file(`${root}/tmp/events`).text());
    expect(events).toMatchObject([{ comm: "sh", signal: "SIGKILL" }]);
    await sh("dpkg --purge exitsnoop");
    expect(await sh(FILES)).toBe(before);
  });

  test("ships what the binary prints: the man page and the completions of three shells", async () => {
    await install("exitsnoop");
    const shipped = {
      man: "man/man8/exitsnoop.8.gz",
      "completion bash": "bash-completion/completions/exitsnoop",
      "completion zsh": "zsh/vendor-completions/_exitsnoop",
      "completion fish": "fish/vendor_completions.d/exitsnoop.fish",
    };
    for (const [args, path] of Object.entries(shipped)) {
      const text = await succeed(["zcat", "-f", `${root}/usr/share/${path}`]);
      expect(text).toBe(`${await sh(`exitsnoop ${args}`)}\n`);
    }
    const page = await succeed(["man", "--warnings", "-l", `${root}/usr/share/man/man8/exitsnoop.8.gz`]);
    expect(page).toMatch(/--min-duration TIME\n\s+only processes that lived/);
    expect(await Bun.file(`${root}/usr/lib/systemd/system/exitsnoop.service`).text()).toMatch(
      /^\[Unit\]\n.*^ExecStart=\/usr\/bin\/exitsnoop .*^\[Install\]$/ms,
    );
    expect(await Bun.file(`${root}/usr/lib/systemd/system/exitsnoop-recorder.service`).text()).toMatch(
      /^\[Unit\]\n.*^ExecStart=\/usr\/bin\/exitsnoop .*--keep .*^\[Install\]$/ms,
    );
    await sh("dpkg --purge exitsnoop");
  });

  const other = { exitsnoop: "libbpf-tools", "libbpf-tools": "exitsnoop" } as const;
  const DIVERSION = "diversion of /usr/sbin/exitsnoop to /usr/sbin/exitsnoop.libbpf-tools by exitsnoop";

  // Debian 13's libbpf-tools has exitsnoop-libbpf instead
  const hasConflict = suite === "bookworm";
  describe.if(hasConflict).each(["exitsnoop", "libbpf-tools"] as const)("%s installed before the other:", (first) => {
    test.each(["exitsnoop", "libbpf-tools"] as const)(
      "sudo finds /usr/bin/exitsnoop until exitsnoop is removed; %s removed before the other",
      async (removed) => {
        await install(first);
        await install(other[first]);
        expect(await found()).toBe("/usr/bin/exitsnoop");
        expect(existsSync(`${root}/usr/sbin/exitsnoop.libbpf-tools`)).toBe(true);
        // once more, as for an upgrade
        await install("exitsnoop");
        await install("libbpf-tools");
        expect([await found(), await diversions()]).toEqual(["/usr/bin/exitsnoop", DIVERSION]);

        await sh(`dpkg --remove ${removed}`);
        const isLeft = removed === "libbpf-tools";
        expect([await found(), await diversions()]).toEqual(
          isLeft ? ["/usr/bin/exitsnoop", DIVERSION] : ["/usr/sbin/exitsnoop", ""],
        );
        expect(existsSync(`${root}/usr/sbin/exitsnoop.libbpf-tools`)).toBe(false);
        await sh(`dpkg --purge ${removed}; dpkg --purge ${other[removed]}`);
        expect([await sh(FILES), await diversions()]).toEqual([before, ""]);
      },
    );
  });

  test.if(hasConflict)("purged without removal first: libbpf-tools gets its file back", async () => {
    await install("libbpf-tools");
    await install("exitsnoop");
    await sh("dpkg --purge exitsnoop");
    expect([await found(), await diversions()]).toEqual(["/usr/sbin/exitsnoop", ""]);
    await sh("dpkg --purge libbpf-tools");
    expect(await sh(FILES)).toBe(before);
  });
});
