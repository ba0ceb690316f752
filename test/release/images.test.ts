/** The container images: their contents, and that docker, podman and skopeo take them. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { version } from "../../package.json" with { type: "json" };
import { parseEvents, runToEnd, temporaryFolder } from "../support/tracer.ts";
import { useDocker } from "../support/container-hooks.ts";
import { onArm64, pathOf, succeed } from "./released.ts";

const NAME = `localhost/exitsnoop:${version}`;
const imageOf = (name: string) => `${pathOf(`image-${name}`)}.tar`;

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

/** Unpacks the layers of an image, one over the other. Returns the folder. */
async function unpack(name: string): Promise<string> {
  const [layout, tree] = [`${folder.path}/${name}`, `${folder.path}/${name}-root`];
  await succeed(["mkdir", "-p", layout, tree]);
  await succeed(["tar", "-C", layout, "-xf", imageOf(name)]);
  const [image] = (await Bun.file(`${layout}/manifest.json`).json()) as { Layers: string[] }[];
  for (const layer of image!.Layers) await succeed(["tar", "-C", tree, "-xpf", `${layout}/${layer}`]);
  return tree;
}

describe.each([
  ["linux-x64", "amd64", "lib64/ld-linux-x86-64.so.2"],
  ["linux-arm64", "arm64", "lib/ld-linux-aarch64.so.1"],
])("%s", (name, architecture, loader) => {
  test("has the released binary, its libraries and licences, and no other program", async () => {
    const tree = await unpack(name);
    await succeed(["cmp", `${tree}/usr/bin/exitsnoop`, pathOf(name)]);
    const files = (await succeed(["find", tree, "-type", "f", "-printf", "%P\n"])).trim().split("\n").toSorted();
    expect(files.filter((file) => !/^lib\/[a-z0-9_-]+\/(ld-linux-.*|lib(c|m|dl|pthread))\.so\.\d$/.test(file))).toEqual(
      [
        "etc/group",
        "etc/nsswitch.conf",
        "etc/passwd",
        "usr/bin/exitsnoop",
        "usr/share/doc/exitsnoop/LICENSE",
        "usr/share/doc/exitsnoop/THIRD-PARTY-NOTICES",
        "usr/share/doc/libc6/copyright",
      ],
    );
    expect(await succeed(["test", "-e", `${tree}/${loader}`])).toBe("");
    const special = await succeed([
      "find",
      tree,
      "-perm",
      "/6000",
      "-o",
      "-perm",
      "/022",
      "-type",
      "f",
      "-o",
      "!",
      "-uid",
      "0",
    ]);
    expect(special).toBe("");
  });

  test("skopeo reads it as an OCI layout and as an archive of docker", async () => {
    for (const transport of ["oci-archive", "docker-archive"]) {
      const about = JSON.parse(await succeed(["skopeo", "inspect", "--config", `${transport}:${imageOf(name)}`])) as {
        architecture: string;
        config: { Entrypoint: string[]; Labels: Record<string, string> };
      };
      expect(about).toMatchObject({ architecture, config: { Entrypoint: ["/usr/bin/exitsnoop"] } });
      expect(about.config.Labels).toMatchObject({ "org.opencontainers.image.version": version });
      expect(about.config.Labels["exitsnoop.libc"]).toMatch(/^libc6 2\.\S+ of Debian$/);
    }
  });
});

test("the arm64 image runs in emulation with its own C library", async () => {
  const [emulator] = onArm64;
  const tree = `${folder.path}/linux-arm64-root`;
  const stdout = await succeed([emulator!, "-L", tree, `${tree}/usr/bin/exitsnoop`, "--version"]);
  expect(stdout).toStartWith(`exitsnoop ${version}\n`);
});

test("podman loads it under its name", async () => {
  const podman = [
    "podman",
    "--root",
    `${folder.path}/podman`,
    "--runroot",
    `${folder.path}/run`,
    "--storage-driver=vfs",
  ];
  await succeed([...podman, "load", "--quiet", "--input", imageOf("linux-x64")]);
  expect(await succeed([...podman, "images", "--format", "{{.Repository}}:{{.Tag}}"])).toBe(`${NAME}\n`);
});

const { isAvailable, docker } = await useDocker([]);

describe.if(isAvailable)("docker", () => {
  beforeAll(() => docker().do("load", "--input", imageOf("linux-x64")), 60_000);

  test("prints the version as any user, without network and with a read-only root", async () => {
    const flags = ["--network=none", "--read-only", "--user=65534", "--cap-drop=ALL"];
    expect(await docker().do("run", "--rm", ...flags, NAME, "--version")).toStartWith(`exitsnoop ${version}\n`);
  });

  test("traces with two capabilities, or with SYS_ADMIN where docker does not know them", async () => {
    const added = ["BPF", "PERFMON"].map((name) => `--cap-add=${name}`);
    const run = (capabilities: string[]) =>
      docker().do(
        ...["run", "--rm", "--network=none", "--pid=host", "--cap-drop=ALL", ...capabilities, NAME],
        ...["-j", "--for", "2s", "--count", "1"],
      );
    const end = setInterval(() => void runToEnd(["true"]), 100);
    const stdout = await run(added).catch(() => run(["--cap-add=SYS_ADMIN"]));
    clearInterval(end);
    expect(parseEvents(stdout).events).toHaveLength(1);
  });
});
