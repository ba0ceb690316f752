/** Sends requests to an OTLP/HTTP server. */
import type { BodyType } from "../spool/batch-name.ts";
import { judge, type Verdict } from "./answer.ts";

/** How long a server may take for an answer, ms. */
const TIMEOUT = 15_000;
/** The most of an answer that is read. */
const MAX_ANSWER_BYTES = 64 * 1024;

const contentTypes: Record<BodyType, string> = { pb: "application/x-protobuf", json: "application/json" };
const UNTRUSTED = "its certificate is not trusted; --otlp-ca names the one that signed it";
/** Descriptions of the frequent errors of fetch(). */
const reasons: Record<string, string> = {
  ECONNREFUSED: "connection refused",
  ConnectionRefused: "connection refused",
  ECONNRESET: "connection lost",
  ConnectionClosed: "connection lost",
  ENOTFOUND: "unknown host",
  FailedToOpenSocket: "no connection",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  TimeoutError: "no answer",
  Malformed_HTTP_Response: "its answer is not HTTP/1.1; Collectors have HTTP at port 4318, and gRPC at 4317",
  ResponseHeadersTooLarge: "the headers of its answer are too large",
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  CERT_HAS_EXPIRED: "its certificate has expired",
};
/** Errors before anything was sent. */
const unsent =
  /^(ECONNREFUSED|ConnectionRefused|ENOTFOUND|FailedToOpenSocket|EHOSTUNREACH|ENETUNREACH|.*_CERT.*|.*_SIGNATURE)$/;

export interface Request {
  body: Uint8Array;
  type: BodyType;
  isCompressed: boolean;
  count: number;
}

/** `isUnknown`: the server may have received the request. `isProbe`: which had no events. */
export type Result = Verdict & { isUnknown?: boolean; isProbe?: boolean };

export class Transport {
  /** The requests that have no answer yet. */
  readonly #open = new Set<AbortController>();

  constructor(
    readonly url: string,
    readonly headers: Readonly<Record<string, string>>,
    /** Certificates as PEM; undefined: those of the runtime. */
    readonly ca?: string,
  ) {}

  async send({ body, type, isCompressed, count }: Request): Promise<Result> {
    const encoding: Record<string, string> = isCompressed ? { "content-encoding": "gzip" } : {};
    return this.#fetch(count, {
      method: "POST",
      headers: { ...this.headers, ...encoding, "content-type": contentTypes[type], "accept-encoding": "identity" },
      body: body as Uint8Array<ArrayBuffer>,
    });
  }

  /**
   * Asks for any answer with a request that has no events: a server that did not answer may have
   * received some, and gets them again only once it answers.
   * @returns why there is none; undefined: there is one.
   */
  async probe(): Promise<Result | undefined> {
    const result = await this.#fetch(0, { method: "GET", headers: { "accept-encoding": "identity" } });
    return result.isUnknown !== undefined ? result : undefined;
  }

  /** Ends all requests. */
  close(): void {
    for (const controller of this.#open) controller.abort();
  }

  async #fetch(count: number, request: RequestInit): Promise<Result> {
    // an AbortSignal that all requests shared would keep a listener of each
    const controller = new AbortController();
    this.#open.add(controller);
    const timer = setTimeout(() => controller.abort(new DOMException("no answer", "TimeoutError")), TIMEOUT);
    try {
      const answer = await fetch(this.url, {
        ...request,
        redirect: "manual",
        signal: controller.signal,
        // a small compressed answer could fill the memory
        decompress: false,
        ...(this.ca !== undefined && { tls: { ca: this.ca } }),
      });
      return judge(answer.status, answer.headers, await startOf(answer), count, Date.now());
    } catch (error) {
      const { code, name, message } = error as NodeJS.ErrnoException;
      const key = name === "TimeoutError" ? name : String(code ?? name);
      const reason = reasons[key] ?? describe(key, message);
      return { kind: "later", code: key, reason, afterMs: undefined, isUnknown: !unsent.test(key) };
    } finally {
      clearTimeout(timer);
      this.#open.delete(controller);
    }
  }
}

/** Describes an error of fetch(), without its advice for programmers. */
function describe(key: string, message: string): string {
  const text = message.replace(/\.? (fetching "|For more information|Is the computer able).*$/s, "");
  return text.startsWith(key) ? text : `${key}: ${text}`;
}

/** Returns the start of an answer's body; if the connection is lost, what came of it. */
async function startOf(answer: Response): Promise<Uint8Array> {
  const reader = answer.body?.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    while (reader && length < MAX_ANSWER_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      length += value.length;
    }
    await reader?.cancel();
  } catch {
    // the status has decided
  }
  return Buffer.concat(parts).subarray(0, MAX_ANSWER_BYTES);
}
