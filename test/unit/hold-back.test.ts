import { describe, expect, test } from "bun:test";
import { CHUNK_BYTES, HoldBack, MAX_HELD } from "../../src/trace/hold-back.ts";
import { bytesOf } from "../../src/text/byte-writer.ts";

const EIO = 5;

/** Returns a terminal that a test switches, with the text written to it so far. */
function fakeTerminal() {
  const terminal = { isCanonical: true, now: 1000, text: "", exits: 0, results: [] as number[] };
  const holdBack = new HoldBack(
    () => terminal.isCanonical,
    () => terminal.now,
  );
  const writer = () => (bytes: Uint8Array, length: number) => {
    const result = terminal.results.shift() ?? length;
    if (result > 0) terminal.text += Buffer.from(bytes.subarray(0, result)).toString();
    return result;
  };
  const writeExits = holdBack.wrap(writer(), () => terminal.exits);
  const writeMessages = holdBack.wrap(writer());
  return {
    terminal,
    holdBack,
    /** Writes lines, each of an exit. */
    exits(text: string) {
      terminal.exits += text.split("\n").length - 1;
      const bytes = bytesOf(text);
      return writeExits(bytes, bytes.length);
    },
    message(text: string) {
      const bytes = bytesOf(text);
      return writeMessages(bytes, bytes.length);
    },
    /** Lets the terminal be in canonical mode long enough. */
    settle() {
      terminal.isCanonical = true;
      for (let i = 0; i < 3; i++) {
        holdBack.update();
        terminal.now += 50;
      }
    },
  };
}

describe("HoldBack on a terminal in canonical mode", () => {
  test("writes lines at once, and passes the result on", () => {
    const { terminal, exits, message } = fakeTerminal();
    terminal.results = [3, -EIO];
    expect([exits("one\n"), message("two\n"), exits("three\n")]).toEqual([3, -EIO, 6]);
    expect(terminal.text).toBe("onethree\n");
  });

  test("reads the mode a few times at the start, and then never without a line", () => {
    const { terminal, holdBack } = fakeTerminal();
    const sleeps: number[] = [];
    for (let ms = holdBack.maxSleep(); Number.isFinite(ms); ms = holdBack.maxSleep()) {
      sleeps.push(ms);
      terminal.now += ms;
      holdBack.update();
    }
    expect(sleeps).toEqual([50, 50, 100, 200, 400, 800, 1600]);
  });

  test("does not let the tracer sleep while a read of the mode is overdue", () => {
    const { terminal, holdBack } = fakeTerminal();
    terminal.now += 60;
    expect(holdBack.maxSleep()).toBe(0);
    holdBack.update();
    expect(holdBack.maxSleep()).toBe(40);
  });

  test("holds the first line for 100 ms if the terminal was in another mode before", () => {
    const { terminal, holdBack, exits } = fakeTerminal();
    terminal.isCanonical = false;
    terminal.now += 50;
    holdBack.update();
    expect(holdBack.isHolding).toBeFalse();
    expect(holdBack.maxSleep()).toBe(Number.POSITIVE_INFINITY);
    terminal.isCanonical = true;
    terminal.now += 10_000;
    exits("1\n");
    terminal.now += 99;
    exits("2\n");
    expect(terminal.text).toBe("");
    terminal.now += 1;
    holdBack.update();
    expect(terminal.text).toBe("1\n2\n");
    // there is no gap since the last read
    exits("3\n");
    expect(terminal.text).toBe("1\n2\n3\n");
  });
});

describe("HoldBack on a terminal that is not in canonical mode", () => {
  test("writes nothing, then exits and messages in their order", () => {
    const { terminal, holdBack, exits, message, settle } = fakeTerminal();
    terminal.isCanonical = false;
    expect([exits("1\n"), exits("2\n"), message("m\n"), exits("3\n")]).toEqual([2, 2, 2, 2]);
    expect(terminal.text).toBe("");
    expect(holdBack.isHolding).toBeTrue();
    settle();
    expect(terminal.text).toBe("1\n2\nm\n3\n");
    expect(holdBack.isHolding).toBeFalse();
    expect(holdBack.lost).toBe(0);
  });

  test("writes what was held before the next line, if canonical mode has lasted long enough", () => {
    const { terminal, exits } = fakeTerminal();
    terminal.isCanonical = false;
    exits("1\n");
    terminal.isCanonical = true;
    exits("2\n");
    terminal.now += 90;
    exits("3\n");
    expect(terminal.text).toBe("");
    terminal.now += 10;
    exits("4\n");
    expect(terminal.text).toBe("1\n2\n3\n4\n");
  });

  test("starts to wait again if canonical mode was switched off meanwhile", () => {
    const { terminal, holdBack, exits } = fakeTerminal();
    terminal.isCanonical = false;
    exits("1\n");
    for (const isCanonical of [true, true, false, true, true]) {
      terminal.isCanonical = isCanonical;
      terminal.now += 50;
      holdBack.update();
    }
    expect(terminal.text).toBe("");
  });

  test("wakes the tracer every 50 ms", () => {
    const { terminal, holdBack, exits } = fakeTerminal();
    terminal.isCanonical = false;
    exits("1\n");
    expect(holdBack.maxSleep()).toBe(50);
  });

  test("keeps a copy: the caller reuses its buffer", () => {
    const { terminal, holdBack } = fakeTerminal();
    const bytes = bytesOf("one\n");
    const write = holdBack.wrap((written, length) => {
      terminal.text += Buffer.from(written.subarray(0, length)).toString();
      return length;
    });
    terminal.isCanonical = false;
    write(bytes, 4);
    bytes.fill(0x58);
    holdBack.end();
    expect(terminal.text).toBe("one\n");
  });
});

describe("HoldBack with more than 1 MiB of lines", () => {
  test("drops the oldest exits, counts each, and keeps the header and messages", () => {
    const { terminal, holdBack, exits, message, settle } = fakeTerminal();
    terminal.isCanonical = false;
    message("HEADER\n");
    const count = 30_000;
    let all = "";
    for (let i = 0; i < count; i++) {
      const line = `${String(i).padStart(99)}\n`;
      all += line;
      exits(line);
      if (i === count / 2) message("MESSAGE\n");
    }
    settle();
    const lines = terminal.text.split("\n").slice(0, -1);
    const kept = lines.filter((line) => /\d/.test(line));
    expect(lines.length - kept.length).toBe(2);
    expect(lines[0]).toBe("HEADER");
    expect(kept.length + holdBack.lost).toBe(count);
    expect(all).toEndWith(`${kept.join("\n")}\n`);
    expect(terminal.text.length).toBeLessThanOrEqual(MAX_HELD);
    expect(terminal.text.length).toBeGreaterThan(MAX_HELD - 3 * CHUNK_BYTES);
  });

  test("drops a single line that is longer", () => {
    const { terminal, holdBack, exits, settle } = fakeTerminal();
    terminal.isCanonical = false;
    exits("short\n");
    exits(`${"x".repeat(MAX_HELD)}\n`);
    exits("last\n");
    settle();
    expect(terminal.text).toBe("last\n");
    expect(holdBack.lost).toBe(2);
  });

  test("holds as much again once the lines were written", () => {
    const { terminal, holdBack, exits, settle } = fakeTerminal();
    const megabyte = `${"x".repeat(1023)}\n`.repeat(1000);
    for (let i = 0; i < 3; i++) {
      terminal.isCanonical = false;
      exits(megabyte);
      settle();
    }
    expect(terminal.text.length).toBe(3 * megabyte.length);
    expect(holdBack.lost).toBe(0);
  });
});

test("HoldBack with two outputs: an exit that both lack counts as lost once", () => {
  const holdBack = new HoldBack(() => false);
  const outputs = [1, 2].map(() =>
    holdBack.wrap(
      () => 0,
      () => exits,
    ),
  );
  let exits = 0;
  while (exits < 100) {
    const bytes = bytesOf("line\n");
    exits++;
    for (const write of outputs) write(bytes, bytes.length);
  }
  const dropped = holdBack.lost;
  holdBack.end();
  expect(dropped).toBeGreaterThan(0);
  expect(holdBack.lost).toBe(100);
});

describe("HoldBack whose held lines cannot be written", () => {
  test("returns the error to the next write, keeps the lines, and writes the rest of a line later", () => {
    const { terminal, holdBack, exits } = fakeTerminal();
    terminal.isCanonical = false;
    exits("held\n");
    terminal.isCanonical = true;
    holdBack.update();
    terminal.now += 90;
    holdBack.update();
    expect(terminal.text).toBe("");
    terminal.now += 10;
    terminal.results = [-EIO, 2];
    expect(exits("next\n")).toBe(-EIO);
    expect(exits("next\n")).toBe(0);
    holdBack.update();
    expect(terminal.text).toBe("held\n");
    expect(holdBack.lost).toBe(0);
  });

  test("end(): counts the exits as lost", () => {
    const { terminal, holdBack, exits, message } = fakeTerminal();
    terminal.isCanonical = false;
    message("m\n");
    exits("1\n2\n");
    terminal.results = [2, -EIO];
    holdBack.end();
    expect(holdBack.lost).toBe(2);
    expect(holdBack.isHolding).toBeFalse();
  });
});

test("HoldBack.end(): writes what is held in any mode, and holds nothing back afterwards", () => {
  const { terminal, holdBack, exits, message } = fakeTerminal();
  terminal.isCanonical = false;
  exits("1\n");
  holdBack.end();
  expect(terminal.text).toBe("1\n");
  message("m\n");
  expect(terminal.text).toBe("1\nm\n");
});
