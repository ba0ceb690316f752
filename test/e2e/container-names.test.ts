/** Names of containers and pods, from the files of kubelet, docker and podman. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { sweepCgroups } from "../support/cgroup-sweep.ts";
import { ContainerFiles } from "../support/container-files.ts";
import { brokersOf, named, namesIn, trace } from "../support/container-names.ts";
import { useDocker, useRunc } from "../support/container-hooks.ts";
import { NO_PRIVILEGES, privilegesOf } from "../support/privileged.ts";
import { filesOf } from "../support/reopening.ts";
import { freshId, Runc } from "../support/runtimes.ts";
import { fixture, runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";

describe.skipIf(!Runc.isAvailable)("names of a container", () => {
  const runc = useRunc();

  /** Runs a container with this id to its end, with exit code 7. */
  async function runContainer(id: string): Promise<void> {
    using _ = sweepCgroups([`/docker/${id}`]);
    const { status } = await runc().run(id, `/docker/${id}`, "exit 7");
    expect(status).toBe(7);
  }

  /** Returns the names in the record of such a container. */
  async function namesOf(files: ContainerFiles, id: string) {
    const { events } = await trace(files, () => runContainer(id));
    return namesIn(events.find(({ container_id, exit_code }) => container_id === id && exit_code === 7));
  }

  test("docker: the outermost Name of config.v2.json", async () => {
    using files = new ContainerFiles();
    const id = freshId();
    files.writeDocker(id, "/web-1");
    expect(await namesOf(files, id)).toEqual(named("web-1"));
  });

  test("podman: the first of the names in containers.json", async () => {
    using files = new ContainerFiles();
    const id = freshId();
    files.writeStorage([
      { id: freshId(), names: ["other"] },
      { metadata: `{"id":"${id}","names":["no"]}`, names: ["db", "alias"], layer: id, id, flags: { names: ["flag"] } },
      { id: freshId() },
    ]);
    expect(await namesOf(files, id)).toEqual(named("db"));
  });

  test("podman run --rm: the name in volatile-containers.json", async () => {
    using files = new ContainerFiles();
    const id = freshId();
    files.writeStorage([{ id: freshId(), names: ["other"] }]);
    files.writeStorage([{ id, names: ["job"] }], "/run/containers/storage/overlay-containers/volatile-containers.json");
    expect(await namesOf(files, id)).toEqual(named("job"));
  });

  test("kubelet: pod, namespace and container of the link to its log, before docker's name", async () => {
    using files = new ContainerFiles();
    const id = freshId();
    files.linkLog(freshId(), "other_default_other");
    files.linkLog(id, "api-7d9f5c6b4-x2x9z_payments_worker");
    files.writeDocker(id, "/k8s_worker_api");
    expect(await namesOf(files, id)).toEqual(named("worker", "api-7d9f5c6b4-x2x9z", "payments"));
  });

  test("kubelet, a link of 255 bytes: all its names", async () => {
    using files = new ContainerFiles();
    const id = freshId();
    files.linkLog(id, `${"p".repeat(100)}_${"n".repeat(60)}_${"c".repeat(24)}`);
    expect(await namesOf(files, id)).toEqual(named("c".repeat(24), "p".repeat(100), "n".repeat(60)));
  });

  test("a link that appears while the container runs: later exits have the names", async () => {
    using files = new ContainerFiles();
    mkdirSync(files.at("/var/log/containers"));
    const id = freshId();
    using _ = sweepCgroups([`/docker/${id}`]);
    const { events } = await trace(files, async () => {
      await runc().startDetached(id, `/docker/${id}`, "while :; do /bin/busybox sleep 0.1; done");
      await Bun.sleep(700);
      files.linkLog(id, "pod_ns_late");
      await Bun.sleep(1500);
      await runc().kill(id, "KILL");
      await runc().remove(id);
    });
    const names = events.filter(({ container_id }) => container_id === id).map(({ container_name }) => container_name);
    expect(names[0]).toBeNull();
    expect(names.at(-1)).toBe("late");
  });

  test("a container that is gone: keeps its name", async () => {
    using files = new ContainerFiles();
    const id = freshId();
    files.writeDocker(id, "/gone");
    const { events } = await trace(files, async () => {
      await runContainer(id);
      await Bun.sleep(600);
      await runToEnd(["rm", "-r", files.at(`/var/lib/docker/containers/${id}`)]);
      await runContainer(id);
    });
    const ends = events.filter(({ container_id, exit_code }) => container_id === id && exit_code === 7);
    expect(ends.map(({ container_name }) => container_name)).toEqual(["gone", "gone"]);
  });

  describe("hostile files: no name, and the broker goes on", () => {
    const hostile: [what: string, make: (files: ContainerFiles, id: string) => void][] = [
      ["a name with control characters", (files, id) => files.writeDocker(id, "/a\x1b[2J")],
      ["a name with a quote in it", (files, id) => files.writeDocker(id, '/a","b":"c')],
      ["a name with a slash", (files, id) => files.writeDocker(id, "/../../etc")],
      ["an empty name", (files, id) => files.writeDocker(id, "/")],
      ["a name of 10 MB", (files, id) => files.writeDocker(id, `/${"x".repeat(10_000_000)}`)],
      ["a number as name", (files, id) => files.write(configOf(id), '{"Name":7}')],
      ["a cut file", (files, id) => files.write(configOf(id), '{"ID":"x","Name":"/cut')],
      ["a file that ends with a backslash", (files, id) => files.write(configOf(id), '{"ID":"\\')],
      ["an empty file", (files, id) => files.write(configOf(id), "")],
      ["100,000 opening brackets", (files, id) => files.write(configOf(id), "[{".repeat(100_000))],
      ["100,000 closing brackets", (files, id) => files.write(configOf(id), `${"]}".repeat(100_000)}{"Name":"/x"}`)],
      ["a zeroed megabyte", (files, id) => files.write(configOf(id), new Uint8Array(1_000_000))],
      ["a directory", (files, id) => void mkdirSync(files.at(configOf(id)), { recursive: true })],
      [
        "a FIFO",
        (files, id) => {
          mkdirSync(files.at(`/var/lib/docker/containers/${id}`), { recursive: true });
          Bun.spawnSync(["mkfifo", files.at(configOf(id))]);
        },
      ],
      ["a symbolic link", (files, id) => linkTo(files, configOf(id), "/var/lib/other/config.v2.json")],
      // Landlock denies what is outside of the directories
      ["a link of its directory", (files, id) => linkTo(files, `/var/lib/docker/containers/${id}`, "/var/lib/other")],
      ["kubelet's name with an escape", (files, id) => files.linkLog(id, "a_b_\x1b[2J")],
    ];
    const configOf = (id: string) => `/var/lib/docker/containers/${id}/config.v2.json`;

    /** Links to a file with a name that must not be read. */
    function linkTo(files: ContainerFiles, path: string, target: string): void {
      files.write("/var/lib/other/config.v2.json", '{"Name":"/other"}');
      files.link(path, target);
    }

    test.each(hostile)("%s", async (_, make) => {
      using files = new ContainerFiles();
      const [id, next] = [freshId(), freshId()];
      files.writeDocker(next, "/next");
      make(files, id);
      const { events, stderr } = await trace(files, async () => {
        await runContainer(id);
        await runContainer(next);
      });
      const end = (of: string) => events.find(({ container_id, exit_code }) => container_id === of && exit_code === 7);
      expect(end(id)).toMatchObject(named(null));
      expect(end(next)).toMatchObject(named("next"));
      expect(stderr).toMatch(/, 0 lost$/m);
    });
  });

  describe("--container", () => {
    test.each([
      ["a name", (): string => "web", ["web"]],
      ["two names", () => "web,db", ["web", "db"]],
      ["a name and the first digits of an id", (ids: string[]) => `db,${ids[0]!.slice(0, 12)}`, ["web", "db"]],
      ["a removed name", () => "!web", ["db", "job", "none"]],
      ["a name that no container has", () => "none", []],
    ])("%s: selects these containers only", async (_, valueOf, selected) => {
      using files = new ContainerFiles();
      const names = ["web", "db", "job"];
      const ids = names.map(freshId);
      ids.forEach((id, i) => files.writeDocker(id, `/${names[i]}`));
      const { events } = await trace(files, async () => {
        for (const id of ids) await runContainer(id);
        await runToEnd(["sh", "-c", "exit 7"]);
      }, ["--container", valueOf(ids)]);
      const ends = events.filter(({ exit_code }) => exit_code === 7);
      const seen = ends.map(({ container_id }) => names[ids.indexOf(container_id!)] ?? "none");
      expect(new Set(seen)).toEqual(new Set(selected));
    });
  });
});

describe("broker that names containers", () => {
  test.each([
    ["docker", (files: ContainerFiles) => files.writeDocker(freshId(), "/web")],
    ["podman", (files: ContainerFiles) => files.writeStorage([{ names: ["db"] }, { id: freshId(), names: ["web"] }])],
    ["kubelet", (files: ContainerFiles) => files.linkLog(freshId(), "pod_ns_web")],
  ])("--container with a name that %s has, and two others: a warning for the others", async (_, make) => {
    using files = new ContainerFiles();
    make(files);
    const { stderr } = await trace(files, async () => {}, ["--container", "we,web,!none,webs,0123456789ab"]);
    const warned = Array.from(stderr.matchAll(/no container (\S+) yet; waiting for it/g), ([, name]) => name);
    expect(warned).toEqual(["we", "webs"]);
  });

  test("no capability, and nothing open but the socket", async () => {
    using files = new ContainerFiles();
    mkdirSync(files.at("/var/lib/docker/containers"), { recursive: true });
    await trace(files, async (tracer) => {
      const [broker] = brokersOf(tracer) as [string];
      const { bounding } = privilegesOf(broker);
      expect(privilegesOf(broker)).toEqual({ ...NO_PRIVILEGES, bounding });
      expect(filesOf(broker)).toEqual([expect.stringMatching(/^socket:/)]);
    });
  });

  test.skipIf(process.arch !== "x64")(
    "code injected into it: can read these directories, and nothing else",
    async () => {
      using files = new ContainerFiles();
      using folder = temporaryFolder();
      writeFileSync(`${folder.path}/file`, "");
      files.writeDocker(freshId(), "/web");
      await trace(files, async (tracer) => {
        const [broker] = brokersOf(tracer) as [string];
        const { stdout, stderr } = await runToEnd([fixture("inject-calls"), broker, folder.path]);
        const outcomes = Object.fromEntries(
          stdout
            .trim()
            .split("\n")
            .map((text) => text.split(": ")),
        ) as object;
        expect(stderr).toBe("");
        const { getpid, openat2, ...attempts } = outcomes as Record<string, string>;
        expect({ getpid, openat2 }).toEqual({ getpid: "done", openat2: "Function not implemented" });
        expect(Object.keys(attempts).length).toBeGreaterThan(20);
        for (const [what, outcome] of Object.entries(attempts)) {
          // Landlock denies what seccomp cannot see
          const denied = /^(read|list) /.test(what) ? "Permission denied" : "Operation not permitted";
          expect([what, outcome]).toEqual([what, denied]);
        }
      });
      expect(readdirSync(folder.path)).toEqual(["file"]);
    },
  );

  test("a node without such files: does not run, and a requested name gets a warning", async () => {
    using files = new ContainerFiles();
    for (const [args, warns] of [
      [["-w", "--no-crash"], false],
      [["-C", "origin"], false],
      [["-C", "container_name"], true],
      [["--container", "web"], true],
    ] as const) {
      const tracer = await Tracer.start([...args], { via: files.via });
      expect([args, brokersOf(tracer)]).toEqual([args, []]);
      await tracer.end();
      expect(tracer.stderr.includes("containers have no names here")).toBe(warns);
    }
  });

  test("columns without names: does not run", async () => {
    using files = new ContainerFiles();
    mkdirSync(files.at("/var/lib/docker/containers"), { recursive: true });
    const tracer = await Tracer.start(["-j", "-C", "container_id"], { via: files.via });
    expect(brokersOf(tracer)).toEqual([]);
    await tracer.end();
  });
});

const { isAvailable, docker } = await useDocker(["/docker"]);

describe.skipIf(!isAvailable)("docker for real", () => {
  test("containers that end at once and later, removed or not: have the names that docker gave them", async () => {
    using files = new ContainerFiles();
    files.link("/var/lib/docker", docker().dataRoot);
    const { events } = await trace(files, async () => {
      await docker().run("exit 7", ["--rm", "--name", "short"]);
      await docker().run("sleep 0.3; exit 7", ["--rm", "--name", "slow", "--env", 'SECRET="Name":"/evil"']);
      await docker().run("exit 7", ["--name", "kept.1_a-b"]);
    });
    const ends = events.filter(({ container_id, exit_code }) => container_id && exit_code === 7);
    const [short, ...others] = ends.map(({ container_name }) => container_name);
    // docker may have removed its files before the line is printed
    expect(["short", null]).toContain(short ?? null);
    expect(others).toEqual(["slow", "kept.1_a-b"]);
  });
});
