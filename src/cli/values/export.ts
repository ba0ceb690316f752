/** The values of the options of `exitsnoop export`. */
import * as v from "valibot";
import { sizeBytes } from "./common.ts";

const MAX_PORT = 65535;
const EXAMPLES = "examples: 127.0.0.1:9464, [::1]:9464, :9464";

/** An address to listen on: `ADDR:PORT`, `[IPV6]:PORT`, or `:PORT` for every address. */
export const listenAddress = v.pipe(
  v.string(),
  v.regex(/^(\[[^\]]*\]|[^:]*):\d{1,5}$/, `not an address with a port; ${EXAMPLES}`),
  v.transform((text) => {
    const at = text.lastIndexOf(":");
    const name = text.slice(0, at).replace(/^\[(.*)\]$/, "$1");
    return { host: name === "localhost" ? "127.0.0.1" : name || "::", port: Number(text.slice(at + 1)) };
  }),
  v.check(({ host }) => isAddress(host), `not an IP address; ${EXAMPLES}`),
  v.check(({ port }) => port > 0 && port <= MAX_PORT, `not a port; the ports are 1 to ${MAX_PORT}`),
);

/** Returns true for an IP address. Each start of a trace would load isIP() of node:net. */
function isAddress(text: string): boolean {
  if (text.includes(":")) return /^[0-9a-f:.]+$/i.test(text) && URL.canParse(`http://[${text}]/`);
  const numbers = text.split(".");
  return numbers.length === 4 && numbers.every((number) => /^(0|[1-9]\d{0,2})$/.test(number) && Number(number) < 256);
}

export const otlpProtocols = ["protobuf", "json"] as const;
export const compressions = ["gzip", "none"] as const;

const NO_URL = "not a URL; examples: http://127.0.0.1:4318, https://collector.example/v1/logs";
const NO_SECRETS =
  "has a password, which ps(1) shows to every user; put an Authorization header into a file (--otlp-headers)";

/** The URL of an OTLP/HTTP server, with the path of logs if it has none. */
export const otlpUrl = v.pipe(
  v.string(),
  v.check((text) => /^https?:$/.test(urlOf(text)?.protocol ?? ""), NO_URL),
  v.check((text) => !urlOf(text)?.username && !urlOf(text)?.password, NO_SECRETS),
  v.transform((text) => {
    const url = urlOf(text)!;
    if (url.pathname === "/" && !url.search) url.pathname = "/v1/logs";
    url.hash = "";
    return url.href;
  }),
);

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

const MAX_ATTRIBUTE = 1000;

/** An attribute: `KEY=VALUE`. */
export const resourceAttribute = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9_.-]*=./s, "not an attribute; example: k8s.node.name=node1"),
  v.maxLength(MAX_ATTRIBUTE, `too long; the longest attribute has ${MAX_ATTRIBUTE} characters`),
  v.transform((text) => {
    const at = text.indexOf("=");
    return [{ key: text.slice(0, at), value: text.slice(at + 1).toWellFormed() }];
  }),
);

const MIN_SPOOL = 1024 ** 2;

export const spoolSize = v.pipe(
  v.string(),
  v.regex(/^\d{1,12}[KMG]?$/i, "not a size; examples: 64M, 1G"),
  v.transform(sizeBytes),
  v.minValue(MIN_SPOOL, "too small; the smallest is 1M"),
  v.maxValue(1024 ** 4, "too large; the largest is 1024G"),
);
