/** An OTLP/HTTP server that answers as a test wants it to, and keeps what it took. */
import { decodeOtlp } from "./otlp-decoder.ts";

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: string; arrayValue?: { values?: { stringValue?: string }[] } };
}
interface TakenRecord {
  eventName: string;
  severityNumber: number;
  attributes: Map<string, unknown>;
  resource: Map<string, unknown>;
}

type Answer = (request: Request, count: number) => Response | Promise<Response> | undefined;

const textOf = ({ value }: Attribute): unknown =>
  value.arrayValue
    ? (value.arrayValue.values ?? []).map((one) => one.stringValue)
    : (value.stringValue ?? value.intValue);
const mapOf = (attributes: readonly Attribute[] = []) => new Map(attributes.map((one) => [one.key, textOf(one)]));

export class OtlpServer {
  /** The records of requests that were answered with 200. */
  readonly taken: TakenRecord[] = [];
  readonly requests: Request[] = [];
  readonly #server;

  /** @param answer returns the answer to a request with that many records; undefined: taken. */
  constructor(answer: Answer = () => undefined, tls?: { cert: string; key: string }) {
    this.#server = Bun.serve({
      ...(tls && { tls }),
      port: 0,
      hostname: "127.0.0.1",
      fetch: async (request) => {
        this.requests.push(request);
        if (request.method !== "POST") return new Response("", { status: 405 });
        const records = await recordsOf(request);
        const given = await answer(request, records.length);
        if (given) return given;
        this.taken.push(...records);
        return new Response("{}", { headers: { "content-type": "application/json" } });
      },
    });
  }

  get port(): number {
    return this.#server.port!;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The pids of the records that were taken, in the order of their arrival. */
  get pids(): number[] {
    return this.taken.map(({ attributes }) => Number(attributes.get("process.pid")));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}

/** Returns the pids of the records in a request. */
export async function pidsOf(request: Request): Promise<number[]> {
  return (await recordsOf(request)).map(({ attributes }) => Number(attributes.get("process.pid")));
}

async function recordsOf(request: Request): Promise<TakenRecord[]> {
  const body = new Uint8Array(await request.arrayBuffer());
  const bytes = request.headers.get("content-encoding") === "gzip" ? Bun.gunzipSync(body) : body;
  const isJson = request.headers.get("content-type") === "application/json";
  const { resourceLogs } = (isJson ? JSON.parse(new TextDecoder().decode(bytes)) : decodeOtlp(bytes)) as {
    resourceLogs: {
      resource: { attributes: Attribute[] };
      scopeLogs: { logRecords: { eventName: string; severityNumber: number; attributes: Attribute[] }[] }[];
    }[];
  };
  return resourceLogs.flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) =>
      logRecords.map(({ eventName, severityNumber, attributes }) => ({
        eventName,
        severityNumber,
        attributes: mapOf(attributes),
        resource: mapOf(resource.attributes),
      })),
    ),
  );
}
