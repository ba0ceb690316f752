/**
 * Drops the privileges of an exporter with the rights in the second argument, and makes the
 * attempts of attempts.ts in the folder of the first one. The right `writableDirectory` stands for
 * the directory `spool` in that folder.
 */
import { constants, openSync } from "node:fs";
import { reserveThreads } from "../../src/system/engine.ts";
import { dropExporterPrivileges } from "../../src/system/exporter-privileges.ts";
import { forbidInspection } from "../../src/system/privileges.ts";
import { tryAll } from "./attempts.ts";

const [folder = "", rights = "{}", user] = process.argv.slice(2);
const { writableDirectory, ...others } = JSON.parse(rights) as Record<string, boolean>;
const directory = writableDirectory
  ? { writableDirectory: openSync(`${folder}/spool`, constants.O_RDONLY | constants.O_DIRECTORY) }
  : {};

process.on("SIGTERM", () => {});
forbidInspection();
reserveThreads();
const dropped = dropExporterPrivileges(user, { ...others, ...directory });
const spool = writableDirectory ? { spool: tryAll(`${folder}/spool`, true) } : {};
console.log(JSON.stringify({ dropped, outcomes: tryAll(folder, true), ...spool }));
process.exit();
