import { describe, expect, test } from "bun:test";
import { Users } from "../../src/exit/users.ts";

/** Returns users of which only those with even uids exist, and counts the look-ups of each uid. */
function evenUsers() {
  const lookUps = new Map<number, number>();
  const users = new Users({
    lookUp: (uid) => {
      lookUps.set(uid, (lookUps.get(uid) ?? 0) + 1);
      return uid % 2 ? null : `user-${uid}`;
    },
  });
  const name = (uid: number) => {
    const bytes = users.name(uid);
    return bytes && Buffer.from(bytes).toString();
  };
  return { lookUps, name };
}

test("Users: returns the name of a uid from the user database", () => {
  const { name } = evenUsers();
  expect(name(0)).toBe("user-0");
  expect(name(4_294_967_294)).toBe("user-4294967294");
});

test("Users: returns null for an unknown uid and for an empty name", () => {
  expect(evenUsers().name(1)).toBeNull();
  expect(new Users({ lookUp: () => "" }).name(0)).toBeNull();
});

test("Users: returns names as UTF-8", () => {
  expect(Buffer.from(new Users({ lookUp: () => "jürgen" }).name(1000)!).toString()).toBe("jürgen");
});

test("Users: looks up each uid once, also an unknown one", () => {
  const { lookUps, name } = evenUsers();
  for (let round = 0; round < 3; round++) for (let uid = 0; uid < 1000; uid++) name(uid);
  expect(lookUps.size).toBe(1000);
  expect([...lookUps.values()].every((times) => times === 1)).toBeTrue();
});

test("Users: a name that is not known yet is null for now, and looked up again", () => {
  const answers = [undefined, undefined, "late"];
  const users = new Users({ lookUp: () => answers.shift() });
  expect([users.name(1), users.name(1)]).toEqual([null, null]);
  for (let round = 0; round < 2; round++) expect(Buffer.from(users.name(1)!).toString()).toBe("late");
});

test("Users: keeps a limited number of uids, and looks up evicted ones again", () => {
  const { lookUps, name } = evenUsers();
  for (let round = 0; round < 2; round++) {
    for (let uid = 0; uid < 20_000; uid++) {
      if (name(uid) !== (uid % 2 ? null : `user-${uid}`)) throw new Error(`uid ${uid}`);
    }
  }
  expect(lookUps.get(0)).toBe(2);
});

describe("Users: a name that changes while exitsnoop runs", () => {
  /** Returns a user whose name and change notification the test sets. */
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

  test("after a change of /etc/passwd: looked up again", () => {
    const { state, nameInNewBatch } = changingUser();
    expect(nameInNewBatch()).toBe("old");
    state.name = "new";
    expect(nameInNewBatch()).toBe("old");
    state.hasChanged = true;
    expect(nameInNewBatch()).toBe("new");
  });

  test("after 60 seconds: looked up again, because some databases report no change", () => {
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
