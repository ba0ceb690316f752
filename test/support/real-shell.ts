/**
 * What a real shell makes of such lines of words: each word's bytes.
 * @throws Error where it complains.
 */
export function shellWords(shell: "bash" | "sh", lines: readonly string[]): Uint8Array[][] {
  // printf is built in, so that there is no limit to how much it takes
  const script = lines.map((line) => `printf '%s\\0' ${line}\nprintf 'end of line\\n\\0'\n`).join("");
  const { stdout, stderr, exitCode } = Bun.spawnSync([shell], {
    stdin: Buffer.from(script),
    // bytes, not characters
    env: { PATH: process.env.PATH, LC_ALL: "C" },
  });
  if (exitCode !== 0 || stderr.length) throw new Error(`${shell}: ${stderr.toString()}`);
  const rows: Uint8Array[][] = [];
  let row: Uint8Array[] = [];
  for (let at = 0; at < stdout.length;) {
    const end = stdout.indexOf(0, at);
    const word = stdout.subarray(at, end);
    if (word.equals(END)) {
      rows.push(row);
      row = [];
    } else {
      row.push(word);
    }
    at = end + 1;
  }
  return rows;
}

const END = Buffer.from("end of line\n");
