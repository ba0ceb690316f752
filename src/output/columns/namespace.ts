import { Offset } from "../../record/layout.ts";
import type { Column } from "./column.ts";

/** The numbers of the process in PID namespaces other than the host's. */
export const namespace = [
  {
    key: "ns_pid",
    group: "namespace",
    help: "its process id in its own PID namespace, as its container saw it",
    heading: "NS_PID",
    width: 7,
    write: (out, { record }) => out.integer(record.u32(Offset.nsPid)),
  },
  {
    key: "local_pid",
    group: "namespace",
    help: "its process id in the PID namespace of exitsnoop; none if it was not visible there",
    heading: "LOCAL_PID",
    width: 9,
    isAbsent: ({ record }) => record.u32(Offset.localPid) === 0,
    write: (out, { record }) => out.integer(record.u32(Offset.localPid)),
  },
] as const satisfies readonly Column[];
