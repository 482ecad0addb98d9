import { Listr, ListrLogger, ProcessOutput, PRESET_TIMER, type ListrTask } from "listr2";

/** One step of the preparation. Each can be interrupted at any point and run again. */
export interface Step {
  /** What it provides. */
  readonly title: string;
  /** Whether there is nothing to do; must be quick. */
  readonly isDone: () => Promise<boolean>;
  /** Does it, and returns what is worth knowing of the result. */
  readonly work: (onLine: (line: string) => void) => Promise<string | undefined>;
}

/** Whether any step has something to do. */
export async function anyPending(steps: readonly Step[]): Promise<boolean> {
  for (const step of steps) if (!(await step.isDone())) return true;
  return false;
}

/**
 * Runs the steps in order and shows on stderr what each does and how long it took; plain lines when stderr is no terminal.
 * @throws what a step throws; the steps after it are not begun
 */
export async function runSteps(steps: readonly Step[], stream: NodeJS.WriteStream = process.stderr): Promise<void> {
  const logger = new ListrLogger({ processOutput: new ProcessOutput(stream, stream) });
  const tasks = steps.map((step) => asTask(step));
  const shared = { concurrent: false, exitOnError: true, registerSignalListeners: false };
  const renderer = { logger, timer: PRESET_TIMER, collapseSkips: false, showErrorMessage: false };
  const list = stream.isTTY
    ? new Listr(tasks, { ...shared, renderer: "default", rendererOptions: renderer })
    : new Listr(tasks, { ...shared, renderer: "simple", rendererOptions: renderer });
  await list.run();
}

function asTask(step: Step): ListrTask {
  return {
    title: step.title,
    task: async (_context, task) => {
      if (await step.isDone()) {
        task.skip("there already");
        return;
      }
      const result = await step.work((line) => {
        task.output = line;
      });
      if (result !== undefined) task.title = `${step.title}: ${result}`;
    },
    rendererOptions: { bottomBar: false },
  };
}
