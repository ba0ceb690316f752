import { closeSync, openSync, renameSync, unlinkSync, writeFileSync, writeSync } from "node:fs";
import { TEMPORARY } from "./batch-name.ts";
import { readSpoolFile } from "./read-file.ts";
import { formatPosition, parsePosition, type SavedPosition, SLOT_BYTES } from "./saved-position.ts";

export const POSITION = "position.json";
const SLOTS = 2;
const BLANK = `${" ".repeat(SLOT_BYTES - 1)}\n`;
const MODE = 0o600;

/**
 * The file with the position. It has two slots, which are overwritten in turn, so that one is valid
 * at any moment. Overwriting works even if the disk is full. If the position could not advance, the
 * next exporter would send events twice.
 */
export class PositionFile {
  /** The position that was saved last; undefined: none. */
  position: SavedPosition | undefined;
  readonly #path: string;
  #hasSlots: boolean;

  /** @param directory the path of the spool. */
  constructor(directory: string) {
    this.#path = `${directory}/${POSITION}`;
    const text = readSpoolFile(this.#path, SLOTS * SLOT_BYTES)?.toString() ?? "";
    this.position = parsePosition(text);
    this.#hasSlots = text.length === SLOTS * SLOT_BYTES;
  }

  /** Makes room for the positions. @throws Error */
  reserve(): void {
    if (this.#hasSlots) return;
    const temporary = this.#path + TEMPORARY;
    // the next one is written to the other slot
    if (this.position) this.position = { ...this.position, sequence: 0 };
    const first = this.position ? formatPosition(this.position) : BLANK;
    try {
      writeFileSync(temporary, first + BLANK, { mode: MODE });
      renameSync(temporary, this.#path);
    } catch (error) {
      remove(temporary);
      throw error;
    }
    this.#hasSlots = true;
  }

  /** @throws Error */
  save(position: Omit<SavedPosition, "sequence">): void {
    this.reserve();
    const saved = { ...position, sequence: (this.position?.sequence ?? 0) + 1 };
    const fd = openSync(this.#path, "r+");
    try {
      const slot = Buffer.from(formatPosition(saved));
      writeSync(fd, slot, 0, slot.length, (saved.sequence % SLOTS) * SLOT_BYTES);
    } finally {
      closeSync(fd);
    }
    this.position = saved;
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // it is gone
  }
}
