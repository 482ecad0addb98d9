import { registrationAndCall } from "../scenarios/call.ts";
import { mediaBounds } from "../bounds/mediaBounds.ts";
import { firstChoice, mediaServerDies } from "../scenarios/mediaServer.ts";
import { activePower } from "./power.ts";
import { powerOff } from "../scenarios/powerOff.ts";
import { switchover } from "../scenarios/switchover.ts";
import { daemonEntries } from "./daemonEntries.ts";
import { databaseEntries } from "./databaseEntries.ts";
import type { CatalogueEntry } from "./entry.ts";
import { fencingEntries } from "./fencing.ts";
import { heartbeatEntries } from "./heartbeatEntries.ts";
import { loadEntries } from "./loadEntries.ts";
import { machineEntries } from "./machines.ts";
import { networkEntries } from "./networks.ts";
import { pathEntries } from "./paths.ts";
import { pushEntries } from "./pushEntries.ts";

/** Every scenario, in the order in which a reader would want to see them run. */
export const catalogue: readonly CatalogueEntry[] = [
  {
    name: "call",
    rows: [30],
    title: "two phones register, one calls the other, both are heard",
    harm: "none",
    run: registrationAndCall,
  },
  {
    name: "switchover",
    rows: [28, 30],
    title: "a planned switchover under load",
    harm: "switchover",
    run: (tools, { active, load }) => switchover(tools, active, load),
  },
  {
    name: "power-off",
    rows: [5, 30],
    title: "the active node loses its power and comes back",
    harm: "fault",
    ...activePower((tools, { active, load }, power) => powerOff(tools, active, power, { load })),
  },
  ...databaseEntries,
  ...loadEntries,
  ...daemonEntries,
  {
    name: "media-server",
    rows: [29],
    title: "a media server dies under calls and comes back",
    harm: "fault",
    unavailable: ({ context, mediaPower }) => {
      const servers = firstChoice(context.plan.mediaServers);
      const [server] = servers;
      if (server === undefined) return "the stack has no media servers";
      if (servers.length < 2) return `${server.name} is alone in its priority`;
      return mediaPower(server.name) === undefined ? `nothing can switch ${server.name} off and on` : undefined;
    },
    run: (tools, { active, restoration }) => {
      const { plan } = tools.context;
      const [server] = firstChoice(plan.mediaServers);
      if (server === undefined) throw new Error("the stack has no media servers");
      const power = tools.mediaPower(server.name);
      if (power === undefined) throw new Error(`nothing can switch ${server.name} off and on from outside`);
      restoration.add(`power of ${server.name}`, async () => {
        await power.on();
        await tools.context.recovered(mediaBounds(plan.balancing, plan.verification.tolerance).answersItself.limit);
      });
      return mediaServerDies(tools, active, { server, power });
    },
  },
  ...heartbeatEntries,
  ...pathEntries,
  ...networkEntries,
  ...fencingEntries,
  ...machineEntries,
  ...pushEntries,
];
