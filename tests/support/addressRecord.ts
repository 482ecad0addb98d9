import { execa } from "execa";

/** A line of `ip -4 -o -ts monitor address`. */
const EVENT = /^\[(\S+)\] (Deleted )?.* inet (\S+)\/\d+ .*scope global/;

interface Change {
  readonly at: string;
  readonly node: string;
  readonly address: string;
  readonly gained: boolean;
}

/** What became of the addresses of a group while something was done. */
export interface Holders {
  /** `NODE ADDRESS` in the order in which they were gained. */
  readonly gained: readonly string[];
  /** Moments at which two nodes had an address, each as a line. */
  readonly together: readonly string[];
}

/** Every change of the public card's addresses of some nodes, by the kernel's own word, so that no moment is missed. */
export class AddressRecord {
  readonly #containers: ReadonlyMap<string, string>;
  #first: readonly (readonly [node: string, address: string])[] = [];

  private constructor(containers: ReadonlyMap<string, string>) {
    this.#containers = containers;
  }

  /**
   * @param containers by node; they share one clock
   * @param card the public one of each
   */
  static async begin(containers: ReadonlyMap<string, string>, card = "eth1"): Promise<AddressRecord> {
    const record = new AddressRecord(containers);
    const monitor = `exec ip -4 -o -ts monitor address dev ${card} >/run/addresses`;
    await record.#each(`systemd-run -q --collect --unit=address-record sh -c '${monitor}'`);
    const first = await record.#each(`ip -4 -o addr show dev ${card} scope global | awk '{ print $4 }'`);
    record.#first = first.flatMap(([node, text]) =>
      text.split("\n").flatMap((line) => (line === "" ? [] : [[node, line.split("/")[0] ?? ""] as const])),
    );
    return record;
  }

  async end(): Promise<Holders> {
    const texts = await this.#each("systemctl stop address-record; cat /run/addresses");
    const changes = texts.flatMap(([node, text]) => text.split("\n").flatMap((line) => changeIn(line, node)));
    return holders(
      this.#first,
      changes.sort((a, b) => (a.at < b.at ? -1 : 1)),
    );
  }

  async #each(line: string): Promise<(readonly [node: string, said: string])[]> {
    return Promise.all(
      [...this.#containers].map(async ([node, container]) => {
        const { stdout } = await execa("docker", ["exec", container, "sh", "-c", line]);
        return [node, stdout] as const;
      }),
    );
  }
}

function changeIn(line: string, node: string): readonly Change[] {
  const [, at, deleted, address] = EVENT.exec(line) ?? [];
  return at === undefined || address === undefined ? [] : [{ at, node, address, gained: deleted === undefined }];
}

function holders(first: readonly (readonly [node: string, address: string])[], changes: readonly Change[]): Holders {
  const held = new Set(first.map(([node, address]) => `${node} ${address}`));
  const together: string[] = [];
  const gained: string[] = [];
  for (const { at, node, address, gained: more } of changes) {
    const entry = `${node} ${address}`;
    if (!more) held.delete(entry);
    else if (!held.has(entry)) {
      held.add(entry);
      gained.push(entry);
    }
    const nodes = new Set([...held].map((known) => known.split(" ")[0]));
    if (nodes.size > 1) together.push(`${at}: ${[...held].join(", ")}`);
  }
  return { gained, together };
}
