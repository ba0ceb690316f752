/** Traces exits with the names of their containers and pods. */
import { type WideEvent } from "./cgroups.ts";
import { type ContainerFiles } from "./container-files.ts";
import { childrenOf } from "./privileged.ts";
import { Tracer } from "./tracer.ts";

const COLUMNS = "pid,exit_code,container_id,container_name,pod_name,pod_namespace";

export interface Names {
  container_name: string | null;
  pod_name: string | null;
  pod_namespace: string | null;
}

export interface Named extends WideEvent, Names {}

/** Returns names as a record has them. */
export const named = (
  container_name: string | null,
  pod_name: string | null = null,
  pod_namespace: string | null = null,
): Names => ({ container_name, pod_name, pod_namespace });

/** Returns the names that a record has. */
export const namesIn = (event: Named | undefined): Names | undefined =>
  event && named(event.container_name, event.pod_name, event.pod_namespace);

/** Returns the pids of a tracer's brokers. */
export const brokersOf = (tracer: Tracer) => childrenOf(tracer.process.pid).filter(Boolean);

/** Runs a tracer that sees these files. Returns the exits of the container. */
export async function trace(files: ContainerFiles, body: (tracer: Tracer) => Promise<unknown>, args: string[] = []) {
  const tracer = await Tracer.start(["-j", "-C", COLUMNS, ...args], { via: files.via });
  await body(tracer);
  const ended = await tracer.end();
  return { ...ended, events: ended.events as Named[] };
}
