import type { ClusterPlan } from "../../config/plan.ts";
import type { LineStream, Session } from "../../remote/session.ts";
import { SAMPLE_MS } from "../bounds/bounds.ts";
import { type NeighbourLook, parseNeighbour, watchNeighbour } from "./neighbour.ts";
import { parseSample, type Sample } from "./samples.ts";

/** Looks at every node at a steady pace while a scenario runs. */
export class Observer {
  readonly #plan: ClusterPlan;
  readonly #samples = new Map<string, Sample[]>();
  /** The looks at the gateway's neighbour table so far. */
  readonly neighbour: NeighbourLook[] = [];
  readonly #streams: LineStream[] = [];

  constructor(plan: ClusterPlan) {
    this.#plan = plan;
  }

  /** Begins to watch a node; again after it came back from a power failure. */
  async watch(session: Session): Promise<void> {
    const samples = this.of(session.name);
    this.#samples.set(session.name, samples);
    const { floatingIp, sip } = this.#plan;
    const command = `/usr/lib/sip-ha/observe sample ${floatingIp.address} ${sip.port} ${SAMPLE_MS}`;
    const stream = await session.stream(command, (line) => {
      const sample = parseSample(line);
      if (sample) samples.push(sample);
    });
    this.#streams.push(stream);
  }

  /** Begins to watch whom the gateway sends to. */
  async watchGateway(session: Session): Promise<void> {
    const { address } = this.#plan.floatingIp;
    const stream = await session.stream(watchNeighbour(address, SAMPLE_MS), (line) => {
      const look = parseNeighbour(line, address);
      if (look) this.neighbour.push(look);
    });
    this.#streams.push(stream);
  }

  /** The looks at a node so far. */
  of(node: string): Sample[] {
    return this.#samples.get(node) ?? [];
  }

  /** Takes what a node itself noted in place of what was heard from it. */
  replace(node: string, samples: readonly Sample[]): void {
    this.#samples.set(node, [...samples]);
  }

  /** All looks so far, by node. */
  all(): ReadonlyMap<string, readonly Sample[]> {
    return this.#samples;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#streams.splice(0).map((stream) => stream.stop()));
  }
}
