import { expect, test } from "bun:test";
import { fakeExit, line } from "../support/fake-exit.ts";
import { formatOf } from "../support/fake-host.ts";

const options = "-C pid,ns_pid,local_pid,comm";
const fields = { pid: 42050, nsPid: 7, localPid: 4321 };

test("pid columns: show the pid on the host, in the namespace of the process and in that of the tracer", () => {
  expect(JSON.parse(line(formatOf(`-j ${options}`), fakeExit(fields)))).toEqual({
    event: "exit",
    pid: 42050,
    ns_pid: 7,
    local_pid: 4321,
    comm: "which",
  });
  expect(line(formatOf(`-f csv ${options}`), fakeExit(fields))).toBe("42050,7,4321,which");
  expect(line(formatOf(options), fakeExit(fields))).toBe("42050   7       4321      which");
});

test("local_pid: null or empty for a process outside the namespace of the tracer", () => {
  const unseen = fakeExit({ ...fields, localPid: 0 });
  expect(line(formatOf(`-j ${options}`), unseen)).toContain('"ns_pid":7,"local_pid":null,');
  expect(line(formatOf(`-f csv ${options}`), unseen)).toBe("42050,7,,which");
  expect(line(formatOf(options), unseen)).toBe("42050   7                 which");
});

test("pid columns: the largest pid pushes no column", () => {
  const largest = { pid: 4_194_304, nsPid: 4_194_304, localPid: 4_194_304 };
  expect(line(formatOf(options), fakeExit(largest))).toBe("4194304 4194304 4194304   which");
});
