/** Uptimes of up to ten years: exits are reported without delay. */
import { expect, test } from "bun:test";
import { runToEnd, Tracer } from "../support/tracer.ts";

const EXITS = 20;

/** Uptimes in hours; at some, the uptime in ns times the size of a ring exceeds 64 bits. */
test.each([[[1, 41, 47, 53]], [[59, 65, 71, 77]], [[1000, 10_000, 26_280, 87_600]]])(
  "uptimes of %p hours: 20 exits end each tracer",
  async (uptimes) => {
    const own = ["--ppid", String(process.pid), "--count", String(EXITS)];
    const tracers = await Promise.all(
      uptimes.map((hours) =>
        Tracer.start(["--json", ...own], { via: ["unshare", "--time", "--fork", "--monotonic", String(hours * 3600)] }),
      ),
    );
    for (let i = 0; i < EXITS; i++) {
      await runToEnd(["true"]);
      await Bun.sleep(20);
    }
    // --count ends each tracer without a signal
    for (const tracer of tracers) {
      const { status, events } = await tracer.end(null);
      expect({ status, count: events.length }).toEqual({ status: 0, count: EXITS });
    }
  },
);
