/**
 * Requests to the broker that a compromised tracer can make: files that are not programs. A request
 * is struct broker_request and struct elf_request of src/native/core.
 */
import { readdirSync, readFileSync, writeSync } from "node:fs";
import { getSystemErrorMap } from "node:util";
import { addressOf, call } from "./raw-syscalls.ts";

const OPEN_ELF = 3;
const MAX_MOUNTS = 4096;
const ANSWER_BYTES = 268;
const MSGHDR_BYTES = 56;
const MSG_DONTWAIT = 0x40;
const MAX_TIME = 2n ** 63n - 1n;

/** @param deadline ns of CLOCK_MONOTONIC. */
function request(path: string, deadline: bigint): Uint8Array {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8")
    .trim()
    .split("\n")
    .map((line) => Number.parseInt(line));
  const name = new TextEncoder().encode(`${path}\0`);
  const bytes = new Uint8Array(16 + 4 * (MAX_MOUNTS + 1) + name.length);
  const words = new Uint32Array(bytes.buffer, 0, 5 + mounts.length);
  words.set([OPEN_ELF, 0xffff_0000, 0, 0, mounts.length, ...mounts]);
  new DataView(bytes.buffer).setBigInt64(8, deadline, true);
  bytes.set(name, 16 + 4 * (MAX_MOUNTS + 1));
  return bytes;
}

/** Returns the broker's result for a path; the descriptor, if there is one, is discarded. */
function ask(socket: number, path: string, deadline = MAX_TIME): string {
  writeSync(socket, request(path, deadline));
  return receive(socket, 0);
}

/** Returns the result of an answer, or the error of recvmsg(). */
function receive(socket: number, flags: number): string {
  const answer = new Uint8Array(ANSWER_BYTES);
  const parts = BigUint64Array.of(addressOf(answer), BigInt(answer.length));
  const head = new BigUint64Array(MSGHDR_BYTES / 8);
  head.set([0n, 0n, addressOf(parts), 1n]);
  const received = call("recvmsg", socket, new Uint8Array(head.buffer), flags);
  if (received < 0) return getSystemErrorMap().get(received)![0];
  const result = new DataView(answer.buffer).getInt32(0, true);
  return result < 0 ? getSystemErrorMap().get(result)![0] : "done";
}

/** Asks for files that only root may read. @param folder has root's files. */
export function tryBroker(folder: string): Record<string, string> {
  // only a trace with crash sites has a broker that opens programs
  if (!process.argv.includes("+crash")) return {};
  // seccomp allows the call for one socket
  const socket = readdirSync("/proc/self/fd").find((fd) => receive(Number(fd), MSG_DONTWAIT) === "EAGAIN");
  const paths = [
    "/etc/shadow",
    "/dev/null",
    "/proc/1/environ",
    "/proc/vmallocinfo",
    `${folder}/core`,
    `${folder}/object`,
  ];
  const program = `${folder}/program`;
  const outcomes = [...paths, `${folder}/none`, `${folder}/link`, program].map((path) => [
    `broker: ${path.replace(folder, "FOLDER")}`,
    ask(Number(socket), path),
  ]);
  // a deadline that has passed
  outcomes.push(["broker: FOLDER/program, too late", ask(Number(socket), program, 1n)]);
  return Object.fromEntries(outcomes) as Record<string, string>;
}
