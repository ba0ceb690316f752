import type { Host } from "../cli/host.ts";
import { findCgroups } from "../recorder/find-cgroups.ts";
import { identity } from "../system/identity.ts";
import { v1Controller } from "../system/cgroups.ts";
import { isTerminal } from "../system/tty.ts";
import { userId } from "../system/users.ts";

/** This machine. */
export const host: Host = { isTerminal, environment: process.env, identity, userId, v1Controller, findCgroups };
