/** Services of Type=notify: the datagram that exits are traced, sd_notify(3). */
import { describe, expect, test } from "bun:test";
import { LogServer, RunningAgent, until } from "../support/agent.ts";
import { Tracer, runToEnd, binary, temporaryFolder } from "../support/tracer.ts";

/** Prints each datagram in one line; Bun has no such sockets. */
const RECEIVER = `
  use Socket; $| = 1;
  socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die;
  bind($socket, sockaddr_un($ARGV[0])) or die;
  print "bound\\n";
  while (defined(recv($socket, my $text, 4096, 0))) { $text =~ s/\\n/ /g; print "$text\\n" }
`;

/** Receives nothing for a while, with a full queue: as a manager that reloads its units. */
const BUSY_RECEIVER = RECEIVER.replace(
  'print "bound\\n";',
  `socket(my $other, AF_UNIX, SOCK_DGRAM, 0) or die;
   while (defined(send($other, "FILL", 64, sockaddr_un($ARGV[0])))) { }
   print "bound\\n"; <STDIN>;`,
);

class Receiver {
  text = "";
  readonly process;

  constructor(address: string, isBusy = false) {
    const path = address.startsWith("@") ? `\0${address.slice(1)}` : address;
    // an argument cannot have a NUL
    const receiver = isBusy ? BUSY_RECEIVER : RECEIVER;
    const script = path.startsWith("\0") ? receiver.replace("$ARGV[0]", '"\\0$ARGV[0]"') : receiver;
    this.process = Bun.spawn(["perl", "-e", script, path.replace("\0", "")], { stdin: "pipe", stderr: "inherit" });
    void this.#read();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.process.stdout) this.text += decoder.decode(chunk, { stream: true });
  }

  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  /** Ends the time in which a busy one receives nothing. */
  goOn(): void {
    this.process.stdin.write("\n");
    this.process.stdin.flush();
  }

  [Symbol.dispose](): void {
    this.process.kill("SIGKILL");
  }
}

async function receive(address: string, isBusy = false): Promise<Receiver> {
  const receiver = new Receiver(address, isBusy);
  await until(() => receiver.lines[0] === "bound", "the socket is bound");
  return receiver;
}

describe.each(["a path", "a name in the abstract namespace"])("NOTIFY_SOCKET is %s", (kind) => {
  test("the tracer is ready once it is attached, and says so once", async () => {
    using folder = temporaryFolder();
    const address = kind === "a path" ? `${folder.path}/notify` : `@exitsnoop-test-${process.pid}`;
    using receiver = await receive(address);
    const tracer = await Tracer.start(["-j"], { env: { NOTIFY_SOCKET: address } });
    await tracer.end();
    expect(receiver.lines).toEqual(["bound", "READY=1"]);
  });
});

describe("a service manager whose queue is full for a while", () => {
  test("the tracer: waits with READY=1", async () => {
    using folder = temporaryFolder();
    using receiver = await receive(`${folder.path}/notify`, true);
    const tracer = Tracer.start(["-j"], { env: { NOTIFY_SOCKET: `${folder.path}/notify` } });
    await Bun.sleep(1000);
    receiver.goOn();
    await (await tracer).end();
    await until(() => receiver.lines.includes("READY=1"), "READY=1 arrives");
  });

  test("the agent: sends READY=1 again", async () => {
    using folder = temporaryFolder();
    await using server = new LogServer();
    using receiver = await receive(`${folder.path}/notify`, true);
    await using agent = await RunningAgent.start([...server.options, `--state=${folder.path}/state`], {
      NOTIFY_SOCKET: `${folder.path}/notify`,
    });
    receiver.goOn();
    await until(() => receiver.lines.includes("READY=1"), "READY=1 arrives");
    await agent.end();
  });
});

test("a COMMAND reports its own state: the tracer says nothing, and passes the variable on", async () => {
  using folder = temporaryFolder();
  const address = `${folder.path}/notify`;
  using receiver = await receive(address);
  const { stdout } = await runToEnd([binary, "--", "sh", "-c", "echo $NOTIFY_SOCKET"], {
    env: { NOTIFY_SOCKET: address },
  });
  expect(stdout).toBe(`${address}\n`);
  expect(receiver.lines).toEqual(["bound"]);
});

test.each(["/no/such/socket", "relative", `/${"x".repeat(200)}`])(
  "NOTIFY_SOCKET=%s cannot be reached: a warning, and exits are traced all the same",
  async (address) => {
    const tracer = await Tracer.start(["-j"], { env: { NOTIFY_SOCKET: address } });
    const { status, stderr } = await tracer.end();
    expect(status).toBe(0);
    expect(stderr).toContain("exitsnoop: the service manager cannot be notified: ");
  },
);

test("agent: ready once the tracer is attached, alive for the watchdog, stopping at the end; its children have no part in it", async () => {
  using folder = temporaryFolder();
  await using server = new LogServer();
  const address = `${folder.path}/notify`;
  using receiver = await receive(address);
  const agent = await RunningAgent.start([...server.options, `--state=${folder.path}/state`], {
    NOTIFY_SOCKET: address,
    WATCHDOG_USEC: "3000000",
  });
  const environ = await Bun.file(`/proc/${agent.child("exporter")}/environ`).text();
  expect(environ).not.toMatch(/NOTIFY_SOCKET|WATCHDOG/);
  await Bun.sleep(3500);
  await agent.end();
  await until(() => receiver.lines.includes("STOPPING=1"), "the agent stops");
  const [, ready, ...others] = receiver.lines;
  expect(ready).toBe("READY=1");
  expect(others.filter((line) => line === "WATCHDOG=1").length).toBeGreaterThanOrEqual(2);
  expect(others.find((line) => line.startsWith("STATUS="))).toMatch(/^STATUS=Tracing: \d+ lines? passed on, 0 gaps, /);
  expect(others).not.toContain("READY=1");
});
