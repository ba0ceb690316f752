/** A sleep that can be ended early. */
export class Pause {
  #wake: (() => void) | undefined;

  async sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
  }

  /** Ends the present sleep, if there is one. */
  end(): void {
    this.#wake?.();
  }
}
