/** The values of the options of `exitsnoop export`. */
import { isIP } from "node:net";
import * as v from "valibot";

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
  v.check(({ host }) => isIP(host) > 0, `not an IP address; ${EXAMPLES}`),
  v.check(({ port }) => port > 0 && port <= MAX_PORT, `not a port; the ports are 1 to ${MAX_PORT}`),
);
