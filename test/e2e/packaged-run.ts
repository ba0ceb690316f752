/** A package that is run with JSON, by ecli or by us, and what it must say of processes whose deaths are known. */
import { expect } from "bun:test";
import { runToEnd } from "./tracer.ts";

/** What test/fixtures/truth.h prints. */
interface Truth {
  how: string;
  pid: number;
  ppid: number;
  comm: string;
  uid: number;
  status: number;
  least_ns: number;
  most_ns: number;
}

/** The tutorial's five fields; the recorder's package has more. */
interface Event {
  pid: number;
  ppid: number;
  exit_code: number;
  duration_ns: number;
  comm: string;
  signal?: number;
  core_dumped?: boolean;
  uid?: number;
  killer?: string;
}

/** How long it may take until it is attached, ms. */
const PATIENCE = 20_000;

export class PackagedRun {
  #stderr = "";
  #stdout: string[] = [];
  #ended: Promise<void>;

  private constructor(readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">) {
    this.#ended = this.#read(process.stdout);
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) this.#stdout.push(decoder.decode(chunk, { stream: true }));
  }

  /** Starts it and waits until it says that it is attached. */
  static async start(command: string[]): Promise<PackagedRun> {
    // "info": ecli has no other way to say that it is attached
    const env = { ...process.env, RUST_LOG: "info", RUST_BACKTRACE: "0", TZ: "UTC" };
    const run = new PackagedRun(Bun.spawn(command, { env, stdin: "ignore", stdout: "pipe", stderr: "pipe" }));
    const attached = Promise.withResolvers<void>();
    const listen = async () => {
      const decoder = new TextDecoder();
      for await (const chunk of run.process.stderr) {
        run.#stderr += decoder.decode(chunk, { stream: true });
        if (/^Running |Running ebpf program/m.test(run.#stderr)) attached.resolve();
      }
      attached.reject(new Error(`it ended before it was attached: ${run.#stderr}`));
    };
    listen();
    const late = setTimeout(() => attached.reject(new Error(`it is not attached: ${run.#stderr}`)), PATIENCE);
    await attached.promise.finally(() => clearTimeout(late));
    return run;
  }

  /**
   * Ctrl-C, once what has happened is printed: ecli throws away what it has not got round to. All that it printed.
   * @param isFiltered whether options keep it from printing an exit with code 0 of a child of ours
   */
  async end(isFiltered = false): Promise<string> {
    if (isFiltered) await Bun.sleep(500);
    else await this.#prints((await runToEnd(["true"])).pid);
    this.process.kill("SIGINT");
    expect(await this.process.exited).toBe(0);
    await this.#ended;
    return this.#stdout.join("");
  }

  /** Waits for the exit of a child of ours, which in both forms is named with its parent behind it. */
  async #prints(pid: number): Promise<void> {
    const line = new RegExp(`\\b${pid}\\D+${process.pid}\\b`);
    const late = performance.now() + PATIENCE;
    for (let from = 0; performance.now() < late;) {
      const chunks = this.#stdout.slice(from);
      if (line.test(chunks.join(""))) return;
      // a line may go on in the next chunk
      from += Math.max(0, chunks.length - 1);
      await Bun.sleep(50);
    }
    throw new Error(`the exit of ${pid} was not printed`);
  }

  /**
   * Every death that the driver tells is one event, with what wait4() said. Under load pids are soon used again, by others and by
   * the driver itself: the deaths of one name, pid and parent are those events, in their order.
   * @param mostLost which part may be missing, where the ring overflows in silence
   * @returns how many there were
   */
  check(driver: string, stdout: string, mostLost = 0): number {
    const of = ({ pid, ppid, comm }: Truth | Event) => `${comm} ${pid}, child of ${ppid}`;
    const truths = Map.groupBy(lines<Truth>(driver), of);
    const events = Map.groupBy(lines<Event>(stdout), of);
    let count = 0;
    const lost: string[] = [];
    for (const [whose, deaths] of truths) {
      const found = events.get(whose) ?? [];
      count += deaths.length;
      expect(found.length, `${deaths[0]!.how}: events for ${whose}`).toBeLessThanOrEqual(deaths.length);
      if (found.length < deaths.length) lost.push(`${deaths[0]!.how}: ${found.length} events for ${whose}`);
      else for (const [i, truth] of deaths.entries()) this.#compare(truth, found[i]!);
    }
    if (lost.length > count * mostLost) expect(lost).toEqual([]);
    return count;
  }

  #compare(truth: Truth, event: Event): void {
    const { how, uid, status, least_ns, most_ns } = truth;
    const { duration_ns } = event;
    expect(event.exit_code, how).toBe((status >> 8) & 0xff);
    expect(duration_ns, `${how}: age`).toBeGreaterThanOrEqual(least_ns);
    expect(duration_ns, `${how}: age`).toBeLessThanOrEqual(most_ns);
    if (event.signal === undefined) return;
    expect(event, how).toMatchObject({ signal: status & 0x7f, core_dumped: (status & 0x80) !== 0, uid });
    if (!event.signal) expect(event.killer, how).toBe("NOBODY(0)");
  }
}

function lines<T>(text: string): T[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as T);
}
