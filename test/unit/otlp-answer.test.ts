import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { expect, test } from "bun:test";
import { Backoff } from "../../src/export/otlp/backoff.ts";
import { judge, retryAfter } from "../../src/export/otlp/answer.ts";
import { parseHeaders } from "../../src/export/otlp/headers.ts";

const NOW = Date.UTC(2026, 10, 30, 10);
const headers = (values: Record<string, string> = {}) => new Headers(values);
const bytes = (text: string) => new TextEncoder().encode(text);
const judgeJson = (status: number, body: string, more: Record<string, string> = {}) =>
  judge(status, headers({ "content-type": "application/json", ...more }), bytes(body), 10, NOW);

test.each([429, 502, 503, 504])("answer %i: the batch is sent again", (status) => {
  expect(judgeJson(status, '{"code":14,"message":"busy"}')).toEqual({
    kind: "later",
    code: String(status),
    reason: `${status}: busy`,
    afterMs: undefined,
  });
});

test.each([301, 400, 401, 403, 404, 405, 413, 415, 500, 501, 505])("answer %i: the batch is refused", (status) => {
  expect(judgeJson(status, '{"message":"no\\u001b[31m"}')).toEqual({
    kind: "refused",
    code: String(status),
    reason: `${status}: no\\x1b[31m`,
  });
});

test.each([
  ["{}", 0],
  ['{"partialSuccess":{}}', 0],
  ['{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"old"}}', 3],
  ['{"partialSuccess":{"rejectedLogRecords":3}}', 3],
  ['{"partialSuccess":{"rejectedLogRecords":1e300}}', 10],
  ['{"partialSuccess":{"rejectedLogRecords":-1}}', 0],
  ['{"partialSuccess":{"rejectedLogRecords":2.5}}', 2],
  ['{"partialSuccess":{"rejectedLogRecords":[1,2]}}', 0],
  ["<html>", 0],
  ["null", 0],
])("answer 200 %s: %i of 10 events are rejected", (body, rejected) => {
  expect(judgeJson(200, body)).toMatchObject({ kind: "taken", rejected });
});

test("an answer as protobuf: partial success, and the message of a Status", () => {
  const partial = new BinaryWriter().tag(1, 2).fork().tag(1, 0).int64(2).tag(2, 2).string("old").join().finish();
  expect(judge(200, headers(), partial, 10, NOW)).toEqual({ kind: "taken", rejected: 2, message: "old" });
  const wrong = new BinaryWriter().tag(1, 2).fork().tag(1, 2).string("many").join().finish();
  expect(judge(200, headers(), wrong, 10, NOW)).toMatchObject({ kind: "taken", rejected: 0 });
  const status = new BinaryWriter().tag(1, 0).int32(3).tag(2, 2).string("bad gzip").finish();
  expect(judge(400, headers(), status, 10, NOW)).toMatchObject({ reason: "400: bad gzip" });
  expect(judge(415, headers(), bytes("415 unsupported"), 10, NOW)).toMatchObject({ reason: "415: 415 unsupported" });
});

test("a redirect: the reason has the new address", () => {
  expect(judgeJson(308, "", { location: "https://c.example/v1/logs" })).toMatchObject({
    kind: "refused",
    reason: "308: moved to https://c.example/v1/logs, which --otlp must name: redirects are not followed",
  });
});

test("an answer that is damaged or huge: is judged by its status, and its message is cut", () => {
  expect(judge(200, headers(), new Uint8Array([10, 255, 255]), 10, NOW)).toMatchObject({ rejected: 0 });
  const long = judgeJson(400, JSON.stringify({ message: "x".repeat(60_000) })) as { reason: string };
  expect(long.reason.length).toBeLessThan(250);
});

test.each([
  [null, undefined],
  ["0", 0],
  ["120", 120_000],
  [" 5 ", 5000],
  ["Mon, 30 Nov 2026 10:00:30 GMT", 30_000],
  ["Mon, 30 Nov 2026 09:00:00 GMT", 0],
  ["99999999999999", 3_600_000],
  ["soon", undefined],
])("Retry-After %p: a pause of %p ms", (value, pause) => {
  expect(retryAfter(value, NOW)).toBe(pause!);
});

test("Backoff: pauses grow to 30 s, and begin anew after reset()", () => {
  const backoff = new Backoff(() => 0.5);
  const pauses = Array.from({ length: 20 }, () => backoff.next());
  expect(pauses.slice(0, 3)).toEqual([1000, 1500, 2250]);
  expect(pauses.at(-1)).toBe(30_000);
  backoff.reset();
  expect(backoff.next()).toBe(1000);
});

test("Backoff: chance changes a pause by 30 percent at most, and never shortens Retry-After", () => {
  const pause = (random: number, after?: number) => new Backoff(() => random).next(after);
  expect([pause(0), pause(1)]).toEqual([700, 1300]);
  expect(pause(0, 5000)).toBe(5000);
  expect(pause(1, 5000)).toBe(6500);
});

test("parseHeaders(): names, values and comments, or the line that is no header", () => {
  expect(parseHeaders("# a token\nAuthorization: Bearer x:y \r\n\nX-Scope-OrgID:1\n")).toEqual({
    authorization: "Bearer x:y",
    "x-scope-orgid": "1",
  });
  expect(parseHeaders("A: b\nno header\n")).toBe(2);
  expect(parseHeaders("A: b\x00\n")).toBe(1);
  expect(parseHeaders("A : b\n")).toBe(1);
});
