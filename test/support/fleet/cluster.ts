/**
 * A Kubernetes cluster with one node, this machine: started by shell commands of the environment,
 * or the one that kubectl knows already. docs/dev/fleet-tests.md.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { runToEnd } from "../tracer.ts";
import { findPeer, type Servers } from "./peers.ts";

/** The end of a container as the kubelet reports it. */
export interface Termination {
  namespace: string;
  pod: string;
  container: string;
  /** How often the container has ended. */
  count: number;
  /** The reason and exit code of the last end. */
  reason: string;
  exitCode: number;
}

interface ContainerStatus {
  name: string;
  restartCount: number;
  state: { waiting?: object; running?: object; terminated?: { reason: string; exitCode: number } };
  lastState: { terminated?: { reason: string; exitCode: number } };
}

interface Pod {
  metadata: { name: string; namespace: string };
  status: { containerStatuses?: ContainerStatus[] };
}

export class Cluster {
  readonly #kubectl = findPeer("kubectl");
  readonly #environment: Record<string, string>;

  private constructor(readonly folder: string) {
    this.#environment = { DIR: folder };
    if (process.env.FLEET_CLUSTER_UP) this.#environment.KUBECONFIG = `${folder}/kubeconfig`;
  }

  /**
   * @throws Error with a sentence that says what to do if there is no cluster, or no way to give it
   * images.
   */
  static async start(servers: Servers): Promise<Cluster> {
    const { FLEET_CLUSTER_UP: up, FLEET_LOAD_IMAGE: load } = process.env;
    if (!load)
      throw new Error(
        "FLEET_LOAD_IMAGE is missing: the shell command that gives the archive $IMAGE to the cluster's node",
      );
    const cluster = new Cluster(join(servers.folder, "cluster"));
    if (up) await cluster.#shell(up);
    await cluster.kubectl("get", "nodes").catch((error: Error) => {
      throw new Error(
        `no cluster: name one by KUBECONFIG, or the command that starts one by FLEET_CLUSTER_UP: ${error.message}`,
      );
    });
    return cluster;
  }

  async #shell(command: string, more: Record<string, string> = {}): Promise<void> {
    const env = { ...this.#environment, ...more };
    const { status, stdout, stderr } = await runToEnd(["sh", "-c", command], { env });
    if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr || stdout}`);
  }

  /** Gives the node an image, as an archive of docker save. */
  async load(archive: string): Promise<void> {
    await this.#shell(process.env.FLEET_LOAD_IMAGE!, { IMAGE: archive });
  }

  /** Runs kubectl. Returns its stdout. @throws Error if it fails. */
  async kubectl(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await runToEnd([...this.#kubectl, ...args], { env: this.#environment });
    if (status !== 0) throw new Error(`kubectl ${args.slice(0, 3).join(" ")} … ended with ${status}: ${stderr}`);
    return stdout;
  }

  /** Waits until all pods of a DaemonSet are ready. @throws Error with their events and logs. */
  async waitForDaemonSet(namespace: string, name: string): Promise<string> {
    const command = ["-n", namespace, "rollout", "status", `daemonset/${name}`, "--timeout=180s"];
    return this.kubectl(...command).catch(async (error: Error) => {
      const pods = await this.kubectl("-n", namespace, "get", "pods");
      const events = await this.kubectl("-n", namespace, "get", "events");
      const logs = await this.kubectl("-n", namespace, "logs", `daemonset/${name}`, "--all-containers", "--prefix");
      throw new Error(`${error.message}\n${pods}${events}${logs}`);
    });
  }

  /** Returns how often the containers of a namespace have ended, according to the API server. */
  async terminations(namespace: string): Promise<Termination[]> {
    const list = JSON.parse(await this.kubectl("get", "pods", "-n", namespace, "-o", "json")) as { items: Pod[] };
    return list.items.flatMap(({ metadata, status }) =>
      (status.containerStatuses ?? []).flatMap(({ name, restartCount, state, lastState }) => {
        const last = state.terminated ?? lastState.terminated;
        if (!last) return [];
        // a container that runs has ended as often as it was started again
        const count = state.running ? restartCount : restartCount + 1;
        return [
          { namespace, pod: metadata.name, container: name, count, reason: last.reason, exitCode: last.exitCode },
        ];
      }),
    );
  }

  /** Kills the first process of a container of the only pod in a namespace, on this machine. */
  async killContainer(namespace: string, name: string): Promise<void> {
    const list = JSON.parse(await this.kubectl("get", "pods", "-n", namespace, "-o", "json")) as {
      items: { status: { containerStatuses: { name: string; containerID: string }[] } }[];
    };
    const status = list.items[0]!.status.containerStatuses.find((one) => one.name === name)!;
    const id = status.containerID.replace(/^.*:\/\//, "");
    const pids = new Map<number, number>();
    for (const pid of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
      const [cgroups, stat] = await Promise.all(
        ["cgroup", "stat"].map((file) =>
          Bun.file(`/proc/${pid}/${file}`)
            .text()
            .catch(() => ""),
        ),
      );
      // the parent is the second field after the name
      if (cgroups!.includes(id)) pids.set(Number(pid), Number(stat!.slice(stat!.lastIndexOf(")") + 2).split(" ")[1]));
    }
    const first = [...pids].find(([, parent]) => !pids.has(parent));
    if (!first) throw new Error(`no process on this machine is in container ${id}`);
    process.kill(first[0], "SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { FLEET_CLUSTER_DOWN: down } = process.env;
    if (down) await this.#shell(down);
  }
}
