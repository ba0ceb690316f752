import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { UsageError } from "../../src/errors.ts";
import { parse } from "../../src/cli/parse.ts";
import { isVerbose, log, setVerbosity } from "../../src/log.ts";

const defaultLevel = log.level;
afterEach(() => {
  log.level = defaultLevel;
});

/**
 * Returns the output of a program that logs at each level and is killed. A child process, because
 * stderr of this one belongs to the test runner.
 */
function logAndDie(option: string) {
  const module = join(import.meta.dir, "../../src/log.ts");
  const program = `
    import { log, setVerbosity } from "${module}";
    setVerbosity({ [process.argv[1]]: true });
    log.debug("debug"); log.info("info", 1); log.warn("warn"); log.error("error");
    process.kill(process.pid, "SIGKILL");`;
  const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", program, option]);
  return { stdout: stdout.toString(), stderr: stderr.toString().split("\n") };
}

describe("log: messages of a killed process reach stderr:", () => {
  test("default: errors, warnings with the program's name, and information", () => {
    expect(logAndDie("neither")).toEqual({ stdout: "", stderr: ["info 1", "exitsnoop: warn", "exitsnoop: error", ""] });
  });

  test("--quiet: only errors and warnings", () => {
    expect(logAndDie("quiet").stderr).toEqual(["exitsnoop: warn", "exitsnoop: error", ""]);
  });

  test("--verbose: also debug messages", () => {
    expect(logAndDie("verbose").stderr).toEqual(["debug", "info 1", "exitsnoop: warn", "exitsnoop: error", ""]);
  });
});

test("wrapMessages(): replaces the function that writes messages to stderr until the next call", () => {
  const module = join(import.meta.dir, "../../src/log.ts");
  const program = `
    import { log, wrapMessages } from "${module}";
    const held = [];
    wrapMessages((fd, write) => (bytes, length) => held.push(() => write(bytes, length), fd));
    log.warn("held");
    wrapMessages();
    log.info("first");
    held[0]();
    log.info(held[1]);`;
  const { stderr } = Bun.spawnSync([process.execPath, "-e", program]);
  expect(stderr.toString()).toBe("first\nexitsnoop: held\n2\n");
});

test("isVerbose(): true only with --verbose", () => {
  setVerbosity(parse([]).parsed);
  expect(isVerbose()).toBeFalse();
  setVerbosity(parse(["-q"]).parsed);
  expect(isVerbose()).toBeFalse();
  setVerbosity(parse(["-v"]).parsed);
  expect(isVerbose()).toBeTrue();
});

test("setVerbosity() with --quiet and --verbose: refused", () => {
  const contradiction = new UsageError("--quiet and --verbose contradict each other; leave one out");
  expect(() => setVerbosity(parse(["-qv"]).parsed)).toThrow(UsageError);
  expect(() => setVerbosity(parse(["-qv"]).parsed)).toThrow(contradiction);
});
