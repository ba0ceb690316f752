/** Builds test/fixtures/packages/victim.bpf.c, the valid package that the malformed ones change. */
import { makePackage, type Package, packText } from "../../../scripts/build/package.ts";
import described from "../../fixtures/packages/victim.meta.json" with { type: "json" };

const folder = new URL("../../fixtures/packages/", import.meta.url).pathname;

async function make(): Promise<{ package: Package; text: string }> {
  const made = await makePackage(`${folder}victim.bpf.c`, described);
  // keeps only the export type of the ring's events
  made.meta.export_types = made.meta.export_types.filter(({ name }) => name === "event");
  return { package: made, text: packText(made) };
}

export const validPackage = await make();

/** Returns the id of an exported type, which depends on the compiler. */
export function typeId(name: string): number {
  const found = validPackage.package.meta.export_types.find((type) => type.name === name);
  if (!found) throw new Error(`no type ${name}`);
  return found.type_id;
}
