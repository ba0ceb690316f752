import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { UsageError } from "../../src/errors.ts";
import { parse } from "../../src/cli/parse.ts";
import { isVerbose, log, setVerbosity } from "../../src/log.ts";

const usual = log.level;
afterEach(() => {
  log.level = usual;
});

/** What such a program says, run as a process of its own: this one's stderr belongs to the tests. */
function said(line: string) {
  const module = join(import.meta.dir, "../../src/log.ts");
  const program = `
    import { log, setVerbosity } from "${module}";
    setVerbosity({ [process.argv[1]]: true });
    log.debug("debug"); log.info("info", 1); log.warn("warn"); log.error("error");
    process.kill(process.pid, "SIGKILL");`;
  const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", program, line]);
  return { stdout: stdout.toString(), stderr: stderr.toString().split("\n") };
}

describe("what is said goes to stderr at once, before a process that is killed can flush anything,", () => {
  test("errors and warnings with the program's name", () => {
    expect(said("neither")).toEqual({ stdout: "", stderr: ["info 1", "exitsnoop: warn", "exitsnoop: error", ""] });
  });

  test("less with --quiet", () => {
    expect(said("quiet").stderr).toEqual(["exitsnoop: warn", "exitsnoop: error", ""]);
  });

  test("more with --verbose", () => {
    expect(said("verbose").stderr).toEqual(["debug", "info 1", "exitsnoop: warn", "exitsnoop: error", ""]);
  });
});

test("only --verbose is verbose", () => {
  setVerbosity(parse([]).parsed);
  expect(isVerbose()).toBeFalse();
  setVerbosity(parse(["-q"]).parsed);
  expect(isVerbose()).toBeFalse();
  setVerbosity(parse(["-v"]).parsed);
  expect(isVerbose()).toBeTrue();
});

test("--quiet and --verbose contradict each other", () => {
  const contradiction = new UsageError("--quiet and --verbose contradict each other; leave one out");
  expect(() => setVerbosity(parse(["-qv"]).parsed)).toThrow(UsageError);
  expect(() => setVerbosity(parse(["-qv"]).parsed)).toThrow(contradiction);
});
