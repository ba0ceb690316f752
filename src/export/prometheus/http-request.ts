/** Reads HTTP/1 requests without a body: the requests of a scraper. */

/** The largest head of a request; Prometheus' has some 300 bytes. */
export const MAX_HEAD_BYTES = 8192;
const END = "\r\n\r\n";

export interface HttpRequest {
  method: string;
  /** Without the query. */
  path: string;
  /** The values by name in lower case; several of one name are joined by commas. */
  headers: ReadonlyMap<string, string>;
  /** True if the client may send another request. */
  isKeptAlive: boolean;
  /** The bytes of the head. */
  length: number;
}

/**
 * Parses the first request in the bytes that have come.
 * @returns undefined if its head is not complete, or the status with which it is refused.
 */
export function parseRequest(bytes: Buffer): HttpRequest | number | undefined {
  const end = bytes.indexOf(END);
  if (end < 0) return bytes.length > MAX_HEAD_BYTES ? 431 : undefined;
  if (end > MAX_HEAD_BYTES) return 431;
  const [first = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const [, method, target, version] = /^([A-Z]{1,16}) (\S+) HTTP\/1\.([01])$/.exec(first) ?? [];
  if (!method || !target) return 400;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name] = /^([!#$%&'*+.^_`|~\w-]+):/.exec(line) ?? [];
    if (!name) return 400;
    const value = line.slice(name.length + 1).trim();
    const key = name.toLowerCase();
    const known = headers.get(key);
    headers.set(key, known === undefined ? value : `${known},${value}`);
  }
  // a body would be read as the next request
  const length = headers.get("content-length") ?? "0";
  if (length !== "0" || headers.has("transfer-encoding")) return 413;
  const connection = headers.get("connection")?.toLowerCase() ?? "";
  const isKeptAlive = version === "1" ? !connection.includes("close") : connection.includes("keep-alive");
  return { method, path: target.replace(/\?.*$/s, ""), headers, isKeptAlive, length: end + END.length };
}
