/** Reads the files that a connection to an OTLP server needs, before privileges are dropped. */
import { readFileSync } from "node:fs";
import { TraceError } from "../../errors.ts";
import { errorReason } from "../../system/files.ts";
import { quotePath } from "../../text/sanitize.ts";
import type { OtlpPlan } from "../plan.ts";
import { parseHeaders } from "./headers.ts";
import { Transport } from "./transport.ts";

/** @throws TraceError */
export function createTransport({ url, headersFile, caFile }: OtlpPlan): Transport {
  const ca = caFile === undefined ? undefined : readText(caFile, "certificates");
  if (ca !== undefined && !ca.includes("-----BEGIN CERTIFICATE-----")) {
    throw new TraceError(`${quotePath(caFile!)} has no certificate as PEM; it begins with -----BEGIN CERTIFICATE-----`);
  }
  return new Transport(url, headersFile === undefined ? {} : readHeaders(headersFile), ca);
}

function readHeaders(file: string): Record<string, string> {
  const headers = parseHeaders(readText(file, "headers"));
  if (typeof headers !== "object") {
    throw new TraceError(`${quotePath(file)}:${headers} is no header; example: Authorization: Bearer SECRET`);
  }
  return headers;
}

function readText(file: string, what: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new TraceError(`the ${what} ${quotePath(file)} cannot be read: ${errorReason(error)}`);
  }
}
