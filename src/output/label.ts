import { ByteWriter, bytesOf } from "../text/byte-writer.ts";
import type { writePlain } from "../text/escape.ts";

/** Returns the text of --label, escaped for a format. */
export function escapeLabel(label: string, escape: typeof writePlain): string {
  const out = new ByteWriter();
  const bytes = bytesOf(label);
  escape(out, bytes, 0, bytes.length);
  return new TextDecoder().decode(out.bytes.subarray(0, out.length));
}
