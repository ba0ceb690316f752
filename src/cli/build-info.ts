/** The facts about this binary: its version, and those that the build puts into it. */
import packageJson from "../../package.json" with { type: "json" };

export interface BuildInfo {
  version: string;
  /** The commit's hash, with `-dirty` if files differed from it; undefined outside a git clone. */
  commit?: string;
  /** The day of the commit as YYYY-MM-DD, UTC. */
  day?: string;
  /** The name of the machine in scripts/build/target.ts: `linux-x64-musl`. */
  target?: string;
}

/** The facts of scripts/build/compile.ts. Sources that run uncompiled have none of them. */
export const buildInfo: BuildInfo = {
  version: packageJson.version,
  ...(typeof BUILD_COMMIT === "string" && BUILD_COMMIT && { commit: BUILD_COMMIT, day: BUILD_DAY }),
  ...(typeof BUILD_TARGET === "string" && { target: BUILD_TARGET }),
};

/**
 * Returns what `exitsnoop --version` prints: the version on a line of its own, which scripts read,
 * then one fact a line for a bug report.
 * @param libbpf the version of the libbpf that is loaded, or why it is not.
 */
export function versionText({ version, commit, day, target }: BuildInfo, libbpf: string): string {
  return `exitsnoop ${version}
commit: ${commit ? `${commit} (${day})` : "unknown"}
target: ${target ?? "none: not compiled"}
runtime: Bun ${Bun.version}
libbpf: ${libbpf}
`;
}
