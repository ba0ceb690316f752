/**
 * Runs containers with runc, at any cgroup path, and with docker, by a daemon of the test's own.
 * All files, mounts and containers are removed on disposal.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binaryLibraries } from "./libraries.ts";
import { binary, runToEnd } from "./tracer.ts";

/** Includes the sbin folders, where the daemons are installed. */
const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin:/usr/local/sbin` };

const isInstalled = (program: string) => Bun.which(program, env) !== null;

/** Returns a random id of 64 hex digits, like those of the runtimes. */
export const freshId = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");

/** Runs a command. Returns its stdout, trimmed. @throws Error unless its status is 0. */
async function runSuccessfully(command: string[], more: Record<string, string> = {}): Promise<string> {
  const { stdout, stderr, status } = await runToEnd(command, { env: { ...env, ...more } });
  if (status !== 0) throw new Error(`${command.join(" ")} ended with ${status}: ${stderr}`);
  return stdout.trim();
}

/** Creates a root file system that has only a shell. */
function fillRoot(folder: string): void {
  mkdirSync(`${folder}/bin`, { recursive: true });
  copyFileSync(Bun.which("busybox", env)!, `${folder}/bin/busybox`);
  symlinkSync("busybox", `${folder}/bin/sh`);
  for (const name of ["proc", "dev", "sys", "tmp"]) mkdirSync(`${folder}/${name}`);
}

function unmountBelow(folder: string): void {
  const mounts = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((mount) => mount.startsWith(`${folder}/`));
  for (const mount of mounts.toReversed()) Bun.spawnSync(["umount", mount]);
}

interface Container {
  id: string;
  /** Pid of its first process on the host. */
  pid: number;
  /** Exit status of the runtime's command, which is that of the container. */
  status: number | null;
}

/** The part of an OCI runtime's config.json that tests change. */
export interface Specification {
  linux: {
    cgroupsPath: string;
    resources: { memory?: { limit: number } };
    namespaces: { type: string }[];
    seccomp?: unknown;
  };
  process: {
    terminal: boolean;
    args: string[];
    user: { uid: number; gid: number };
    capabilities: Partial<Record<"bounding" | "effective" | "permitted" | "inheritable" | "ambient", string[]>>;
  };
  mounts: { destination: string; type?: string; source: string; options?: string[] }[];
  root: { readonly: boolean };
}

/** Returns the bind mounts that a container needs to run the binary: itself and its C library. */
export async function tracerFiles(): Promise<{ source: string; destination: string }[]> {
  const libraries = await binaryLibraries();
  return [
    { source: binary, destination: "/exitsnoop" },
    ...libraries.map((path) => ({ source: realpathSync(path), destination: path })),
  ];
}

/** Runs containers with runc, which needs neither a daemon nor an image. */
export class Runc {
  static readonly isAvailable = isInstalled("runc") && isInstalled("busybox");

  #folder = mkdtempSync(join(tmpdir(), "exitsnoop-test-runc-"));
  #specification!: Specification;
  #bundles = 0;

  private constructor() {}

  static async start(): Promise<Runc> {
    const runc = new Runc();
    fillRoot(`${runc.#folder}/rootfs`);
    await runSuccessfully(["runc", "spec", "--bundle", runc.#folder]);
    runc.#specification = JSON.parse(readFileSync(`${runc.#folder}/config.json`, "utf8")) as Specification;
    rmSync(`${runc.#folder}/config.json`);
    return runc;
  }

  #command(...args: string[]): string[] {
    return ["runc", "--root", `${this.#folder}/state`, ...args];
  }

  #bundle(
    cgroupsPath: string,
    script: string,
    memoryLimit: number,
    change: (specification: Specification) => void = () => {},
  ): string {
    const bundle = `${this.#folder}/${++this.#bundles}`;
    mkdirSync(bundle);
    symlinkSync("../rootfs", `${bundle}/rootfs`);
    const { linux, process, root, ...rest } = this.#specification;
    const memory = memoryLimit ? { memory: { limit: memoryLimit } } : {};
    const specification = {
      ...rest,
      root: { ...root, readonly: true, path: `${this.#folder}/rootfs` },
      process: { ...process, terminal: false, args: ["/bin/sh", "-c", script] },
      linux: { ...linux, cgroupsPath, resources: { ...linux.resources, ...memory } },
    };
    // a deep copy, so that `change` does not affect the next container
    const own = JSON.parse(JSON.stringify(specification)) as Specification;
    change(own);
    writeFileSync(`${bundle}/config.json`, JSON.stringify(own));
    return bundle;
  }

  /** Runs a script in a new container to its end. runc removes the container at once. */
  async run(
    id: string,
    cgroupsPath: string,
    script: string,
    memoryLimit = 0,
    change?: (specification: Specification) => void,
  ): Promise<Container & { stdout: string; stderr: string }> {
    const bundle = this.#bundle(cgroupsPath, script, memoryLimit, change);
    const pidFile = `${bundle}/pid`;
    const { status, stdout, stderr } = await runToEnd(
      this.#command("run", "--bundle", bundle, "--pid-file", pidFile, id),
      { env },
    );
    if (!existsSync(pidFile)) throw new Error(`runc run: ${stderr}`);
    return { id, pid: Number(readFileSync(pidFile, "utf8")), status, stdout, stderr };
  }

  /** Starts a script in a new container that runs until kill() or disposal. */
  async startDetached(id: string, cgroupsPath: string, script: string): Promise<Container> {
    const bundle = this.#bundle(cgroupsPath, script, 0);
    // the container inherits the standard streams; reading a pipe to its end would wait for it
    const child = Bun.spawn(this.#command("run", "--detach", "--bundle", bundle, "--pid-file", `${bundle}/pid`, id), {
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "ignore"],
    });
    if ((await child.exited) !== 0) throw new Error("runc run --detach failed");
    return { id, pid: Number(readFileSync(`${bundle}/pid`, "utf8")), status: null };
  }

  async kill(id: string, signal: string): Promise<void> {
    await runSuccessfully(this.#command("kill", id, signal));
  }

  async remove(id: string): Promise<void> {
    await runSuccessfully(this.#command("delete", "--force", id));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { stdout } = await runToEnd(this.#command("list", "--quiet"), { env });
    for (const id of stdout.split("\n").filter(Boolean)) await this.remove(id);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Runs containers with docker, by a daemon with its own data folder and socket. */
export class Docker {
  #folder: string;
  #daemon: Bun.Subprocess;

  private constructor(folder: string, daemon: Bun.Subprocess) {
    this.#folder = folder;
    this.#daemon = daemon;
  }

  /**
   * Returns whether docker can run containers here. Stops the daemon again, since the tests that
   * need it may be filtered out.
   */
  static async canRun(): Promise<boolean> {
    await using docker = await Docker.start();
    return docker !== undefined;
  }

  /** Starts the daemon. Returns undefined, after a warning, if it or a container cannot start. */
  static async start(): Promise<Docker | undefined> {
    if (!isInstalled("dockerd") || !isInstalled("docker") || !isInstalled("busybox")) {
      console.warn("SKIPPED: tests of containers of docker: docker, dockerd or busybox is not installed");
      return undefined;
    }
    const folder = mkdtempSync(join(tmpdir(), "exitsnoop-test-docker-"));
    const log = `${folder}/log`;
    const daemon = Bun.spawn(
      [
        ...["dockerd", `--data-root=${folder}/data`, `--exec-root=${folder}/exec`, `--pidfile=${folder}/pid`],
        ...[`--host=unix://${folder}/socket`, "--storage-driver=vfs", "--bridge=none", "--iptables=false"],
        ...["--ip6tables=false", "--ip-forward=false", "--ip-masq=false", "--exec-opt=native.cgroupdriver=cgroupfs"],
      ],
      { env: { ...process.env, ...env }, stdin: "ignore", stdout: Bun.file(log), stderr: Bun.file(log) },
    );
    const docker = new Docker(folder, daemon);
    for (let tries = 0; tries < 100 && daemon.exitCode === null; tries++) {
      if ((await docker.#try("version")).status === 0) {
        fillRoot(`${folder}/root`);
        await runSuccessfully(
          ["sh", "-c", `tar -C "$0/root" -c . | docker import - shell`, folder],
          docker.#environment,
        );
        // the daemon may run although containers cannot start
        const { status, stderr } = await docker.#try(
          "run",
          "--rm",
          "--network=none",
          "shell",
          "/bin/sh",
          "-c",
          "exit 7",
        );
        if (status === 7) return docker;
        console.warn(`SKIPPED: tests of containers of docker: it cannot run one: ${stderr.trim()}`);
        await docker[Symbol.asyncDispose]();
        return undefined;
      }
      await Bun.sleep(100);
    }
    console.warn(
      `SKIPPED: tests of containers of docker: its daemon does not start: ${readFileSync(log, "utf8").trim().split("\n").at(-1)}`,
    );
    await docker[Symbol.asyncDispose]();
    return undefined;
  }

  /** The folder that is /var/lib/docker by default. */
  get dataRoot(): string {
    return `${this.#folder}/data`;
  }

  get #environment() {
    return { DOCKER_HOST: `unix://${this.#folder}/socket` };
  }

  #try(...args: string[]) {
    return runToEnd(["docker", ...args], { env: { ...env, ...this.#environment } });
  }

  /** Runs a docker command that must succeed. Returns its stdout. */
  do(...args: string[]): Promise<string> {
    return runSuccessfully(["docker", ...args], this.#environment);
  }

  /** Runs a script in a new container to its end. */
  async run(
    script: string,
    options: string[] = [],
  ): Promise<{ id: string; status: number | null; stdout: string; stderr: string }> {
    const idFile = `${this.#folder}/id-${freshId()}`;
    const { status, stdout, stderr } = await this.#try(
      ...["run", "--network=none", `--cidfile=${idFile}`, ...options],
      ...["shell", "/bin/sh", "-c", script],
    );
    if (!existsSync(idFile)) throw new Error(`docker run: ${stderr}`);
    return { id: readFileSync(idFile, "utf8"), status, stdout, stderr };
  }

  /** Starts a script in a new container that runs until it is stopped or on disposal. */
  async startDetached(script: string, options: string[] = []): Promise<{ id: string; pid: number }> {
    const id = await this.do("run", "--detach", "--network=none", ...options, "shell", "/bin/sh", "-c", script);
    return { id, pid: Number(await this.do("inspect", "--format", "{{.State.Pid}}", id)) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { stdout } = await this.#try("ps", "--all", "--quiet");
    const ids = stdout.split("\n").filter(Boolean);
    if (ids.length) await this.#try("rm", "--force", ...ids);
    this.#daemon.kill("SIGTERM");
    await this.#daemon.exited;
    unmountBelow(this.#folder);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
