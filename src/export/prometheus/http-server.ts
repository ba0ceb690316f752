/**
 * An HTTP server for scrapers that bounds its connections. Bun.serve() accepts all: when the
 * descriptors are used up, it spins, and the scraper finds no place.
 */
import type { Socket, TCPSocketListener } from "bun";
import { type HttpRequest, MAX_HEAD_BYTES, parseRequest } from "./http-request.ts";

/** The bounds of connections: all, and those from one address. Another one is closed at once. */
const MAX_CONNECTIONS = 64;
const MAX_PER_ADDRESS = 16;
/** How long a request or its answer may take, and a connection may wait for the next one, ms. */
const MAX_TRANSFER = 10_000;
const MAX_IDLE = 120_000;
const SWEEP_INTERVAL = 1000;

const phrases: Record<number, string> = {
  200: "OK",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Content Too Large",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
};

export interface HttpAnswer {
  status: number;
  type: string;
  body: string;
}

class Connection {
  /** The bytes that are not yet a request. */
  received: Buffer = Buffer.alloc(0);
  /** The bytes of answers that the socket has not taken. */
  pending: Uint8Array = new Uint8Array(0);
  closesWhenSent = false;
  deadline = 0;

  constructor(readonly address: string) {}
}

type Client = Socket<Connection>;

export class HttpServer {
  readonly #clients = new Set<Client>();
  readonly #perAddress = new Map<string, number>();
  #listener: TCPSocketListener<Connection> | undefined;
  #sweeper: ReturnType<typeof setInterval> | undefined;

  constructor(
    readonly answer: (request: HttpRequest) => HttpAnswer,
    readonly now = () => performance.now(),
  ) {}

  /** Binds the address. @returns the port. @throws Error */
  listen(hostname: string, port: number): number {
    this.#listener = Bun.listen<Connection>({
      hostname,
      port,
      socket: {
        open: (client) => this.#open(client),
        data: (client, bytes) => this.#data(client, bytes),
        drain: (client) => {
          this.#send(client);
          this.#answerNext(client);
        },
        close: (client) => this.#closed(client),
        error: (client) => void client.terminate(),
      },
    });
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_INTERVAL);
    return this.#listener.port;
  }

  close(): void {
    clearInterval(this.#sweeper);
    this.#listener?.stop(true);
  }

  #open(client: Client): void {
    const address = client.remoteAddress;
    client.data = new Connection(address);
    const count = this.#perAddress.get(address) ?? 0;
    if (this.#clients.size >= MAX_CONNECTIONS || count >= MAX_PER_ADDRESS) return void client.terminate();
    this.#clients.add(client);
    this.#perAddress.set(address, count + 1);
    client.data.deadline = this.now() + MAX_TRANSFER;
  }

  #closed(client: Client): void {
    if (!this.#clients.delete(client)) return;
    const { address } = client.data;
    const left = this.#perAddress.get(address)! - 1;
    if (left > 0) this.#perAddress.set(address, left);
    else this.#perAddress.delete(address);
  }

  #data(client: Client, bytes: Buffer): void {
    const { data } = client;
    // one that is refused and still sends
    if (data.closesWhenSent) return;
    if (data.received.length === 0) data.deadline = this.now() + MAX_TRANSFER;
    data.received = Buffer.concat([data.received, bytes]);
    this.#answerNext(client);
    // no scraper sends this many requests without reading the answers
    if (data.received.length > 2 * MAX_HEAD_BYTES) client.terminate();
  }

  /** Answers one request after another: the next one waits until the answer is sent. */
  #answerNext(client: Client): void {
    const { data } = client;
    while (data.pending.length === 0 && !data.closesWhenSent) {
      const request = parseRequest(data.received);
      if (request === undefined) return;
      if (typeof request === "number") {
        data.closesWhenSent = true;
        this.#queue(client, { status: request, type: "text/plain", body: `${phrases[request]}\n` }, false);
      } else {
        data.received = data.received.subarray(request.length);
        data.closesWhenSent = !request.isKeptAlive;
        this.#queue(client, this.#answerOf(request), request.method === "HEAD");
      }
    }
  }

  #answerOf(request: HttpRequest): HttpAnswer {
    try {
      return this.answer(request);
    } catch {
      return { status: 500, type: "text/plain", body: `${phrases[500]}\n` };
    }
  }

  #queue(client: Client, { status, type, body }: HttpAnswer, isHead: boolean): void {
    const content = Buffer.from(body);
    const lines = [
      `HTTP/1.1 ${status} ${phrases[status]}`,
      `Content-Type: ${type}`,
      `Content-Length: ${content.length}`,
      ...(status === 405 ? ["Allow: GET, HEAD"] : []),
      ...(client.data.closesWhenSent ? ["Connection: close"] : []),
    ];
    const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
    client.data.pending = isHead ? head : Buffer.concat([head, content]);
    client.data.deadline = this.now() + MAX_TRANSFER;
    this.#send(client);
  }

  #send(client: Client): void {
    const { data } = client;
    if (data.pending.length === 0) return;
    const sent = client.write(data.pending);
    if (sent < 0) return void client.terminate();
    data.pending = data.pending.subarray(sent);
    if (data.pending.length > 0) return;
    if (data.closesWhenSent) return void client.end();
    data.deadline = this.now() + (data.received.length > 0 ? MAX_TRANSFER : MAX_IDLE);
  }

  #sweep(): void {
    const now = this.now();
    for (const client of this.#clients) if (now > client.data.deadline) client.terminate();
  }
}
