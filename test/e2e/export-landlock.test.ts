/** `exitsnoop export` on kernels without Landlock, and where its calls fail. */
import { describe, expect, test } from "bun:test";
import { constants } from "node:os";
import { lines } from "../support/exporter.ts";
import { fixture, binary, runToEnd, temporaryFolder } from "../support/tracer.ts";

describe("export, Landlock:", () => {
  /** Runs an exporter with a spool under a filter that refuses a call. */
  const refusing = async (errno: number, ...call: string[]) => {
    using folder = temporaryFolder();
    return await runToEnd(
      [
        ...[fixture("refuse"), String(errno), ...call, "--"],
        ...[binary, "export", "-v", "--otlp", "http://127.0.0.1:1", "--spool", `${folder.path}/spool`],
      ],
      { stdin: lines(1, 3) },
    );
  };

  test("a kernel with Landlock on which a rule fails: ends with the reason, and reads nothing", async () => {
    expect(await refusing(constants.errno.ENOMEM, "landlock_add_rule")).toMatchObject({
      status: 1,
      stderr:
        "exitsnoop: Landlock cannot restrict the exporter (not enough memory), and it does not go on without that; try again\n",
    });
  });

  test.each([constants.errno.ENOSYS, constants.errno.EOPNOTSUPP, constants.errno.EPERM])(
    "a kernel without Landlock (errno %d): works without it, and says so with -v",
    async (errno) => {
      const { status, stderr } = await refusing(errno, "landlock_create_ruleset");
      expect(stderr).toContain("nothing by Landlock");
      expect(stderr).toContain("3 queued");
      expect(status).toBe(0);
    },
  );
});
