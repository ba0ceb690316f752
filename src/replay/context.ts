/** The state that exits refer to, as the current line has it. */
import { LongArguments } from "../exit/arguments.ts";
import { type CgroupOrigin, Cgroups } from "../exit/cgroups.ts";
import { ContainerNameCache, type ContainerNames } from "../exit/container-names.ts";
import type { CrashSite, CrashSites } from "../exit/crash-site.ts";
import type { ArgumentRedactor, ExitContext } from "../exit/exit.ts";
import { OomKills } from "../exit/oom-kills.ts";
import { Senders } from "../exit/senders.ts";
import { Users } from "../exit/users.ts";
import { Offset } from "../record/layout.ts";
import type { RecordView } from "../record/view.ts";
import type { ExitLine } from "./exit-line.ts";

/** The ids of cgroups in the record of a line. */
export const CgroupId = { own: 1, oom: 2, sender: 3, unknown: 4 } as const;

const NO_CGROUP = { containerId: null, podUid: null, unit: null, userUnit: null, slice: null, isRoot: false };
const MAX_USERS = 4096;
const nothing = { lookUp: () => null };

/** Equal cgroups are the same object, as in a trace: their texts are. */
class LineCgroups extends Cgroups {
  /** The last cgroup with each path. */
  readonly #byPath = new WeakMap<Uint8Array, CgroupOrigin>();

  constructor(readonly line: ExitLine) {
    super(0, 0, () => {});
  }

  override get(_high: number, low: number): CgroupOrigin | undefined {
    const { line } = this;
    if (low === CgroupId.own) return this.#same(line.cgroup);
    if (low === CgroupId.sender) return this.#same(line.senderCgroup);
    const path = line.killer.cgroup ?? line.oom.cgroup;
    return low === CgroupId.oom && path ? this.#same({ ...NO_CGROUP, path }) : undefined;
  }

  #same(one: CgroupOrigin): CgroupOrigin {
    const { path, containerId, podUid, unit, userUnit, slice, isRoot } = one;
    const known = this.#byPath.get(path);
    const isSame =
      known?.containerId === containerId &&
      known.podUid === podUid &&
      known.unit === unit &&
      known.userUnit === userUnit &&
      known.slice === slice;
    if (isSame) return known;
    const origin = { path, containerId, podUid, unit, userUnit, slice, isRoot };
    this.#byPath.set(path, origin);
    return origin;
  }
}

/**
 * The names of users by the lines of the recording so far: the login user of one may be the user of
 * another.
 */
class LineUsers extends Users {
  #names = new Map<number, Uint8Array>();

  constructor(readonly line: ExitLine) {
    super(nothing);
  }

  override name(uid: number): Uint8Array | null {
    const { user, process } = this.line;
    if (uid === process.view.getUint32(Offset.uid, true)) return user;
    return this.#names.get(uid) ?? null;
  }

  /** Called when another recording begins: it may be of another machine. */
  forget(): void {
    this.#names.clear();
  }

  /** Called for each line that has a name. */
  keep(uid: number, name: Uint8Array): void {
    if (this.#names.get(uid) === name) return;
    if (this.#names.size >= MAX_USERS) this.#names.clear();
    this.#names.set(uid, name);
  }
}

class LineContainerNames extends ContainerNameCache {
  /** A new object if a name differs, as in a trace. */
  #names: ContainerNames = { container: null, pod: null, namespace: null };

  constructor(readonly line: ExitLine) {
    super(nothing);
  }

  override of(): ContainerNames | null {
    const { containerName, podName, podNamespace } = this.line;
    const { container, pod, namespace } = this.#names;
    if (container !== containerName || pod !== podName || namespace !== podNamespace)
      this.#names = { container: containerName, pod: podName, namespace: podNamespace };
    return this.#names;
  }
}

class LineSenders extends Senders {
  constructor(readonly line: ExitLine) {
    super(0);
  }

  override get(): RecordView | undefined {
    return this.line.killer.isDescribed ? this.line.sender.record : undefined;
  }
}

class LineOomKills extends OomKills {
  constructor(readonly line: ExitLine) {
    super();
  }

  override of(): RecordView | null {
    return this.line.oom.isKnown ? this.line.oom.record : null;
  }
}

class LineArguments extends LongArguments {
  constructor(readonly line: ExitLine) {
    super();
  }

  override take(): Uint8Array | undefined {
    return this.line.longArgs;
  }
}

class LineCrashes implements CrashSites {
  readonly isEmpty = true;
  readonly dropped = 0;

  constructor(readonly line: ExitLine) {}

  add(): void {}
  drop(): void {}

  take(): CrashSite | null {
    return this.line.crash;
  }
}

/** The context of a line's exit. */
export class RecordedContext implements ExitContext {
  readonly cgroups: Cgroups;
  readonly users: LineUsers;
  readonly containerNames: ContainerNameCache;
  readonly senders: Senders;
  readonly oomKills: OomKills;
  readonly longArguments: LongArguments;
  readonly crashes: CrashSites;

  /** @param redactor replaces secrets in arguments; undefined: they are shown as they are. */
  constructor(
    readonly line: ExitLine,
    readonly redactor?: ArgumentRedactor,
  ) {
    this.cgroups = new LineCgroups(line);
    this.users = new LineUsers(line);
    this.containerNames = new LineContainerNames(line);
    this.senders = new LineSenders(line);
    this.oomKills = new LineOomKills(line);
    this.longArguments = new LineArguments(line);
    this.crashes = new LineCrashes(line);
  }

  get mayCutArgs(): boolean {
    return this.line.mayCutArgs;
  }
}
