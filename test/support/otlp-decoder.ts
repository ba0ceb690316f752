/** Decodes OTLP logs from protobuf into the objects that OTLP/JSON has, strictly. */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

type Read = (reader: BinaryReader, length?: number) => unknown;
interface Field {
  name: string;
  wireType: WireType;
  read: Read;
  isRepeated?: boolean;
}
type Fields = Readonly<Record<number, Field>>;

const text = (name: string): Field => ({ name, wireType: WireType.LengthDelimited, read: (reader) => reader.string() });
const message = (name: string, fields: () => Fields, isRepeated = false): Field => ({
  name,
  wireType: WireType.LengthDelimited,
  read: (reader) => readMessage(reader, reader.uint32(), fields()),
  isRepeated,
});

const value = (): Fields => ({
  1: text("stringValue"),
  2: { name: "boolValue", wireType: WireType.Varint, read: (reader) => reader.bool() },
  3: { name: "intValue", wireType: WireType.Varint, read: (reader) => String(reader.int64()) },
  5: message("arrayValue", () => ({ 1: message("values", value, true) })),
});
const attribute: Fields = { 1: text("key"), 2: message("value", value) };
const time = (name: string): Field => ({
  name,
  wireType: WireType.Bit64,
  read: (reader) => String(reader.fixed64()),
});
const record: Fields = {
  1: time("timeUnixNano"),
  2: { name: "severityNumber", wireType: WireType.Varint, read: (reader) => reader.int32() },
  5: message("body", value),
  6: message("attributes", () => attribute, true),
  11: time("observedTimeUnixNano"),
  12: text("eventName"),
};
const scopeLogs: Fields = {
  1: message("scope", () => ({ 1: text("name"), 2: text("version") })),
  2: message("logRecords", () => record, true),
  3: text("schemaUrl"),
};
const resourceLogs: Fields = {
  1: message("resource", () => ({ 1: message("attributes", () => attribute, true) })),
  2: message("scopeLogs", () => scopeLogs, true),
  3: text("schemaUrl"),
};

function readMessage(reader: BinaryReader, length: number, fields: Fields): Record<string, unknown> {
  const end = reader.pos + length;
  const values: Record<string, unknown> = {};
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    const field = fields[number];
    if (!field || field.wireType !== wireType) throw new Error(`no field ${number} of wire type ${wireType}`);
    const decoded = field.read(reader);
    if (!field.isRepeated) values[field.name] = decoded;
    else ((values[field.name] ??= []) as unknown[]).push(decoded);
  }
  if (reader.pos !== end) throw new Error("a message ends within a field");
  return values;
}

/** Returns an ExportLogsServiceRequest as OTLP/JSON has it. */
export function decodeOtlp(bytes: Uint8Array): Record<string, unknown> {
  return readMessage(new BinaryReader(bytes), bytes.length, { 1: message("resourceLogs", () => resourceLogs, true) });
}
