import { expect, test } from "bun:test";
import { limitLookups } from "../../src/trace/container-lookups.ts";

/** A broker whose answers take 50 ms, and its limited lookups. */
function slowBroker() {
  const broker = { time: 0, asked: 0 };
  const answer = () => {
    broker.asked++;
    broker.time += 50;
    return "2web";
  };
  return { broker, lookUp: limitLookups(answer, () => broker.time) };
}

test("limitLookups(): lookups of many ids take 200 ms at once, and then a tenth of the time", () => {
  const { broker, lookUp } = slowBroker();
  const answers = Array.from({ length: 1000 }, (_, i) => lookUp(`${i}`));
  expect([broker.asked, broker.time]).toEqual([5, 250]);
  expect(answers.indexOf(undefined)).toBe(5);
  const start = broker.time;
  let asked = 0;
  while (broker.time < start + 10_000) {
    const before = broker.asked;
    lookUp("other");
    if (broker.asked === before) broker.time += 1;
    else asked++;
  }
  expect(asked * 50).toBeWithin(900, 1101);
});

test("limitLookups(): after a pause, names are looked up at once again", () => {
  const { broker, lookUp } = slowBroker();
  for (let i = 0; i < 10; i++) lookUp(`${i}`);
  expect(lookUp("web")).toBeUndefined();
  broker.time += 3000;
  expect(lookUp("web")).toBe("2web");
});
