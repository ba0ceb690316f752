import type { Exit } from "../../exit/exit.ts";
import { Offset } from "../../record/layout.ts";
import { cgroup } from "./cgroup.ts";
import type { Column, Writer } from "./column.ts";
import { exec } from "./exec.ts";
import { writeId } from "./identity.ts";
import type { Member } from "./killer-object.ts";
import { origin } from "./origin.ts";

const hasNoSender = (exit: Exit) => exit.sender === null;
const all: readonly Column[] = [...exec, ...cgroup, ...origin];

/** Returns a member with the value that a column has for the sender of the fatal signal. */
function sendersValue(key: string, columnKey = key): Member {
  const {
    schema,
    isQuoted,
    isAbsent,
    write,
    json = write,
    csv = write,
  } = all.find((column) => column.key === columnKey)!;
  const ofSender =
    (writer: Writer): Writer =>
    (out, exit) =>
      writer(out, exit.sender!);
  return {
    key,
    isAbsent: (exit) => exit.sender === null || (isAbsent?.(exit.sender) ?? false),
    schema,
    isQuoted,
    write: ofSender(json),
    csv: ofSender(csv),
  };
}

/** The members of `killed_by` that describe the sender in full, when it sent the signal. */
export const senderMembers: readonly Member[] = [
  {
    key: "id",
    isAbsent: hasNoSender,
    isQuoted: true,
    write: (out, { sender }) => writeId(out, sender!, sender!.record.pid, Offset.startTimeNs),
  },
  sendersValue("args"),
  sendersValue("exe"),
  sendersValue("login_uid"),
  sendersValue("session_id"),
  sendersValue("tty"),
  sendersValue("sender_cgroup", "cgroup"),
  sendersValue("unit"),
  sendersValue("container_id"),
  sendersValue("ancestors"),
];
