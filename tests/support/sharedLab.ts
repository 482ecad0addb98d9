import { type Outcome, Sandbox } from "./sandbox.ts";

/** A lab that several files of tests use in their turn, and everything that was said meanwhile. */
export class SharedLab {
  readonly heard: string[] = [];
  #sandbox: Sandbox | undefined;

  /** @throws Error before {@link begin} */
  get sandbox(): Sandbox {
    if (this.#sandbox === undefined) throw new Error("there is no lab yet");
    return this.#sandbox;
  }

  async begin(): Promise<void> {
    this.#sandbox = await Sandbox.create();
  }

  async end(): Promise<void> {
    await this.#sandbox?.sipHa("destroy");
    await this.#sandbox?.remove();
  }

  /** Keeps what a command said. */
  hear(outcome: Outcome): Outcome {
    this.heard.push(outcome.said);
    return outcome;
  }
}
