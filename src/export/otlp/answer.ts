/** The meaning of a server's answer (opentelemetry-proto 1.9, docs/specification.md). */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { sanitizeForTerminal } from "../../text/sanitize.ts";

/** `taken`: sent. `later`: to be sent again. `refused`: never to be sent again. */
export type Verdict =
  | { kind: "taken"; rejected: number; message: string }
  | { kind: "later"; code: string; reason: string; afterMs: number | undefined }
  | { kind: "refused"; code: string; reason: string };

/** Answers after which a client sends again. */
const retryable: readonly number[] = [429, 502, 503, 504];
const MAX_MESSAGE = 200;
const MS = 1000;
/** A server that asks for a longer pause is asked again after this one, ms. */
const MAX_RETRY_AFTER = 3_600_000;

/** Judges an answer. @param now ms since 1970, for a Retry-After that is a date. */
export function judge(
  status: number,
  headers: Pick<Headers, "get">,
  body: Uint8Array,
  count: number,
  now: number,
): Verdict {
  const isJson = /json/i.test(headers.get("content-type") ?? "");
  if (status >= 200 && status < 300) {
    const { rejected, message } = partialSuccess(body, isJson);
    return { kind: "taken", rejected: Math.min(Math.max(0, rejected), count), message: shown(message) };
  }
  const code = String(status);
  const message = shown(isJson ? jsonMessage(body) : statusMessage(body));
  const location = isRedirect(status) ? shown(headers.get("location")) : "";
  const moved = location && `moved to ${location}, which --otlp must name: redirects are not followed`;
  const reason = [code, moved || message].filter(Boolean).join(": ");
  if (!retryable.includes(status)) return { kind: "refused", code, reason };
  return { kind: "later", code, reason, afterMs: retryAfter(headers.get("retry-after"), now) };
}

const isRedirect = (status: number) => status >= 300 && status < 400;

/** Returns the pause that a Retry-After asks for, in seconds or until a date; undefined: none. */
export function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const ms = /^\s*\d+\s*$/.test(value) ? Number(value) * MS : Date.parse(value) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), MAX_RETRY_AFTER);
}

function shown(message: unknown): string {
  return typeof message === "string" ? sanitizeForTerminal(message.trim(), MAX_MESSAGE) : "";
}

function parse(body: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const jsonMessage = (body: Uint8Array) => parse(body).message;

function partialSuccess(body: Uint8Array, isJson: boolean): { rejected: number; message: unknown } {
  if (isJson) {
    const { rejectedLogRecords = 0, errorMessage } = (parse(body).partialSuccess ?? {}) as Record<string, unknown>;
    return { rejected: toCount(rejectedLogRecords), message: errorMessage };
  }
  const partial = fieldsOf(body).get(1);
  const fields = partial instanceof Uint8Array ? fieldsOf(partial) : new Map();
  return { rejected: toCount(fields.get(1)), message: textOf(fields.get(2)) };
}

/** Returns a number of records; 0 for a value of another type, which would spoil the counters. */
function toCount(value: unknown): number {
  return Math.trunc(Number(value)) || 0;
}

/** Returns the message of a google.rpc.Status, or the whole body as text if it is not one. */
function statusMessage(body: Uint8Array): string {
  return textOf(fieldsOf(body).get(2)) ?? new TextDecoder().decode(body);
}

function textOf(value: unknown): string | undefined {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : undefined;
}

/** Returns the last value of each field of a message; none if it is damaged. */
function fieldsOf(body: Uint8Array): Map<number, Uint8Array | number | bigint | string> {
  const fields = new Map<number, Uint8Array | number | bigint | string>();
  try {
    const reader = new BinaryReader(body);
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      if (wireType === WireType.Varint) fields.set(number, reader.int64());
      else if (wireType === WireType.LengthDelimited) fields.set(number, reader.bytes());
      else reader.skip(wireType, number);
    }
    return fields;
  } catch {
    return new Map();
  }
}
