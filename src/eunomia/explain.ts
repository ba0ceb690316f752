import { constants } from "node:os";
import { whyDenied } from "../diagnose/denied.ts";
import { whyNot } from "../diagnose/why.ts";
import { capabilitiesOf } from "./capabilities.ts";
import type { OpenedPackage } from "./opened.ts";
import { AttachError } from "./programs.ts";
import { attachRefusal, loadRefusal } from "./refusals.ts";
import { LibbpfError } from "../native/errno.ts";
import { takesPrograms } from "../bpf/features.ts";
import { cannotTrace } from "../diagnose/explain.ts";

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
