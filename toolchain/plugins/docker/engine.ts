import Docker from "dockerode";

/** The engine that DOCKER_HOST names, by default the local socket. */
export const engine = new Docker();

/** An engine's refusal in the words of Docker's own client. */
export function engineText(error: unknown): string {
  const json: unknown = error instanceof Error && "json" in error ? error.json : undefined;
  if (typeof json === "object" && json !== null && "message" in json && typeof json.message === "string") {
    return `Error response from daemon: ${json.message}`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** True when the engine says that there is no such thing. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "statusCode" in error && error.statusCode === 404;
}

/** Terraform's form of a single error, which is what the official plugin's users see. */
export function oneError(text: string): Error {
  return new Error(`1 error occurred:\n\t* ${text}\n\n`);
}

/** What a failed engine call looks like to the user: what was tried, and what the engine said. */
export async function attempt<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new EngineFailure(`${what}: ${engineText(error)}`, error);
  }
}

/** A step that the engine refused. */
export class EngineFailure extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "EngineFailure";
  }
}

/** Makes sure that the image is there, pulling it if it is not. */
export async function requireImage(name: string): Promise<Docker.ImageInspectInfo> {
  try {
    return await engine.getImage(name).inspect();
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  try {
    const progress = await engine.pull(name);
    await new Promise<void>((resolve, reject) => {
      engine.modem.followProgress(progress, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
    return await engine.getImage(name).inspect();
  } catch (error) {
    throw new EngineFailure(`unable to pull image ${name}: error pulling image ${name}: ${engineText(error)}`, error);
  }
}
