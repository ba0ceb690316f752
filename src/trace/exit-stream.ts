import type { Reader } from "../bpf/reader.ts";
import { Exit, type ExitContext } from "../exit/exit.ts";
import { RecordKind } from "../record/layout.ts";
import { RecordView } from "../record/view.ts";

/**
 * The exits in the batches of a reader:
 * `reader.wait(); stream.beginBatch(); while (stream.next()) print(stream.exit);`
 * Nothing is allocated per exit, except for the paths and long arguments that exits refer to.
 */
export class ExitStream {
  readonly exit: Exit;
  #at = 0;
  #end = 0;
  /** True if the record is the exit that next() moved to last. */
  #isAtExit = false;

  constructor(
    readonly reader: Reader,
    context?: ExitContext,
    /** Selects exits by data that the BPF program cannot compare; the others are skipped. */
    readonly passes?: (exit: Exit) => boolean,
  ) {
    this.exit = new Exit(new RecordView(reader.bytes, reader.view), context);
  }

  /** Moves before the first exit of the batch that the reader has read last. */
  beginBatch(): void {
    const { start, end } = this.reader;
    const { cgroups, users, containerNames } = this.exit.context;
    this.#at = start;
    this.#end = end;
    this.#isAtExit = false;
    users.beginBatch();
    containerNames.beginBatch();
    cgroups.beginBatch(end - start);
  }

  /**
   * Moves `exit` to the next exit of the batch that passes, and adds the records before it to the
   * context. Returns false after the last exit.
   */
  next(): boolean {
    const { reader, exit } = this;
    const { record, context } = exit;
    if (this.#isAtExit) exit.dropCrash();
    this.#isAtExit = false;
    while (this.#at < this.#end) {
      const at = this.#at;
      record.moveTo(at);
      this.#at = reader.next(at);
      const { kind } = record;
      if (kind === RecordKind.exit) {
        exit.update(reader.wallSeconds, reader.wallNanoseconds);
        this.#isAtExit = !this.passes || this.passes(exit);
        if (this.#isAtExit) return true;
        exit.dropCrash();
      } else if (kind === RecordKind.cgroup) context.cgroups.add(record);
      else if (kind === RecordKind.args) context.longArguments.add(record);
      else if (kind === RecordKind.sender) context.senders.add(record, reader.size(record.start));
      else if (kind === RecordKind.oom) context.oomKills.add(record);
      else context.crashes?.add(kind, record.bytes, at, reader.size(at));
    }
    return false;
  }
}
