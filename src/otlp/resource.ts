/** The resource of an event: the container that its process was in, or the host. */
import type { EventObject } from "./attributes.ts";
import { addValue } from "./flatten.ts";
import type { Attribute } from "./log-record.ts";

/** Keys of the resource. In Kubernetes the name of a container is the one that its pod gives it. */
const keys = ["container_id", "pod_uid", "pod_name", "pod_namespace", "container_name"] as const;
const names: Record<string, string> = {
  container_id: "container.id",
  pod_uid: "k8s.pod.uid",
  pod_name: "k8s.pod.name",
  pod_namespace: "k8s.namespace.name",
};

/**
 * Returns a text that events of the same container share; empty: the process was in none. A
 * Collector looks up pods by the attributes of a resource, so each container is one.
 */
export function containerKey(event: EventObject): string {
  let key = "";
  for (let i = 0; i < keys.length; i++) {
    const value = event[keys[i]!];
    if (typeof value === "string") key += `${i}${value}\0`;
  }
  return key;
}

/** Returns the attributes of the resource: those of the host, and those of the container. */
export function resourceOf(event: EventObject, host: readonly Attribute[]): Attribute[] {
  const attributes = [...host];
  const inPod = typeof event.pod_uid === "string" || typeof event.pod_name === "string";
  for (const key of keys) {
    const value = event[key];
    if (typeof value === "string") {
      addValue(attributes, names[key] ?? (inPod ? "k8s.container.name" : "container.name"), value);
    }
  }
  return attributes;
}

/** Returns the attributes of every resource. */
export function hostAttributes(version: string, host: { name?: string; id?: string; arch?: string } = {}): Attribute[] {
  const all: [key: string, value: string | undefined][] = [
    ["service.name", "exitsnoop"],
    ["service.version", version],
    ["host.name", host.name],
    ["host.id", host.id],
    ["host.arch", host.arch],
    ["os.type", "linux"],
  ];
  return all.flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]));
}

/** Returns attributes with others added, which replace those of the same name. */
export function withAttributes(attributes: readonly Attribute[], others: readonly Attribute[]): Attribute[] {
  const isReplaced = ({ key }: Attribute) => others.some((other) => other.key === key);
  return [...attributes.filter((one) => !isReplaced(one)), ...others];
}
