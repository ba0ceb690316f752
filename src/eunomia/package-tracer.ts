import type { MinCoreBtf } from "../bpf/min-core-btf.ts";
import type { BpfObject } from "../bpf/object.ts";
import { log } from "../log.ts";
import type { RetainOptions } from "../system/privileges.ts";
import type { Output } from "../trace/output.ts";
import type { Tracer } from "../trace/session.ts";
import { attachPrograms } from "./attach.ts";
import type { EventSource } from "./event-sources.ts";
import { explainPackageError } from "./explain.ts";
import { PackageRun, type RunOptions } from "./loop.ts";
import { earlierProgramWarnings } from "./network-hooks.ts";
import type { OpenedPackage } from "./opened-package.ts";

/** A BTF file for a kernel that does not export its types. */
interface TypesFile {
  types: MinCoreBtf;
  path: string;
}

/** Runs the programs of a package in a session. The caller closes the package. */
export class PackageTracer implements Tracer {
  #run!: PackageRun;

  /**
   * @param name the package's name in messages.
   * @param warnings warnings to report once the programs are attached.
   */
  constructor(
    readonly name: string,
    readonly opened: OpenedPackage,
    readonly exported: readonly EventSource[],
    readonly plan: RunOptions,
    readonly warnings: readonly string[],
    readonly btfFile?: TypesFile,
  ) {}

  attach(outputs: readonly Output[]): void {
    const { opened, btfFile } = this;
    this.#run = new PackageRun(this.plan, opened, this.exported, outputs);
    btfFile?.types.writeTypesFor(opened.object.handle, "task_struct", btfFile.path);
    opened.object.load();
    btfFile?.types.close();
    this.#run.listen();
    attachPrograms(opened);
    earlierProgramWarnings(opened).forEach((warning) => log.warn(warning));
  }

  get programs(): BpfObject {
    return this.opened.object;
  }

  get retained(): RetainOptions {
    const readsProcesses = this.exported.some((one) => one.kind !== "sample" && one.stack?.with_symbols);
    return { readsProcesses, detachesTcPrograms: this.opened.object.outlivesProcess };
  }

  announce(): void {
    for (const warning of this.warnings) log.warn(warning);
    log.info(`Running ${this.name}, Ctrl-C to end`);
  }

  createLoop(): PackageRun {
    this.#run.writeHeaders();
    return this.#run;
  }

  close(): void {
    this.#run.reader.close();
  }

  explain(error: unknown): unknown {
    return explainPackageError(error, this.opened);
  }
}
