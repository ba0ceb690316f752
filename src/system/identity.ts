import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** The architectures of the semantic conventions (host.arch) by Node's names. */
const architectures: Record<string, string> = { x64: "amd64", arm64: "arm64" };

/** Returns the machine's name, its machine-id(5) if it has one, and its architecture. */
export function identity(): { name: string; id: string | undefined; arch: string } {
  return { name: hostname(), id: machineId(), arch: architectures[process.arch] ?? process.arch };
}

function machineId(): string | undefined {
  try {
    const [id] = /^[0-9a-f]{32}$/m.exec(readFileSync("/etc/machine-id", "latin1")) ?? [];
    return id;
  } catch {
    return undefined;
  }
}
