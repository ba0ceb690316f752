import { describe, expect, test } from "bun:test";
import { Users } from "../../src/exit/users.ts";

/** Users of whom only the even ones exist, and how often each was looked up. */
function someUsers() {
  const asked = new Map<number, number>();
  const users = new Users({
    lookUp: (uid) => {
      asked.set(uid, (asked.get(uid) ?? 0) + 1);
      return uid % 2 ? null : `user-${uid}`;
    },
  });
  const name = (uid: number) => {
    const bytes = users.name(uid);
    return bytes && Buffer.from(bytes).toString();
  };
  return { asked, name };
}

test("a uid has the name that the system gives it", () => {
  const { name } = someUsers();
  expect(name(0)).toBe("user-0");
  expect(name(4_294_967_294)).toBe("user-4294967294");
});

test("a uid that nobody has, or whose name is empty, has none", () => {
  expect(someUsers().name(1)).toBeNull();
  expect(new Users({ lookUp: () => "" }).name(0)).toBeNull();
});

test("names are UTF-8", () => {
  expect(Buffer.from(new Users({ lookUp: () => "jürgen" }).name(1000)!).toString()).toBe("jürgen");
});

test("each is looked up once, also where nobody has it", () => {
  const { asked, name } = someUsers();
  for (let round = 0; round < 3; round++) for (let uid = 0; uid < 1000; uid++) name(uid);
  expect(asked.size).toBe(1000);
  expect([...asked.values()].every((times) => times === 1)).toBeTrue();
});

test("a namespace full of uids does not fill our memory: of very many some are looked up again, and are right", () => {
  const { asked, name } = someUsers();
  for (let round = 0; round < 2; round++) {
    for (let uid = 0; uid < 20_000; uid++) {
      if (name(uid) !== (uid % 2 ? null : `user-${uid}`)) throw new Error(`uid ${uid}`);
    }
  }
  expect(asked.get(0)).toBe(2);
});

describe("a name that changes while exitsnoop runs", () => {
  /** Returns a user whose name and signs of change the test sets. */
  function changingUser() {
    const state = { name: "old", hasChanged: false, now: 0, checks: 0 };
    const users = new Users({
      lookUp: () => state.name,
      hasChanged: () => {
        state.checks++;
        return state.hasChanged;
      },
      now: () => state.now,
    });
    const nameInNewBatch = () => {
      users.beginBatch();
      return Buffer.from(users.name(1000)!).toString();
    };
    return { state, users, nameInNewBatch };
  }

  test("a user's name: looked up again after /etc/passwd has changed", () => {
    const { state, nameInNewBatch } = changingUser();
    expect(nameInNewBatch()).toBe("old");
    state.name = "new";
    expect(nameInNewBatch()).toBe("old");
    state.hasChanged = true;
    expect(nameInNewBatch()).toBe("new");
  });

  test("a user's name: looked up again after 60 seconds, since some sources report no change", () => {
    const { state, nameInNewBatch } = changingUser();
    expect(nameInNewBatch()).toBe("old");
    state.name = "new";
    state.now = 59_999;
    expect(nameInNewBatch()).toBe("old");
    state.now = 60_000;
    expect(nameInNewBatch()).toBe("new");
    state.name = "newer";
    state.now = 119_999;
    expect(nameInNewBatch()).toBe("new");
    state.now = 120_000;
    expect(nameInNewBatch()).toBe("newer");
  });

  test("changes of /etc/passwd: checked once per batch that shows a name", () => {
    const { state, users, nameInNewBatch } = changingUser();
    nameInNewBatch();
    for (let i = 0; i < 100; i++) users.name(i);
    expect(state.checks).toBe(1);
    for (let i = 0; i < 100; i++) users.beginBatch();
    expect(state.checks).toBe(1);
  });
});
