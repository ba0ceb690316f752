/** However long the machine has been up: a death is told at once. */
import { expect, test } from "bun:test";
import { runToEnd, Tracer } from "../support/tracer.ts";

const DEATHS = 20;

/** Hours: among them are those whose ns, times the size of a ring, do not fit into 64 bits. */
test.each([[[1, 41, 47, 53]], [[59, 65, 71, 77]], [[1000, 10_000, 26_280, 87_600]]])(
  "up for %p hours",
  async (uptimes) => {
    const own = ["--ppid", String(process.pid), "--count", String(DEATHS)];
    const tracers = await Promise.all(
      uptimes.map((hours) =>
        Tracer.start(["--json", ...own], { via: ["unshare", "--time", "--fork", "--monotonic", String(hours * 3600)] }),
      ),
    );
    for (let i = 0; i < DEATHS; i++) {
      await runToEnd(["true"]);
      await Bun.sleep(20);
    }
    // each by itself, once it has printed all of them
    for (const tracer of tracers) {
      const { status, events } = await tracer.end(null);
      expect({ status, count: events.length }).toEqual({ status: 0, count: DEATHS });
    }
  },
);
