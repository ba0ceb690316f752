/** Hooks that start a container runtime before the tests of a describe() and stop it after them. */
import { afterAll, beforeAll } from "bun:test";
import { sweepCgroups } from "./cgroup-sweep.ts";
import { Docker, Runc } from "./runtimes.ts";

/** Registers the hooks for runc. Returns a function that returns it while tests run. */
export function useRunc(): () => Runc {
  let runc: Runc | undefined;
  beforeAll(async () => {
    runc = await Runc.start();
  });
  afterAll(() => runc?.[Symbol.asyncDispose]());
  return () => runc!;
}

/**
 * Registers the hooks for docker, which also remove the cgroups that docker creates at these paths.
 * `isAvailable` is known before the tests are registered; `docker()` returns docker while tests
 * run.
 */
export async function useDocker(cgroupPaths: readonly string[]) {
  const cgroups = sweepCgroups(cgroupPaths);
  const isAvailable = await Docker.canRun();
  let docker: Docker | undefined;
  beforeAll(async () => {
    if (isAvailable) docker = await Docker.start();
  });
  afterAll(async () => {
    await docker?.[Symbol.asyncDispose]();
    cgroups[Symbol.dispose]();
  });
  return { isAvailable, docker: () => docker! };
}
