import { z } from "zod";
import { clockSchema } from "../../remote/clock.ts";
import { fencingSchema, type OwnerView } from "../../remote/programs.ts";
import { supervisionSchema } from "./supervision.ts";

/** JSON inside a string; undefined when a program said something else. */
function embedded<T>(schema: z.ZodType<T>) {
  return z.string().transform((text): T | undefined => {
    const parsed = schema.safeParse(jsonOrUndefined(text));
    return parsed.success ? parsed.data : undefined;
  });
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // an error message instead of an answer, which the caller reports as no answer
  }
}

const ownerSchema: z.ZodType<OwnerView> = z.object({
  self: z.string(),
  owner: z.string().nullable(),
  role: z.enum(["active", "standby", "stopped", "transition", "maintenance"]),
  since: z.string().nullable(),
});
const peersSchema = z.array(z.object({ node: z.string(), status: z.string() }));
const pathsSchema = z.array(z.object({ peer: z.string(), link: z.string(), status: z.string() }));

/** `NAME=state` lines of systemd units, without `.service`. */
const unitsSchema = z.string().transform((text): Readonly<Record<string, string>> =>
  Object.fromEntries(
    lines(text).map((line) => {
      const [unit = "", state = ""] = line.split("=");
      return [unit.replace(/\.service$/, ""), state];
    }),
  ),
);

/** sha256sum(1)'s lines as path to checksum. */
const filesSchema = z
  .string()
  .transform(
    (text): ReadonlyMap<string, string> =>
      new Map(
        lines(text).flatMap((line) => (/^[0-9a-f]{64} {2}\//.test(line) ? [[line.slice(66), line.slice(0, 64)]] : [])),
      ),
  );

/** `NAME up|missed|down` lines; `missed` still gets calls. */
const mediaServersSchema = z.string().transform(
  (text): ReadonlyMap<string, string> =>
    new Map(
      lines(text).map((line) => {
        const [name = "", state = ""] = line.split(" ");
        return [name, state];
      }),
    ),
);

/** Counts as printed by the database's client; what it said instead where it could not. */
const rowsSchema = z.string().transform((text): Counts | { said: string } => {
  const [, contacts, subscribers, calls] = /^(\d+)\t(\d+)\t(\d+)$/.exec(text.trim()) ?? [];
  if (calls === undefined) return { said: text.trim() };
  return { contacts: Number(contacts), subscribers: Number(subscribers), calls: Number(calls) };
});

/** What the database holds of the cluster; `calls` are the answered ones that have not ended. */
export interface Counts {
  readonly contacts: number;
  readonly subscribers: number;
  readonly calls: number;
}

const commonShape = {
  /** Identity of the packages in service. */
  bundle: z.string(),
  clock: clockSchema,
  /** Checksums of the deployed files that are equal on all hosts of the role, without and with secrets. */
  files: filesSchema,
  secrets: filesSchema,
};

const nodeReportSchema = z.object({
  ...commonShape,
  role: z.literal("node"),
  /** Global addresses of the public card, with prefix. */
  addresses: z.string().transform(lines),
  /** Default routes. */
  route: z.string().transform(lines),
  units: unitsSchema,
  owner: embedded(ownerSchema),
  peers: embedded(peersSchema),
  paths: embedded(pathsSchema),
  /** Undefined when the watcher said something else, absent from a release without one. */
  supervision: embedded(supervisionSchema).optional(),
  /** The device that switches this node's peer off; undefined before the release that has it. */
  fencing: embedded(fencingSchema).optional(),
  /** `ok`, empty when its unit does not run, or why its monitor fails. */
  proxy: z.string(),
  /** Absent in a group without a relay. */
  relay: z.string().optional(),
  /** How many calls the relay keeps outside of the node, or why it cannot; absent for a relay that keeps none. */
  relayStore: z.string().optional(),
  /** What the proxy thinks of each media server, by name; empty where it does not run, absent without media servers. */
  mediaServers: mediaServersSchema.optional(),
  /** `ok` when the database accepts a connection from here. */
  database: z.string(),
});

const databaseReportSchema = z.object({
  ...commonShape,
  role: z.literal("database"),
  units: unitsSchema,
  rows: rowsSchema,
});

const otherReportSchema = z.object({ ...commonShape, role: z.enum(["bastion", "caller", "fence", "router"]) });

const reportSchema = z.discriminatedUnion("role", [nodeReportSchema, databaseReportSchema, otherReportSchema]);

/** What the report program of a host printed. */
export type HostReport = z.infer<typeof reportSchema>;
export type NodeReport = z.infer<typeof nodeReportSchema>;
export type DatabaseReport = z.infer<typeof databaseReportSchema>;

/** @throws Error when the text is no report, for instance of another version of the program. */
export function parseReport(text: string): HostReport {
  const parsed = reportSchema.safeParse(jsonOrUndefined(text));
  if (!parsed.success) throw new Error(`unreadable report: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
}
