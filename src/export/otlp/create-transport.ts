/** Reads the files that a connection to an OTLP server needs, before privileges are dropped. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { TraceError } from "../../errors.ts";
import { errorReason } from "../../system/files.ts";
import { quotePath } from "../../text/sanitize.ts";
import type { OtlpPlan } from "../plan.ts";
import { parseHeaders } from "./headers.ts";
import { Transport } from "./transport.ts";

/** A certificate; one that lacks its end goes to the next one, or to the end of the file. */
const CERTIFICATE = /-----BEGIN CERTIFICATE-----(?:(?!-----BEGIN)[^])*/g;

/** @throws TraceError */
export function createTransport({ url, headersFile, caFile }: OtlpPlan): Transport {
  const ca = caFile === undefined ? undefined : readText(caFile, "certificates");
  if (ca !== undefined) checkCertificates(ca, quotePath(caFile!));
  return new Transport(url, headersFile === undefined ? {} : readHeaders(headersFile), ca);
}

/** Checks certificates: a connection would fail without a reason. @throws TraceError */
function checkCertificates(text: string, file: string): void {
  const certificates = text.match(CERTIFICATE);
  if (!certificates) {
    throw new TraceError(`${file} has no certificate as PEM; it begins with -----BEGIN CERTIFICATE-----`);
  }
  for (const [i, certificate] of certificates.entries()) {
    try {
      new X509Certificate(certificate);
    } catch {
      throw new TraceError(
        `${file}: certificate ${i + 1} of ${certificates.length} is damaged; take it from its issuer`,
      );
    }
  }
}

function readHeaders(file: string): Record<string, string> {
  const headers = parseHeaders(readText(file, "headers"));
  if (typeof headers !== "object") {
    throw new TraceError(`${quotePath(file)}:${headers} is not a header; example: Authorization: Bearer SECRET`);
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
