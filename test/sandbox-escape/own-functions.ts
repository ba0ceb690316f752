/**
 * Attempts through exitsnoop's own code, which a compromised decoder can call: loading BPF
 * programs, and writing to the variables that it shares with them.
 */
import { readFileSync } from "node:fs";
import { getSystemErrorMap } from "node:util";
import embedded from "../../build/recorder.bpf.o" with { type: "file" };
import { LibbpfError } from "../../src/native/errno.ts";
import { BpfMap } from "../../src/bpf/map.ts";
import { BpfObject } from "../../src/bpf/object.ts";
import { addressOf, call } from "./raw-syscalls.ts";

/** Opened before privileges are dropped, so that only loading remains. */
const object = new BpfObject(readFileSync(embedded), "escape");

interface Variables {
  fd: number;
  view: DataView;
}

/** The writable `.bss` of an object without programs, as a control for the recorder's. */
const unsealed = loadUnsealed();

function loadUnsealed(): Variables {
  const other = new BpfObject(readFileSync(embedded), "unsealed");
  for (const { name } of other.programs()) other.setAutoload(name, false);
  other.load();
  const bss = other.map(".bss");
  return { fd: bss.fd, view: bss.initialValue() };
}

/** The recorder's `.bss`, kept when the recorder maps it. */
let own: Variables | undefined;
const initialValue = BpfMap.prototype.initialValue;
BpfMap.prototype.initialValue = function () {
  const view = initialValue.call(this);
  if (this.name.endsWith(".bss")) own = { fd: this.fd, view };
  return view;
};

const nameOf = (result: number) => (result < 0 ? getSystemErrorMap().get(result)![0] : "done");

/** Tries to write to the variables in each way. */
function write(whose: string, { fd, view }: Variables): [what: string, outcome: string][] {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, 8);
  const address = Number(addressOf(bytes));
  const [READ, READ_WRITE, SHARED, PAGE] = [1, 3, 1, 4096];
  return [
    // getrandom() makes the kernel write, so that a refusal is an errno and not SIGSEGV
    [`${whose}: write`, nameOf(call("getrandom", bytes, 8, 0))],
    [`${whose}: mprotect`, nameOf(call("mprotect", address, PAGE, READ_WRITE))],
    [`${whose}: write after mprotect`, nameOf(call("getrandom", bytes, 8, 0))],
    [`${whose}: mmap for reading`, mappedBy(call("mmap", 0, PAGE, READ, SHARED, fd, 0))],
    [`${whose}: mmap for writing`, mappedBy(call("mmap", 0, PAGE, READ_WRITE, SHARED, fd, 0))],
  ];
}

/** Names the result of mmap(), which is an address or -errno. */
const mappedBy = (result: number) => nameOf(result > 0 ? 0 : result);

export function tryOwnFunctions(): Record<string, string> {
  return { ...loading(), ...Object.fromEntries([...write("sealed", own!), ...write("unsealed", unsealed)]) };
}

function loading(): Record<string, string> {
  try {
    object.load();
    return { "loading a recorder": "done" };
  } catch (error) {
    if (!(error instanceof LibbpfError)) throw error;
    return { "loading a recorder": getSystemErrorMap().get(-error.errno)?.[0] ?? error.message };
  }
}
