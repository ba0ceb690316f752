import { describe, expect, test } from "bun:test";
import { systemdUnitsOf } from "../../src/exit/systemd-units.ts";

/** The paths are those of a machine that systemd manages, and of runtimes that do without it. */
test.each<[path: string, unit: string | null, userUnit: string | null, slice: string | null]>([
  ["/", null, null, null],
  ["/init.scope", "init.scope", null, "-.slice"],
  ["/system.slice/nginx.service", "nginx.service", null, "system.slice"],
  ["/system.slice/nginx.service/workers", "nginx.service", null, "system.slice"],
  ["/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service", null, "system-getty.slice"],
  ["/user.slice/user-1000.slice/session-3.scope", "session-3.scope", null, "user-1000.slice"],
  [
    "/user.slice/user-1000.slice/user@1000.service/app.slice/app-dbus.slice/dbus.service",
    "user@1000.service",
    "dbus.service",
    "user-1000.slice",
  ],
  ["/user.slice/user-1000.slice/user@1000.service/init.scope", "user@1000.service", "init.scope", "user-1000.slice"],
  ["/user.slice/user-1000.slice/user@1000.service", "user@1000.service", null, "user-1000.slice"],
  // systemd in a container: its units are not those of the host
  ["/machine.slice/machine-a.scope/payload/system.slice/cron.service", "machine-a.scope", null, "machine.slice"],
  ["/system.slice/run-user-1000.mount", "run-user-1000.mount", null, "system.slice"],
  ["/system.slice/docker.socket", "docker.socket", null, "system.slice"],
  ["/system.slice/swapfile.swap", "swapfile.swap", null, "system.slice"],
  // systemd escapes what a path or a name may not have, and names that look like the kernel's files
  ["/system.slice/a\\x2db.service", "a-b.service", null, "system.slice"],
  ["/system.slice/mnt-\\xc3\\xa4.mount", "mnt-\u00c3\u00a4.mount", null, "system.slice"],
  ["/system.slice/_cpu.service", "cpu.service", null, "system.slice"],
  ["/kubepods.slice/kubepods-besteffort.slice", null, null, "kubepods-besteffort.slice"],
  ["/docker/0123", null, null, null],
  ["/docker/nginx.service", null, null, null],
  ["/nginx.service", "nginx.service", null, "-.slice"],
  ["/system.slice/nginx", null, null, "system.slice"],
  ["/system.slice/a b.service", null, null, "system.slice"],
  ["/.service", null, null, null],
  [`/${"a".repeat(248)}.service`, null, null, null],
  [`/${"a".repeat(247)}.service`, `${"a".repeat(247)}.service`, null, "-.slice"],
])("systemdUnitsOf(%p)", (path, unit, userUnit, slice) => {
  expect(systemdUnitsOf(path)).toEqual({ unit, userUnit, slice });
});

describe("systemdUnitsOf() of hostile paths:", () => {
  test("takes no time to speak of, however long the components are", () => {
    const start = performance.now();
    for (const component of ["-".repeat(4000), "\\x2d".repeat(1000), "a.slice/".repeat(500), ".service".repeat(500)]) {
      for (let i = 0; i < 100; i++) systemdUnitsOf(`/${component}`);
    }
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
