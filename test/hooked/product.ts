/** By the program's own code: its way to load programs into the kernel, which somebody who has taken it over finds there. */
import { readFileSync } from "node:fs";
import { getSystemErrorMap } from "node:util";
import embedded from "../../build/recorder.bpf.o" with { type: "file" };
import { LibbpfError } from "../../src/libbpf/errno.ts";
import { BpfObject } from "../../src/libbpf/object.ts";

/** Opened before anything is given up: all that is left to do is to load it. */
const object = new BpfObject(readFileSync(embedded), "hooked");

export function tryProduct(): Record<string, string> {
  try {
    object.load();
    return { "loading a recorder": "done" };
  } catch (error) {
    if (!(error instanceof LibbpfError)) throw error;
    return { "loading a recorder": getSystemErrorMap().get(-error.errno)?.[0] ?? error.message };
  }
}
