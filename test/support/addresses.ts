/** Compiles and runs test/fixtures/addresses.c, which prints the addresses of its functions. */
import { fixture, runToEnd } from "./tracer.ts";

const source = new URL("../fixtures/addresses.c", import.meta.url).pathname;

/** Compiles the fixture. Returns the program's path. @throws Error if clang refuses a flag. */
export async function compile(to: string, ...flags: string[]): Promise<string> {
  const command = ["clang", "-O1", "-g0", "-D_GNU_SOURCE", ...flags, "-o", to, source];
  const { status, stderr } = await runToEnd(command);
  if (status !== 0) throw new Error(stderr);
  return to;
}

/** A running fixture, which ends on disposal. */
export class Running {
  private constructor(
    readonly child: Bun.Subprocess<"pipe", "pipe", "inherit">,
    /** The printed addresses by the function's name, and `vdso`. */
    readonly addresses: Map<string, bigint>,
  ) {}

  /** @param via a command that prepares something and then executes its arguments */
  static async start(program: string = fixture("addresses"), via: string[] = []): Promise<Running> {
    const child = Bun.spawn([...via, program], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    const addresses = new Map<string, bigint>();
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of child.stdout) {
      text += decoder.decode(chunk, { stream: true });
      if (/^vdso .*\n/m.test(text)) break;
    }
    for (const [, name, address] of text.matchAll(/^(\S+) ([0-9a-f]+)$/gm))
      addresses.set(name!, BigInt(`0x${address}`));
    if (!addresses.has("vdso")) throw new Error(`${program} printed no addresses: ${text}`);
    return new Running(child, addresses);
  }

  get pid(): number {
    return this.child.pid;
  }

  at(name: string): bigint {
    const address = this.addresses.get(name);
    if (address === undefined) throw new Error(`the fixture printed no address of ${name}`);
    return address;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.stdin.end();
    await this.child.exited;
  }
}
