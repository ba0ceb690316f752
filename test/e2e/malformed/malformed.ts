/** Malformed packages and the refusals that they must get. */
import { openSync, writeSync, closeSync } from "node:fs";
import { packText } from "../../../scripts/build/package.ts";
import { validPackage } from "./valid-package.ts";

/** JSON of any structure. */
export type Json = any;

export interface Malformed {
  name: string;
  /** Text or pattern that the message must contain: the fault and its place. */
  says: string | RegExp;
  /** Creates the package at `path`; returns another path if `run` must be given that. */
  make(path: string): string | void;
  /** The arguments after the package. */
  words?: readonly string[];
  /** The exit status: 2 for a wrong command line, else 1. */
  status?: 1 | 2;
  /** True if only loading reveals the fault: `run --inspect` succeeds. */
  isLoaded?: true;
}

/** Returns a case whose package is a file with these bytes. */
export function file(name: string, says: string | RegExp, bytes: () => string | Uint8Array): Malformed {
  return { name, says, make: (path) => write(path, [bytes()]) };
}

/** Writes a file in pieces, so that a large file needs little memory. */
export function write(path: string, pieces: Iterable<string | Uint8Array>): void {
  const fd = openSync(path, "w");
  try {
    for (const piece of pieces) {
      const bytes = Buffer.from(piece);
      for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
    }
  } finally {
    closeSync(fd);
  }
}

/** Returns a case with changed JSON of the valid package. */
export function json(
  name: string,
  says: string | RegExp,
  change: (root: Json) => void,
  more: Partial<Malformed> = {},
): Malformed {
  return {
    name,
    says,
    make: (path) => {
      const root = JSON.parse(validPackage.text);
      change(root);
      write(path, [JSON.stringify(root)]);
    },
    ...more,
  };
}

/** Returns a case with a changed object, and optionally a changed description. */
export function object(
  name: string,
  says: string | RegExp,
  change: (bytes: Buffer) => Uint8Array,
  { meta, ...more }: Partial<Malformed> & { meta?: (meta: Json) => void } = {},
): Malformed {
  return {
    name,
    says,
    make: (path) => {
      const changed = structuredClone(validPackage.package.meta);
      const changedObject = change(Buffer.from(validPackage.package.object));
      // runs after the object is changed, and may use ids from it
      meta?.(changed);
      write(path, [packText({ meta: changed, object: changedObject })]);
    },
    ...more,
  };
}
