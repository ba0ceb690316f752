/** Requests to servers that close the connection, without HTTP's good manners. */
import { createServer, type Socket } from "node:net";
import { expect, test } from "bun:test";
import { Transport } from "../../src/export/otlp/transport.ts";

const request = { body: new Uint8Array([1]), type: "pb", isCompressed: false, count: 3 } as const;

/** Sends a request to a server that answers with a text and closes the connection. */
async function send(answer: string, sendTo: (transport: Transport) => Promise<unknown> = (it) => it.send(request)) {
  const server = createServer((socket: Socket) => void socket.once("data", () => socket.end(answer)));
  const port = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
  );
  const transport = new Transport(`http://127.0.0.1:${port}/v1/logs`, {});
  try {
    return await sendTo(transport);
  } finally {
    transport.close();
    server.close();
  }
}

test("Transport: an answer of 200 whose body is cut off means that the batch is taken", async () => {
  expect(await send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")).toMatchObject({ kind: "taken", rejected: 0 });
});

test("Transport: a connection that is closed without an answer may have brought the batch", async () => {
  expect(await send("")).toMatchObject({ kind: "later", isUnknown: true });
  expect(await send("", (transport) => transport.probe())).toMatchObject({ kind: "later" });
  expect(await send("HTTP/1.1 405 No\r\ncontent-length: 0\r\n\r\n", (transport) => transport.probe())).toBeUndefined();
});

test("Transport: a server of gRPC: the reason names the port for HTTP", async () => {
  const settings = "\0\0\x06\x04\0\0\0\0\0\0\x05\0\0\x40\0";
  const result = (await send(`${settings}\r\n\r\n`)) as { reason: string };
  expect(result.reason).toContain("port 4318");
});

test("Transport: nothing listens, so that the batch did not arrive", async () => {
  const result = await new Transport("http://127.0.0.1:1/", {}).send(request);
  expect(result).toMatchObject({ kind: "later", reason: "connection refused", isUnknown: false });
});
