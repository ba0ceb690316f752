import { LINE_FEED } from "../text/ascii.ts";

const MAX_MESSAGE = 64 * 1024;

/** The messages of the tracer, line by line. The tracer has made them safe for a terminal. */
export class Messages {
  #rest: Uint8Array = new Uint8Array(0);

  /** Returns the lines that are complete, with what came before. */
  add(chunk: Uint8Array): string[] {
    const bytes = Buffer.concat([this.#rest, chunk]);
    const end = bytes.length > MAX_MESSAGE ? bytes.length : bytes.lastIndexOf(LINE_FEED) + 1;
    this.#rest = bytes.subarray(end);
    return end ? new TextDecoder().decode(bytes.subarray(0, end)).split("\n").filter(Boolean) : [];
  }
}
