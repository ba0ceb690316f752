/**
 * Returns the bytes of each word, as a real shell parses these lines.
 * @throws Error if the shell prints an error.
 */
export function shellWords(shell: "bash" | "sh", lines: readonly string[]): Uint8Array[][] {
  // a builtin, because execve(2) limits the size of arguments
  const script = lines.map((line) => `printf '%s\\0' ${line}\nprintf 'end of line\\n\\0'\n`).join("");
  const { stdout, stderr, exitCode } = Bun.spawnSync([shell], {
    stdin: Buffer.from(script),
    // the C locale: printf writes bytes, not characters
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
