import { messageOf } from "../../remote/eventually.ts";

/** What has to be undone at the end of a verification, however it ends: last added, first undone. */
export class Restoration {
  readonly #actions: { readonly what: string; readonly undo: () => Promise<void> }[] = [];
  readonly #progress: (line: string) => void;

  constructor(progress: (line: string) => void) {
    this.#progress = progress;
  }

  add(what: string, undo: () => Promise<void>): void {
    this.#actions.push({ what, undo });
  }

  /** Undoes everything; one that fails does not keep the others from it. Answers what could not be undone. */
  async run(): Promise<readonly string[]> {
    const failed: string[] = [];
    for (const { what, undo } of this.#actions.splice(0).reverse()) {
      try {
        await undo();
      } catch (error) {
        const line = `clean-up: ${what}: ${messageOf(error)}`;
        this.#progress(line);
        failed.push(line);
      }
    }
    return failed;
  }
}
