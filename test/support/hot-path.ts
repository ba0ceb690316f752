/**
 * Formats EVENTS exits, between two garbage collections. allocations.test.ts runs it with a log of
 * each collection on stderr. `bun hot-path.ts EVENTS [terminal|report] OPTIONS…`
 */
import { ByteWriter, type Format } from "../../src/output/index.ts";
import { fakeExit, killedBy } from "./fake-exit.ts";
import { contextOf } from "./fake-records.ts";
import { formatOf, formatOnTerminal } from "./fake-host.ts";
import { Report } from "../../src/views/report/report.ts";
import { reportColumns } from "../../src/views/report/reported-process.ts";

const WARM_UP = 20_000;
const EVENTS_A_BATCH = 500;

const [events, ...options] = process.argv.slice(2);
const context = contextOf({ 7: `/docker/${"ab".repeat(32)}` }, { 1000: "alice" });
const common = { cgroupV2: 7n, resources: { maxRssBytes: 4_200_000n, cpuUserNs: 1_234_567n }, uid: 1000 };
const exits = [
  fakeExit(common, context),
  fakeExit({ ...common, status: killedBy(9), killer: { kind: "process", pid: 1 }, duration: 90n * 10n ** 9n }, context),
  fakeExit({ ...common, status: killedBy(11, true), killer: { kind: "kernel" }, args: ["a b", "ü", "'"] }, context),
];
/** A report allocates nothing for exits that succeed; the others are stored. */
const isReport = options[0] === "report";
if (isReport) exits.splice(1);
const format: Format = isReport
  ? new Report("json", reportColumns, 1)
  : options[0] === "terminal"
    ? formatOnTerminal(options.slice(1).join(" "), { width: () => 80, height: () => 24 })
    : formatOf(options.join(" "));
const out = new ByteWriter();

function run(count: number): void {
  for (let i = 0; i < count; i++) {
    if (i % EVENTS_A_BATCH === 0) {
      out.reset();
      format.begin?.();
    }
    const exit = exits[i % exits.length]!;
    exit.update(1_795_441_481, 5);
    format.exit(out, exit);
  }
}

run(WARM_UP);
Bun.gc(true);
console.error("BEGIN");
run(Number(events));
Bun.gc(true);
console.error("END");
