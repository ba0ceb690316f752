/** Real containers: runc alone, at any cgroup path; docker with a daemon of its own. Both leave nothing behind. */
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
import { binary, runToEnd } from "./tracer.ts";

/** Their daemons are not in everybody's path. */
const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin:/usr/local/sbin` };

const has = (program: string) => Bun.which(program, env) !== null;

/** 64 hex digits, as the runtimes choose their ids. */
export const freshId = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");

async function succeed(command: string[], more: Record<string, string> = {}): Promise<string> {
  const { stdout, stderr, status } = await runToEnd(command, { env: { ...env, ...more } });
  if (status !== 0) throw new Error(`${command.join(" ")} ended with ${status}: ${stderr}`);
  return stdout.trim();
}

/** A root with nothing but a shell in it. */
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
  /** Of its first process, on the host. */
  pid: number;
  /** Its exit status, as the runtime's command passes it on. */
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

/** What a container takes that shall run our binary: it, and the C library that it needs, where they are on this machine. */
export async function tracerFiles(): Promise<{ source: string; destination: string }[]> {
  const { stdout } = await runToEnd(["ldd", binary]);
  const libraries = [...stdout.matchAll(/(?:=> |^\s+)(\/\S+)/gm)].map(([, path]) => path!);
  return [
    { source: binary, destination: "/exitsnoop" },
    ...libraries.map((path) => ({ source: realpathSync(path), destination: path })),
  ];
}

/** runc, which needs no daemon and no image. */
export class Runc {
  static readonly isHere = has("runc") && has("busybox");

  #folder = mkdtempSync(join(tmpdir(), "exitsnoop-test-runc-"));
  #specification!: Specification;
  #made = 0;

  private constructor() {}

  static async start(): Promise<Runc> {
    const runc = new Runc();
    fillRoot(`${runc.#folder}/rootfs`);
    await succeed(["runc", "spec", "--bundle", runc.#folder]);
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
    const bundle = `${this.#folder}/${++this.#made}`;
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
    // a deep copy: the next one begins anew
    const own = JSON.parse(JSON.stringify(specification)) as Specification;
    change(own);
    writeFileSync(`${bundle}/config.json`, JSON.stringify(own));
    return bundle;
  }

  /** Runs a script in a container of its own to its end, when the container is removed at once. */
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

  /** Starts one that goes on. */
  async startDetached(id: string, cgroupsPath: string, script: string): Promise<Container> {
    const bundle = this.#bundle(cgroupsPath, script, 0);
    // its standard streams become the container's, whose end nobody may wait for
    const child = Bun.spawn(this.#command("run", "--detach", "--bundle", bundle, "--pid-file", `${bundle}/pid`, id), {
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "ignore"],
    });
    if ((await child.exited) !== 0) throw new Error("runc run --detach failed");
    return { id, pid: Number(readFileSync(`${bundle}/pid`, "utf8")), status: null };
  }

  async kill(id: string, signal: string): Promise<void> {
    await succeed(this.#command("kill", id, signal));
  }

  async remove(id: string): Promise<void> {
    await succeed(this.#command("delete", "--force", id));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { stdout } = await runToEnd(this.#command("list", "--quiet"), { env });
    for (const id of stdout.split("\n").filter(Boolean)) await this.remove(id);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Docker with its own data, socket and daemon; `undefined` where it cannot be started here, which is said. */
export class Docker {
  #folder: string;
  #daemon: Bun.Subprocess;

  private constructor(folder: string, daemon: Bun.Subprocess) {
    this.#folder = folder;
    this.#daemon = daemon;
  }

  /** Whether it runs containers here; where tests are chosen nothing is left behind that only a test would end. */
  static async canRun(): Promise<boolean> {
    await using docker = await Docker.start();
    return docker !== undefined;
  }

  static async start(): Promise<Docker | undefined> {
    if (!has("dockerd") || !has("docker") || !has("busybox")) {
      console.warn("SKIPPED: no docker here, its containers are not tested");
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
        await succeed(["sh", "-c", `tar -C "$0/root" -c . | docker import - shell`, folder], docker.#where);
        // whether it can start any at all
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
        console.warn(`SKIPPED: docker runs no container here: ${stderr.trim()}`);
        await docker[Symbol.asyncDispose]();
        return undefined;
      }
      await Bun.sleep(100);
    }
    console.warn(
      `SKIPPED: docker's daemon does not start here: ${readFileSync(log, "utf8").trim().split("\n").at(-1)}`,
    );
    await docker[Symbol.asyncDispose]();
    return undefined;
  }

  get #where() {
    return { DOCKER_HOST: `unix://${this.#folder}/socket` };
  }

  #try(...args: string[]) {
    return runToEnd(["docker", ...args], { env: { ...env, ...this.#where } });
  }

  /** One docker command that must succeed. @returns its stdout. */
  do(...args: string[]): Promise<string> {
    return succeed(["docker", ...args], this.#where);
  }

  /** Runs a script in a container of its own to its end. */
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

  /** Starts one that goes on. */
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
