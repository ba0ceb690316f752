/** A package that must be refused, and how it is run. */
import { openSync, writeSync, closeSync } from "node:fs";
import { packText } from "../../../scripts/build/package.ts";
import { victim } from "./victim.ts";

/** What JSON can be, to be spoiled. */
export type Json = any;

export interface Malformed {
  name: string;
  /** What its sentence must say: what is wrong, and where. */
  says: string | RegExp;
  /** Makes what is at `path`; returns what is given to `run` where that is not `path`. */
  make(path: string): string | void;
  /** Behind the package. */
  words?: readonly string[];
  /** 2 for a wrong command line. */
  status?: 1 | 2;
  /** Only found out by the kernel, or when values are set: --inspect shows it. */
  isLoaded?: true;
}

/** A file of these bytes. */
export function file(name: string, says: string | RegExp, bytes: () => string | Uint8Array): Malformed {
  return { name, says, make: (path) => write(path, [bytes()]) };
}

/** Piece by piece: large files need no large memory. */
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

/** The sound package's JSON, spoiled. */
export function json(
  name: string,
  says: string | RegExp,
  spoil: (root: Json) => void,
  more: Partial<Malformed> = {},
): Malformed {
  return {
    name,
    says,
    make: (path) => {
      const root = JSON.parse(victim.text);
      spoil(root);
      write(path, [JSON.stringify(root)]);
    },
    ...more,
  };
}

/** The sound package with another object, and with a meta that is spoiled like it. */
export function object(
  name: string,
  says: string | RegExp,
  spoil: (bytes: Buffer) => Uint8Array,
  { meta, ...more }: Partial<Malformed> & { meta?: (meta: Json) => void } = {},
): Malformed {
  return {
    name,
    says,
    make: (path) => {
      const changed = structuredClone(victim.package.meta);
      const spoiled = spoil(Buffer.from(victim.package.object));
      // may speak of what was made just now
      meta?.(changed);
      write(path, [packText({ meta: changed, object: spoiled })]);
    },
    ...more,
  };
}
