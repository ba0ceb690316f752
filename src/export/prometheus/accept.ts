/** The choice between the two text formats by the Accept header of a scrape (RFC 9110, 12.5.1). */
import type { TextForm } from "./metric.ts";

const types: Record<TextForm, string> = { openmetrics: "application/openmetrics-text", plain: "text/plain" };
const QUALITY = /^q=([01](?:\.\d{0,3})?)$/;

/**
 * Returns the form that a client prefers, which Prometheus lets its user choose. One that names
 * neither, as curl, gets the plain one.
 */
export function acceptedForm(accept: string): TextForm {
  const openmetrics = qualityOf(types.openmetrics, accept);
  return openmetrics > 0 && openmetrics >= qualityOf(types.plain, accept) ? "openmetrics" : "plain";
}

/** Returns the largest quality that a header has for a media type, from 0 to 1. */
function qualityOf(type: string, accept: string): number {
  let quality = 0;
  for (const range of accept.toLowerCase().split(",")) {
    const [name, ...parameters] = range.split(";").map((word) => word.trim());
    if (name !== type) continue;
    const weight = parameters.findLast((word) => QUALITY.test(word));
    quality = Math.max(quality, weight ? Number(QUALITY.exec(weight)![1]) : 1);
  }
  return quality;
}
