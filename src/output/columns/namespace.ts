import { Offset } from "../../record/layout.ts";
import type { Column } from "./column.ts";

/** The numbers of the process in PID namespaces other than the host's. */
export const namespace = [
  {
    key: "ns_pid",
    group: "namespace",
    help: "the process as its own PID namespace numbered it, that is what it was in its container",
    heading: "NS_PID",
    width: 7,
    write: (out, { record }) => out.integer(record.u32(Offset.nsPid)),
  },
  {
    key: "local_pid",
    group: "namespace",
    help: "the process as the PID namespace numbers it that exitsnoop runs in; none where it is not seen there",
    heading: "LOCAL_PID",
    width: 9,
    isAbsent: ({ record }) => record.u32(Offset.localPid) === 0,
    write: (out, { record }) => out.integer(record.u32(Offset.localPid)),
  },
] as const satisfies readonly Column[];
