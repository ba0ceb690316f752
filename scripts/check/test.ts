/**
 * `npm test`: builds, runs the checks of `npm run check`, test/unit and test/integration as the
 * current user and test/e2e as root. `npm run test:eunomia` runs test/eunomia, which compares with
 * the real ecc and ecli. `npm run test:release` makes a release and runs test/release on it. `npm
 * run test:fleet` runs test/fleet, with a Collector, Prometheus and a cluster. The argument `unit`,
 * `integration` or `e2e` runs only that folder.
 */
import { buildFixtures } from "../build/fixtures.ts";
import { root, succeeds } from "../build/run.ts";
import { runChecks } from "./check.ts";
import { asRoot, type Counts, endWith, runSuite } from "./suite.ts";

const bun = process.execPath;

/** Builds ecli and ecc, once per machine. Returns the command prefix with their paths. */
async function withEunomiaTools(): Promise<string[]> {
  const build = Bun.spawn(["sh", "scripts/build/eunomia-tools.sh"], { cwd: root, stdout: "pipe", stderr: "inherit" });
  const [paths, status] = await Promise.all([build.stdout.text(), build.exited]);
  if (status !== 0) process.exit(1);
  const [ecli, ecc] = paths.split("\n");
  return [...asRoot, "env", `ECLI=${ecli}`, `ECC=${ecc}`];
}

/** Returns the variables that name the programs of the fleet tests: sudo would remove them. */
function fleetVariables(): string[] {
  return Object.entries(process.env).flatMap(([name, value]) =>
    /^(FLEET_|KUBECONFIG$|PATH$)/.test(name) ? [`${name}=${value}`] : [],
  );
}

const only = process.argv[2];
if (!(await succeeds([bun, "scripts/build/build.ts"]))) process.exit(1);
await buildFixtures();

const counts: Counts[] = [];
if (!only) counts.push(await runChecks());
if (!only || only === "unit") counts.push(await runSuite("test/unit", 60_000));
if (!only || only === "integration") counts.push(await runSuite("test/integration", 60_000));
if (!only || only === "e2e") counts.push(await runSuite("test/e2e", 180_000, asRoot, true));
if (only === "eunomia") counts.push(await runSuite("test/eunomia", 60_000, await withEunomiaTools()));
if (only === "release") {
  if (!(await succeeds([bun, "scripts/release/release.ts"]))) process.exit(1);
  counts.push(await runSuite("test/release", 300_000, asRoot));
}
if (only === "fleet") counts.push(await runSuite("test/fleet", 300_000, [...asRoot, "env", ...fleetVariables()]));
endWith(counts);
