/** The order in which the recorder detaches its programs. */
import { afterAll, afterEach, expect, spyOn, test } from "bun:test";
import { parse } from "../../src/cli/parse.ts";
import { planTrace } from "../../src/cli/plan.ts";
import { native } from "../../src/native/library.ts";
import { Recorder } from "../../src/recorder/recorder.ts";
import { recorderSettings } from "../../src/recorder/settings.ts";
import { fakeHost } from "../support/fake-host.ts";

// loads the core, which replaces `native`
native.boottime_now();
const attach = spyOn(native, "attach");
const attachFirst = spyOn(native, "object_load_recorder");
const destroy = spyOn(native, "bpf_link__destroy");

afterEach(() => {
  for (const spy of [attach, attachFirst, destroy]) spy.mockClear();
});

afterAll(() => {
  for (const spy of [attach, attachFirst, destroy]) spy.mockRestore();
});

const results = ({ mock }: typeof attach | typeof attachFirst) => mock.results.map(({ value }) => Number(value));

/** Attaches and detaches. Returns the links in both orders; record_exit's is `exit`. */
function detached(options: string[]): { exit: number; others: number[]; order: number[] } {
  const recorder = new Recorder(recorderSettings(planTrace(parse(options), fakeHost())));
  recorder.attach();
  recorder.detach();
  const first = results(attachFirst).filter((link) => link > 0);
  const links = results(attach);
  const exit = first[0] ?? links.at(-1)!;
  const order = destroy.mock.calls.map(([link]) => Number(link));
  recorder.close();
  return { exit, others: links.filter((link) => link !== exit), order };
}

test.each([[["-f", "json"]], [["-j", "-w"]]])(
  "the recorder with %p: record_exit is detached before the programs for signals",
  (options) => {
    const { exit, others, order } = detached(options);
    expect(others.length).toBeGreaterThan(1);
    expect(order).toEqual([exit, ...others.reverse()]);
  },
);
