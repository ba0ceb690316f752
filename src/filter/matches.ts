/**
 * Applies a selection in user space, with the results of bpf/filter.bpf.h and
 * bpf/cgroup_filter.bpf.h. Ignores the filter that needs running processes (`tree`), and those that
 * user space applies to live exits as well (`args`, `containerNames`).
 */
import { CgroupMatch, KillerKind, NameState } from "../record/layout.ts";
import { coreDumped, exitCode, termSignal } from "../record/wait-status.ts";
import type { RecordView } from "../record/view.ts";
import { containerIdIn, requiredMatches } from "./cgroup-names.ts";
import { compileNames } from "./name-automaton.ts";
import { compileOutcomes, MAX_EXIT_CODE, MAX_SIGNAL } from "./outcomes.ts";
import { type Choice, isOn, type Selection } from "./selection.ts";

/** The values of an exit that are compared. */
interface Candidate {
  readonly record: RecordView;
  readonly duration: { readonly seconds: number; readonly nanoseconds: number };
  readonly cgroup: { readonly path: Uint8Array } | null;
}

type Test = (exit: Candidate) => boolean;

const BILLION = 1_000_000_000n;

/** Returns a function that says whether an exit is selected; undefined if every exit is. */
export function compileSelection(selection: Selection, withThreads: boolean): Test | undefined {
  const { onlyFailed, pids, parents, users } = selection;
  const tests = [
    onlyFailed ? ({ record }: Candidate) => record.status !== 0 : undefined,
    setTest(pids, ({ pid }) => pid),
    setTest(parents, ({ ppid }) => ppid),
    setTest(users, ({ uid }) => uid),
    outcomeTest(selection),
    nameTest(selection, withThreads),
    ...durationTests(selection),
    cgroupTest(selection),
  ].filter((one) => one !== undefined);
  if (tests.length === 0) return undefined;
  return (exit) => {
    for (let i = 0; i < tests.length; i++) if (!tests[i]!(exit)) return false;
    return true;
  };
}

function setTest(choice: Choice<number>, of: (record: RecordView) => number): Test | undefined {
  if (!isOn(choice)) return undefined;
  const passes = chooses(choice);
  return ({ record }) => passes(of(record));
}

/** Returns a function that applies a choice of values that are equal or not. */
export function chooses<T>({ selected, removed }: Choice<T>): (value: T) => boolean {
  const wanted = selected.length > 0 ? new Set(selected) : undefined;
  const unwanted = new Set(removed);
  return (value) => (wanted === undefined || wanted.has(value)) && !unwanted.has(value);
}

/** The tests of -s, --code, --core and --oom, of which an exit must pass one. */
function outcomeTest({ outcome }: Selection): Test | undefined {
  const compiled = compileOutcomes(outcome);
  if (!compiled) return undefined;
  const { coreDumps, oomKills } = compiled;
  const codes = bits(compiled.codes, MAX_EXIT_CODE + 1);
  // signal n is bit n - 1
  const signals = bits(compiled.signals << 1n, MAX_SIGNAL + 1);
  const removedSignals = bits(compiled.removedSignals << 1n, MAX_SIGNAL + 1);
  return ({ record }) => {
    const { status } = record;
    const signal = termSignal(status);
    if (signal === 0) return codes[exitCode(status)] === true;
    if (removedSignals[signal]) return false;
    return (
      signals[signal] === true ||
      (coreDumps && coreDumped(status)) ||
      (oomKills && record.killerKind === KillerKind.oom)
    );
  };
}

const bits = (set: bigint, count: number) =>
  Array.from({ length: count }, (_, bit) => ((set >> BigInt(bit)) & 1n) === 1n);

function nameTest({ names }: Selection, withThreads: boolean): Test | undefined {
  if (!isOn(names)) return undefined;
  const { next } = compileNames(names.selected, names.removed);
  return ({ record }) => {
    const start = withThreads ? record.threadComm : record.comm;
    const end = record.nameEnd(start);
    let state: number = NameState.start;
    for (let at = start; at < end && state !== 0; at++) state = next[256 * state + record.bytes[at]!]!;
    return state !== 0 && next[256 * state] === NameState.accepted;
  };
}

function durationTests({ minDuration, maxDuration }: Selection): (Test | undefined)[] {
  const [minSeconds, minRest] = [Number(minDuration / BILLION), Number(minDuration % BILLION)];
  const max = maxDuration ?? 0n;
  const [maxSeconds, maxRest] = [Number(max / BILLION), Number(max % BILLION)];
  return [
    minDuration > 0n
      ? ({ duration: { seconds, nanoseconds } }) =>
          seconds > minSeconds || (seconds === minSeconds && nanoseconds >= minRest)
      : undefined,
    max > 0n
      ? ({ duration: { seconds, nanoseconds } }) =>
          seconds < maxSeconds || (seconds === maxSeconds && nanoseconds <= maxRest)
      : undefined,
  ];
}

/** The tests of --cgroup, --unit and --container: the result is kept for each path. */
function cgroupTest(selection: Selection): Test | undefined {
  const { cgroups, units, containers } = selection;
  if (![cgroups, units, containers].some(isOn)) return undefined;
  const required = requiredMatches(selection);
  const results = new WeakMap<Uint8Array, boolean>();
  const matches = pathMatcher(selection);
  return ({ cgroup }) => {
    if (!cgroup) return required === 0;
    let result = results.get(cgroup.path);
    if (result === undefined) {
      result = (matches(cgroup.path) & (required | CgroupMatch.removed)) === required;
      results.set(cgroup.path, result);
    }
    return result;
  };
}

/** Stands for the beginning of a path that is too long to be recorded whole. */
const CUT = "...";

const bytesAsText = (text: string) => Buffer.from(text).toString("latin1");

/** Returns a function that returns the bits of CgroupMatch for a path. */
function pathMatcher({ cgroups, units, containers }: Selection): (path: Uint8Array) => number {
  const tests: ((names: readonly string[], ids: readonly string[]) => number)[] = [];
  const add = <T>(
    { selected, removed }: Choice<T>,
    bit: number,
    test: (value: T) => (names: readonly string[], ids: readonly string[]) => boolean,
  ) => {
    const addValue = (value: T, result: number) => {
      const matches = test(value);
      tests.push((names, ids) => (matches(names, ids) ? result : 0));
    };
    for (const value of selected) addValue(value, bit);
    for (const value of removed) addValue(value, CgroupMatch.removed);
  };
  add(cgroups, CgroupMatch.path, (path) => {
    const wanted = path.names.map(bytesAsText);
    return (names) => wanted.length === 0 || (names[0] !== CUT && wanted.every((name, i) => names[i] === name));
  });
  add(units, CgroupMatch.unit, (unit) => {
    const wanted = bytesAsText(unit);
    return (names) => names.includes(wanted);
  });
  add(containers, CgroupMatch.container, (id) => (_, ids) => ids.some((one) => one.startsWith(id)));
  return (path) => {
    const names = Buffer.from(path).toString("latin1").split("/").filter(Boolean);
    const ids = names.map(containerIdIn).filter((id) => id !== undefined);
    return tests.reduce((match, test) => match | test(names, ids), 0);
  };
}
