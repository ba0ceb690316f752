import { availableParallelism, machine } from "node:os";
import { pageSize } from "../../system/limits.ts";
import { counted } from "../../text/counted.ts";
import { sanitizeForTerminal } from "../../text/sanitize.ts";
import { type Finding, no, yes } from "../check.ts";

/** The names of uname(2) for the architectures that the binary is built for. */
const machines = { x64: "x86_64", arm64: "aarch64" };

/** Checks that the binary is built for this machine. */
export function architecture(): Finding {
  const name = sanitizeForTerminal(machine());
  const [page, cpus] = [pageSize(), availableParallelism()];
  const facts = { machine: name, page_bytes: page, cpus };
  const found = `${name}, ${page / 1024} KB pages, ${counted(cpus, "CPU")}`;
  const own = machines[process.arch as keyof typeof machines];
  if (name === own) return yes(found, facts);
  return no(`${found}; this binary is for ${own}`, `use the binary for ${name}`, facts);
}
