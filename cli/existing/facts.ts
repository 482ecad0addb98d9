/** What one machine told of itself, see files/stage/inspect.sh for the lines. */
export interface MachineFacts {
  readonly os: string;
  readonly architecture: string;
  readonly name: string;
  /** `yes`, or why not. */
  readonly sudo: string;
  /** How far its clock is ahead of the controller's, in milliseconds, and how far that may be off. */
  readonly clock: { readonly offsetMs: number; readonly unsureMs: number };
  readonly freeBytes: number;
  readonly init: string;
  readonly cards: readonly { readonly name: string; readonly mac: string; readonly state: string }[];
  /** With prefix. */
  readonly addresses: readonly { readonly card: string; readonly address: string }[];
  /** Default routes as `ip route` shows them, without the word default. */
  readonly defaultRoutes: readonly string[];
  /** Files that configure the floating IP. */
  readonly configured: readonly string[];
  /** Files that configure a default route. */
  readonly gateways: readonly string[];
  /** Running services that the cluster's own would meet. */
  readonly rivals: readonly string[];
  /** Where the connection comes from and on which port it came in; `-` where that is not known. */
  readonly ssh: { readonly from: string; readonly port: string };
  /** Who else decides what arrives. */
  readonly filters: readonly string[];
  readonly ports: readonly { readonly protocol: string; readonly address: string; readonly program: string }[];
  /** By the name of the machine that shall be reached. */
  readonly reach: ReadonlyMap<string, { readonly answers: boolean; readonly card: string }>;
  /** Name of the stack whose release it has. */
  readonly cluster?: string;
  readonly release: boolean;
}

/** When a question was asked and answered, by the controller's clock. */
export interface Asked {
  readonly beganMs: number;
  readonly endedMs: number;
}

/** @throws Error when the lines are not those of the program, or were cut off. */
export function parseMachineFacts(text: string, { beganMs, endedMs }: Asked): MachineFacts {
  const lines = text.split("\n").map((line) => {
    const at = line.indexOf("=");
    return { key: line.slice(0, at), value: line.slice(at + 1) };
  });
  const all = (key: string): readonly string[] =>
    lines.filter((line) => line.key === key).map(({ value }) => value.trim());
  const one = (key: string): string => all(key)[0] ?? "";
  if (one("complete") !== "yes") throw new Error(`the look at it ended early: ${text.trim().slice(-200)}`);
  const [cluster] = all("cluster");
  const [from = "-", port = "-"] = one("ssh").split(" ");
  return {
    os: one("os"),
    architecture: one("architecture"),
    name: one("name"),
    sudo: one("sudo"),
    clock: clockOf(Number(one("time")), { beganMs, endedMs }),
    freeBytes: Number(one("free_kib")) * 1024,
    init: one("init"),
    cards: all("card").map((line) => {
      const [name = "", mac = "", state = ""] = line.split(" ");
      return { name, mac, state };
    }),
    addresses: all("address").map((line) => {
      const [card = "", address = ""] = line.split(" ");
      return { card, address };
    }),
    defaultRoutes: all("default"),
    configured: all("configured"),
    gateways: all("gateway"),
    rivals: all("rival").map((line) => line.split(" ")[0] ?? ""),
    ssh: { from, port },
    filters: [...new Set(all("filter"))],
    ports: all("port").map((line) => {
      const [protocol = "", address = "", program = ""] = line.split(" ");
      return { protocol, address, program };
    }),
    reach: new Map(
      all("reach").map((line) => {
        const [name = "", answers = "", card = ""] = line.split(" ");
        return [name, { answers: answers === "yes", card }];
      }),
    ),
    ...(cluster === undefined ? {} : { cluster }),
    release: one("release") === "yes",
  };
}

/** The machine read its clock somewhere between question and answer. */
function clockOf(time: number, { beganMs, endedMs }: Asked): MachineFacts["clock"] {
  const unsureMs = (endedMs - beganMs) / 2;
  return { offsetMs: Math.round(time - (beganMs + unsureMs)), unsureMs: Math.ceil(unsureMs) };
}
