import { expect, test } from "bun:test";
import { wrapMessages } from "../../src/log.ts";
import { SinkCounters } from "../../src/export/counters.ts";
import { Backoff } from "../../src/export/otlp/backoff.ts";
import { BatchQueue } from "../../src/export/otlp/batch-queue.ts";
import { Sender } from "../../src/export/otlp/sender.ts";
import type { Request, Result } from "../../src/export/otlp/transport.ts";

const taken: Result = { kind: "taken", rejected: 0, message: "" };
const later = (code: string, isUnknown?: boolean): Result => ({
  kind: "later",
  code,
  reason: code,
  afterMs: undefined,
  ...(isUnknown !== undefined && { isUnknown }),
});

/** Sends batches of one event each to a server that answers so, and then takes everything. */
async function send(count: number, answers: readonly Result[], probes: readonly Result[] = []) {
  const log: string[] = [];
  const counters = new SinkCounters();
  const queue = new BatchQueue(counters, undefined, 0);
  const nextAnswer = [...answers];
  const nextProbe = [...probes];
  const transport = {
    async send({ body }: Request): Promise<Result> {
      log.push(`send ${body[0]}`);
      await Bun.sleep(1);
      return nextAnswer.shift() ?? taken;
    },
    async probe() {
      log.push("probe");
      return nextProbe.shift();
    },
    close() {},
  };
  const backoff = new Backoff(() => 0);
  backoff.next = () => 5;
  const sender = new Sender(queue, transport, counters, "server", backoff);
  for (let i = 0; i < count; i++) {
    queue.push([{ name: { count: 1, type: "pb", isCompressed: false }, body: new Uint8Array([i]) }], undefined);
  }
  await sender.whenIdle();
  sender.close();
  return { log, counters };
}

test("Sender: a server that answers takes every batch once", async () => {
  const { log, counters } = await send(5, []);
  expect(log.toSorted()).toEqual(["send 0", "send 1", "send 2", "send 3", "send 4"]);
  expect(counters).toMatchObject({ sent: 5, queued: 0, dropped: 0 });
});

test("Sender: a batch that was not taken is sent again, alone, and before the others", async () => {
  const { log, counters } = await send(3, [later("503"), later("503"), later("ECONNREFUSED", false)]);
  expect(log).toEqual(["send 0", "send 1", "send 0", "send 0", "send 1", "send 2"]);
  expect(counters).toMatchObject({ sent: 3, queued: 0, dropped: 0 });
  expect(Object.fromEntries(counters.failed)).toEqual({ 503: 2, ECONNREFUSED: 1 });
});

test("Sender: after a request without an answer, asks for any answer before it sends again", async () => {
  const { log, counters } = await send(1, [later("TimeoutError", true)], [later("TimeoutError", true)]);
  expect(log).toEqual(["send 0", "probe", "probe", "send 0"]);
  expect(counters).toMatchObject({ sent: 1, dropped: 0 });
});

test("Sender: a server that closes the connection at each GET: gets the batch again all the same", async () => {
  const lost = Array.from({ length: 20 }, () => later("ECONNRESET", true));
  const { log } = await send(1, [later("ECONNRESET", true)], lost);
  expect(log).toEqual(["send 0", "probe", "probe", "probe", "send 0"]);
});

test("Sender: two requests at the same time, of which the second answer has a Retry-After: it is waited for", async () => {
  const queue = new BatchQueue(new SinkCounters(), undefined, 0);
  for (const i of [0, 1]) {
    queue.push([{ name: { count: 1, type: "pb", isCompressed: false }, body: new Uint8Array([i]) }], undefined);
  }
  const answers = [later("429"), { ...later("429"), afterMs: 200 }];
  const times: number[] = [];
  const send = async () => {
    times.push(performance.now());
    await Bun.sleep(times.length);
    return answers.shift() ?? taken;
  };
  const backoff = new Backoff(() => 0);
  backoff.next = (afterMs = 20) => afterMs;
  const transport = { send, probe: async () => undefined, close() {} };
  await new Sender(queue, transport, new SinkCounters(), "server", backoff).whenIdle();
  expect(times).toHaveLength(4);
  expect(times[2]! - times[0]!).toBeGreaterThan(190);
});

test("Sender: drain() waits for the answers of requests, and starts no other", async () => {
  const counters = new SinkCounters();
  const queue = new BatchQueue(counters, undefined, 0);
  for (let i = 0; i < 5; i++) {
    queue.push([{ name: { count: 1, type: "pb", isCompressed: false }, body: new Uint8Array([i]) }], undefined);
  }
  const send = async () => {
    await Bun.sleep(20);
    return taken;
  };
  const sender = new Sender(queue, { send, probe: async () => undefined, close() {} }, counters, "server");
  sender.pump();
  await sender.drain();
  expect(counters).toMatchObject({ sent: 2, queued: 3 });
});

test("Sender: a batch that is refused is dropped and counted, and not sent again", async () => {
  const { log, counters } = await send(2, [{ kind: "refused", code: "400", reason: "400" }]);
  expect(log).toEqual(["send 0", "send 1"]);
  expect(counters).toMatchObject({ sent: 1, dropped: 1 });
});

test("Sender: events that the server rejects from a batch are counted as dropped", async () => {
  const { counters } = await send(1, [{ kind: "taken", rejected: 1, message: "old" }]);
  expect(counters).toMatchObject({ sent: 0, dropped: 1, queued: 0 });
});

/** Returns the messages while a function runs. */
async function messagesOf(run: () => Promise<unknown>): Promise<string[]> {
  const messages: string[] = [];
  wrapMessages(() => (bytes, length) => messages.push(new TextDecoder().decode(bytes)) && length);
  try {
    await run();
  } finally {
    wrapMessages();
  }
  return messages;
}

test("Sender: a server that takes every second request: the failure and its end are reported once", async () => {
  const answers = Array.from({ length: 20 }, (_, i) => (i % 2 ? taken : later("503")));
  expect(await messagesOf(() => send(12, answers))).toEqual([
    "exitsnoop: otlp: server: 503; events wait, and are sent again\n",
    expect.stringContaining("otlp: server answers again, after "),
  ]);
});

test("Sender: of two requests at the same time one fails: the other's answer does not end the failure", async () => {
  const messages = await messagesOf(() => send(2, [later("503"), taken, later("502")]));
  expect(messages.map((text) => /50\d|again, after/.exec(text)?.[0])).toEqual(["503", "502", "again, after"]);
});

test("Sender: a server that has not answered at the end: a message names it", async () => {
  const counters = new SinkCounters();
  const queue = new BatchQueue(counters, undefined, 0);
  queue.push([{ name: { count: 1, type: "pb", isCompressed: false }, body: new Uint8Array([1]) }], undefined);
  const transport = { send: () => new Promise<Result>(() => {}), probe: async () => undefined, close() {} };
  const sender = new Sender(queue, transport, counters, "server");
  const messages = await messagesOf(async () => {
    sender.pump();
    sender.close();
  });
  expect(messages).toEqual([expect.stringContaining("otlp: server: no answer until the end")]);
});
