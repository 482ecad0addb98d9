import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

/** A resource that a program asked Pulumi for. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** What every random password is. */
export const SECRET = "secret-result-of-a-random-password";

/** Runs a program with mocks that answer every resource with its inputs, and what a provider would add to them. */
export async function registeredBy(
  project: string,
  stack: string,
  program: () => void | Promise<void>,
): Promise<readonly Registered[]> {
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, id }) => {
        const known = z.record(z.string(), z.unknown()).parse(inputs);
        registered.push({ type, name, inputs: known });
        if (type === "random:index/randomPassword:RandomPassword") known["result"] = SECRET;
        if (type.startsWith("command:")) known["stdout"] = "{}";
        return { id: id === undefined || id === "" ? `${name}-id` : id, state: known };
      },
      call: () => ({}),
    },
    project,
    stack,
  );
  await program();
  await pulumi.runtime.disconnect();
  return registered;
}
