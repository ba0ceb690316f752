/**
 * The files of runtimes and kubelet that have names of containers, in folders that the tracer sees
 * in place of the machine's own.
 */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { temporaryFolder } from "./tracer.ts";

const DIRECTORIES = [
  "/var/log/containers",
  "/var/log/pods",
  "/var/lib/docker",
  "/var/lib/containers",
  "/run/containers",
];

export class ContainerFiles implements Disposable {
  #folder = temporaryFolder();
  /** The command prefix of a tracer that sees the files: in a mount namespace of its own. */
  readonly via: string[];

  constructor() {
    const { path } = this.#folder;
    for (const name of ["log", "lib", "run"]) mkdirSync(`${path}/${name}`);
    const mounts = [
      ["log", "/var/log"],
      ["lib", "/var/lib"],
    ].map(([name, to]) => `mount --bind ${path}/${name} ${to}`);
    const script = `${mounts.join(" && ")} && mkdir -p /run/containers && mount --bind ${path}/run /run/containers && exec "$@"`;
    this.via = ["unshare", "--mount", "sh", "-c", script, "sh"];
  }

  /** The place outside of the namespace of a path that the tracer sees. */
  at(path: string): string {
    const [own, rest] = [/^\/var\/(log|lib)/, /^\/(run)\/containers/].flatMap((form) => {
      const match = form.exec(path);
      return match ? [match[1]!, path.slice(match[0].length)] : [];
    });
    if (!own) throw new Error(`${path} is not below ${DIRECTORIES.join(", ")}`);
    return `${this.#folder.path}/${own}${rest}`;
  }

  write(path: string, text: string | Uint8Array): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), text, { mode: 0o600 });
  }

  link(path: string, target: string): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    symlinkSync(target, this.at(path));
  }

  /** Makes kubelet's link to the log of a container. */
  linkLog(id: string, name: string): void {
    this.link(`/var/log/containers/${name}-${id}.log`, "/var/log/pods/ns_pod_uid/container/0.log");
  }

  /** Makes kubelet's directory of a pod, NAMESPACE_POD_UID, with a log of a container. */
  makePodDirectory(name: string): void {
    this.write(`/var/log/pods/${name}/worker/0.log`, "");
  }

  /** Writes docker's configuration of a container; nested members of these names mislead. */
  writeDocker(id: string, name: string): void {
    const config = {
      State: { Name: "/state", Status: "running" },
      ID: id,
      Config: { Hostname: "Name", Env: ['SECRET={"Name":"/env"}', "A=\\", `B="Name":`], Name: "/config" },
      MountPoints: [{ Name: "/volume" }],
      Driver: "Name",
      Name: name,
    };
    this.write(`/var/lib/docker/containers/${id}/config.v2.json`, JSON.stringify(config));
  }

  /** Writes the list of containers of containers/storage. */
  writeStorage(containers: readonly object[], file = "/var/lib/containers/storage/overlay-containers/containers.json") {
    this.write(file, JSON.stringify(containers));
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
