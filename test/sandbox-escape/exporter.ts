/**
 * Drops the privileges of an exporter with the rights in the second argument, and makes the
 * attempts of attempts.ts in the folder of the first one. The right `writableDirectory` stands for
 * the directory `spool` in that folder, whatever its value. Further arguments are ports, to which
 * it connects.
 */
import { constants, openSync } from "node:fs";
import { reserveThreads } from "../../src/system/engine.ts";
import { dropExporterPrivileges, type ExporterRights } from "../../src/system/exporter-privileges.ts";
import { forbidInspection } from "../../src/system/privileges.ts";
import { tryAll } from "./attempts.ts";

const [folder = "", rights = "{}", ...ports] = process.argv.slice(2);
const { writableDirectory, ...others } = JSON.parse(rights) as ExporterRights;
const directory = writableDirectory
  ? { writableDirectory: openSync(`${folder}/spool`, constants.O_RDONLY | constants.O_DIRECTORY) }
  : {};

/** Returns `done`, or `failed`: the runtime does not say why. */
async function connect(port: number): Promise<string> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    socket.end();
    return "done";
  } catch {
    return "failed";
  }
}

process.on("SIGTERM", () => {});
forbidInspection();
reserveThreads();
const dropped = dropExporterPrivileges(undefined, { ...others, ...directory });
const spool = writableDirectory ? { spool: tryAll(`${folder}/spool`, true) } : {};
const connections = ports.map((port) => connect(Number(port)));
const outcomes = tryAll(folder, true);
console.log(JSON.stringify({ dropped, outcomes, ...spool, connections: await Promise.all(connections) }));
process.exit();
