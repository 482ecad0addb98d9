import { type Fault, show } from "./faults.ts";

/** A value and the path in the stack file that decides it. */
export interface At<Value> {
  readonly path: string;
  readonly value: Value;
}

type Verdict = Omit<Fault, "path" | "got"> & { readonly got?: string };

/** Collects the faults of rules that look at several options; a rule over an unsound option is passed over. */
export class RuleBook {
  readonly faults: Fault[] = [];
  readonly #unsound: readonly string[];

  constructor(unsound: readonly string[]) {
    this.#unsound = unsound;
  }

  /** False where something above or at the path is unsound, so that its value says nothing. */
  sound(path: string): boolean {
    return !this.#unsound.some(
      (bad) => bad === "" || path === bad || path.startsWith(`${bad}.`) || path.startsWith(`${bad}[`),
    );
  }

  /** Refuses `subject` when it is `wrong`; `others` are what it was compared with. */
  refuse(wrong: boolean, subject: At<unknown>, others: readonly At<unknown>[], verdict: Verdict): void {
    if (!wrong || ![subject, ...others].every(({ path }) => this.sound(path))) return;
    const { got = show(subject.value), allowed, fix } = verdict;
    this.faults.push({ path: subject.path, got, allowed, fix });
  }
}
