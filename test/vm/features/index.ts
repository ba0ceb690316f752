import { tracees } from "./tracees.ts";
import type { Feature } from "./feature.ts";
import { filters } from "./filters.ts";
import { killer } from "./killer.ts";
import { command, resources } from "./resource-usage.ts";
import { cgroupOom, machineOom, v1Oom } from "./oom.ts";
import { recorderPackage, tutorialPackage } from "./packages.ts";
import { cgroup, cgroupV1 } from "./cgroup.ts";
import { crash } from "./crash.ts";
import { status } from "./status.ts";
import { threads } from "./threads.ts";
import { btfFile, noBtf } from "./btf.ts";

/** The features in the order of their steps in a VM and of their rows in the table. */
export const features: readonly Feature[] = [
  status,
  killer,
  machineOom,
  cgroupOom,
  command,
  resources,
  cgroup,
  cgroupV1,
  threads,
  crash,
  tracees,
  filters,
  tutorialPackage,
  recorderPackage,
  noBtf,
  btfFile,
  v1Oom,
];
