/** The HTTP server of /metrics: requests, and the bounds of its connections. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { type HttpRequest, MAX_HEAD_BYTES, parseRequest } from "../../src/export/prometheus/http-request.ts";
import { HttpServer } from "../../src/export/prometheus/http-server.ts";

const parse = (text: string) => parseRequest(Buffer.from(text, "latin1"));

describe("parseRequest():", () => {
  test("a scrape: has method, path without query, headers in lower case, and its length", () => {
    const text = "GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\nACCEPT:  text/plain \r\nAccept: */*\r\n\r\n";
    const request = parse(`${text}GET /`) as HttpRequest;
    expect(request).toMatchObject({ method: "GET", path: "/metrics", isKeptAlive: true, length: text.length });
    expect(request.headers.get("accept")).toBe("text/plain,*/*");
  });

  test.each<[string, boolean]>([
    ["GET / HTTP/1.0\r\n\r\n", false],
    ["GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true],
    ["GET / HTTP/1.1\r\nConnection: Close\r\n\r\n", false],
  ])("%j: is kept alive: %p", (text, isKeptAlive) => {
    expect(parse(text)).toMatchObject({ isKeptAlive });
  });

  test.each(["", "GET", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nA: b\r\n", "\n\n"])("%j: is incomplete", (text) => {
    expect(parse(text)).toBeUndefined();
  });

  test.each<[string, number, string]>([
    ["a method in lower case", 400, "get / HTTP/1.1\r\n\r\n"],
    ["another version", 400, "GET / HTTP/2.0\r\n\r\n"],
    ["two blanks", 400, "GET  / HTTP/1.1\r\n\r\n"],
    ["a folded header", 400, "GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n"],
    ["a blank in a header's name", 400, "GET / HTTP/1.1\r\nA b: c\r\n\r\n"],
    ["a body", 413, "GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"],
    ["two lengths", 413, "GET / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n"],
    ["chunks", 413, "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"],
    ["a long target", 431, `GET /${"a".repeat(MAX_HEAD_BYTES)}`],
    ["a long header", 431, `GET / HTTP/1.1\r\nA: ${"b".repeat(MAX_HEAD_BYTES)}\r\n\r\n`],
  ])("%s: is refused with %i", (_, status, text) => {
    expect(parse(text)).toBe(status);
  });

  test("a header of blanks: is parsed in linear time", () => {
    const start = performance.now();
    parse(`GET / HTTP/1.1\r\nA: x${" ".repeat(MAX_HEAD_BYTES - 100)}y\r\n\r\n`);
    expect(performance.now() - start).toBeLessThan(50);
  });
});

describe("HttpServer:", () => {
  let server: HttpServer;
  let port: number;
  let time = 0;
  let body = "ok\n";
  const sockets: Socket[] = [];
  beforeEach(() => {
    body = "ok\n";
    time = 0;
    server = new HttpServer(
      ({ path }) => {
        if (path === "/throws") throw new Error("secret");
        return { status: 200, type: "text/plain", body };
      },
      () => time,
    );
    port = server.listen("127.0.0.1", 0);
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server.close();
  });

  /** Opens a connection. Returns its socket and the text that is received until it is closed. */
  async function open(text = "") {
    const socket = connect(port, "127.0.0.1");
    sockets.push(socket);
    const parts: Buffer[] = [];
    const state = { isClosed: false };
    socket.on("data", (part) => parts.push(part as Buffer));
    const closed = new Promise<string>((resolve) => {
      socket.on("error", () => {});
      socket.on("close", () => {
        state.isClosed = true;
        resolve(Buffer.concat(parts).toString());
      });
    });
    await new Promise((resolve) => socket.on("connect", resolve));
    if (text) socket.write(text);
    return { socket, closed, state, text: () => Buffer.concat(parts).toString() };
  }

  const get = (path = "/") => fetch(`http://127.0.0.1:${port}${path}`);

  test("several requests in one connection: each is answered in order", async () => {
    const { closed } = await open(
      "GET /a HTTP/1.1\r\n\r\nHEAD /b HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\nConnection: close\r\n\r\n",
    );
    const text = await closed;
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
    expect(text.match(/ok\n/g)).toHaveLength(2);
  });

  test("a large answer and a slow reader: the answer is whole", async () => {
    body = "x".repeat(8 * 1024 * 1024);
    expect(await (await get()).text()).toBe(body);
  });

  test("an error while answering: is a 500 without details", async () => {
    const answer = await get("/throws");
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("secret");
  });

  test("bytes that are no request: get one answer, and the connection is closed", async () => {
    const { closed } = await open("\x16\x03\x01\x02\x00\x01\x00\r\n\r\nGET / HTTP/1.1\r\n\r\n");
    const text = await closed;
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(text).toStartWith("HTTP/1.1 400");
  });

  test("requests without reading: the connection is closed, and memory is bounded", async () => {
    body = "x".repeat(1024 * 1024);
    const { socket, closed } = await open();
    socket.pause();
    for (let i = 0; i < 100 && !socket.destroyed; i++) {
      socket.write("GET / HTTP/1.1\r\n\r\n".repeat(100));
      await Bun.sleep(1);
    }
    socket.resume();
    await closed;
  });

  test("200 connections from one address: 16 stay, and there is room again when they close", async () => {
    const all = await Promise.all(Array.from({ length: 200 }, () => open()));
    const openCount = () => all.filter(({ state }) => !state.isClosed).length;
    for (let tries = 0; tries < 500 && openCount() > 16; tries++) await Bun.sleep(10);
    // those that stay are not closed later
    await Bun.sleep(100);
    expect(openCount()).toBe(16);
    const other = await fetch(`http://127.0.0.1:${port}/`).then(
      (answer) => answer.status,
      () => "refused",
    );
    expect(other).toBe("refused");
    for (const { socket } of all) socket.destroy();
    await Bun.sleep(100);
    expect((await get()).status).toBe(200);
  });

  test("an unfinished request: its connection is closed after ten seconds", async () => {
    const { closed, state, socket } = await open("GET / HT");
    await Bun.sleep(1200);
    expect(state.isClosed).toBe(false);
    time = 9_000;
    socket.write("T");
    time = 10_001;
    await closed;
  });
});
