import { constants } from "node:os";
import { whyDenied } from "../doctor/denied.ts";
import { whyNot } from "../doctor/why.ts";
import { capabilitiesOf } from "../eunomia/capabilities.ts";
import type { OpenedPackage } from "../eunomia/opened.ts";
import { AttachError } from "../eunomia/programs.ts";
import { attachRefusal, loadRefusal } from "../eunomia/refusals.ts";
import { LibbpfError } from "../libbpf/errno.ts";
import { takesPrograms } from "../libbpf/probes.ts";
import { cannotTrace } from "./explain.ts";

/**
 * Turns an error of a package's programs into one sentence with the program, the reason and the
 * remedy. Returns other errors unchanged.
 */
export function explainPackage(error: unknown, opened: OpenedPackage): unknown {
  if (!(error instanceof LibbpfError)) return error;
  // the verifier also returns EACCES, for a program that reads forbidden memory
  const isDenied = error.errno === constants.errno.EPERM;
  const needed = capabilitiesOf(opened);
  const known =
    (isDenied ? whyDenied(needed) : undefined) ??
    // if the kernel loads other programs, it refuses this one and not BPF
    whyNot(error, isDenied && !takesPrograms() ? [error.errno] : [], needed);
  if (known) return cannotTrace(known);
  return error instanceof AttachError
    ? attachRefusal(error, error.place)
    : loadRefusal(error, opened.object.programs());
}
