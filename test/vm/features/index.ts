import { family } from "./tracees.ts";
import type { Feature } from "./feature.ts";
import { filters } from "./filters.ts";
import { killer } from "./killer.ts";
import { command, resources } from "./resource-usage.ts";
import { cgroupOom, machineOom, v1Oom } from "./oom.ts";
import { recorderPackage, tutorialPackage } from "./packages.ts";
import { place, placeV1 } from "./cgroup.ts";
import { status } from "./status.ts";
import { threads } from "./threads.ts";
import { noTypes, typesFile } from "./btf.ts";

/** In the order in which they are tried in a guest, and stand in the table. */
export const features: readonly Feature[] = [
  status,
  killer,
  machineOom,
  cgroupOom,
  command,
  resources,
  place,
  placeV1,
  threads,
  family,
  filters,
  tutorialPackage,
  recorderPackage,
  noTypes,
  typesFile,
  v1Oom,
];
