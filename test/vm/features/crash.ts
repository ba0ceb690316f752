import { expect } from "bun:test";
import { type CrashEvent, functionsOf } from "../../support/crash-sites.ts";
import { type Feature, tracerOutput, wide } from "./feature.ts";

interface Way {
  signal: string;
  /** A function among the frames. */
  top: string;
  access?: string;
  isOverflow?: boolean;
  /** Whether the crash follows a fault whose handler has its siginfo. */
  hasFirst?: boolean;
  isFirstOverflow?: boolean;
}

/** Ways to crash that are the same on all machines, with the functions up to main(). */
const CALLERS = ["inner", "outer", "main"];
const ways: Record<string, Way> = {
  "write-null": { signal: "SIGSEGV", top: "write_null", access: "write" },
  "read-null": { signal: "SIGSEGV", top: "read_null", access: "read" },
  "jump-null": { signal: "SIGSEGV", top: "jump_null", access: "exec" },
  abort: { signal: "SIGABRT", top: "call_abort" },
  overflow: { signal: "SIGSEGV", top: "overflow", isOverflow: true },
  "handled-fault": { signal: "SIGABRT", top: "write_null", hasFirst: true },
  "handled-overflow": { signal: "SIGABRT", top: "overflow", hasFirst: true, isFirstOverflow: true },
  "handled-far": { signal: "SIGABRT", top: "in_library" },
  "handler-fault": { signal: "SIGSEGV", top: "on_fault_fault", access: "write", hasFirst: true },
  "untouched-array": { signal: "SIGSEGV", top: "write_null", access: "write" },
  "overflow-wide": { signal: "SIGSEGV", top: "overflow_widely", isOverflow: true },
  "some-mappings": { signal: "SIGABRT", top: "call_abort" },
};

/**
 * The tracer names functions from files, which it reads as user nobody. It limits the time for that
 * to half of each second: in emulation, the first crash takes seconds, and each of the others less.
 */
const command = `(${Object.keys(ways)
  .map((way, i) => `/crash ${way}; sleep ${i ? 4 : 20}`)
  .join("; ")}) 2>/dev/null; true`;

export const crash: Feature = {
  name: "where a process crashed, with its callers",
  steps: { crash: { tracers: { "": `${wide} --name crash` }, command } },
  check(outcome) {
    const { events } = tracerOutput(outcome, "crash");
    const crashes = (events as unknown as CrashEvent[]).map(({ args, signal, crash: site }) => ({
      way: args![1]!,
      signal,
      site: site!,
    }));
    expect(crashes.map(({ way }) => way)).toEqual(Object.keys(ways));
    for (const { way, signal, site } of crashes) {
      const expected = ways[way]!;
      const functions = functionsOf(site);
      expect([way, signal, site.stack_overflow]).toEqual([way, expected.signal, expected.isOverflow ?? false]);
      if (expected.access) expect([way, site.access]).toEqual([way, expected.access]);
      expect([way, functions]).toEqual([way, expect.arrayContaining([expected.top])]);
      const { isFirstOverflow = false, isOverflow = isFirstOverflow } = expected;
      // the frames of an overflow end before main()
      if (!isOverflow) expect([way, functions.slice(-3)]).toEqual([way, CALLERS]);
      const first = { signal: "SIGSEGV", access: "write", stack_overflow: isFirstOverflow };
      expect([way, site.first]).toEqual([way, expected.hasFirst ? expect.objectContaining(first) : null]);
    }
  },
};
