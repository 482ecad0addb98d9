import { expect } from "chai";
import { notices } from "../../config/notices.ts";
import { twoNodePlan } from "../support/plans.ts";
import { faultsOf, refusals, smallestCluster } from "../support/refusals.ts";

describe("stack file: relay and Redis", () => {
  refusals([
    [
      "more calls than the relay ports carry",
      { concurrentCalls: 251 },
      [
        "concurrentCalls must be at most 250, since a call uses 4 of the ports 35000-36999, of which each node has its own 1/2, got 251; widen relayPorts to 2008 ports or announce fewer calls",
      ],
    ],
    [
      "Redis beside a relay that keeps nothing in it",
      { redis: { maxMemoryMb: 64 } },
      [
        "redis must be left out with relay rtpproxy, which keeps nothing in it, got { maxMemoryMb: 64 }; remove it or write relay: rtpengine",
      ],
    ],
    [
      "MediaProxy without anywhere to have it from",
      { relay: "mediaproxy" },
      [
        "packageSources must have a source of MediaProxy with relay mediaproxy, since Debian has no such package, got none; add AG Projects' repository with its key, or { directory: ... } with mediaproxy-dispatcher, mediaproxy-relay, mediaproxy-common and what they need as .deb files",
      ],
    ],
    [
      "rtpengine without Redis",
      { relay: "rtpengine" },
      [
        "redis must be given with relay rtpengine, with a bound of its memory, got nothing; write redis: { maxMemoryMb: 64 }",
      ],
    ],
    [
      "Redis without a bound of its memory",
      { relay: "rtpengine", redis: { port: 6379 } },
      [
        "redis.maxMemoryMb must be a whole number of megabytes from 16 to 65536, got nothing; set it, for instance maxMemoryMb: 64",
      ],
    ],
    [
      "Redis with the bound that means none",
      { relay: "rtpengine", redis: { maxMemoryMb: 0 } },
      [
        "redis.maxMemoryMb must be a whole number of megabytes from 16 to 65536, got 0; change it, for instance maxMemoryMb: 64",
      ],
    ],
    [
      "Redis that is too small for the calls, at the database's port, beside too few ports, all at once",
      {
        relay: "rtpengine",
        concurrentCalls: 2000,
        redis: { maxMemoryMb: 32, port: 3306 },
      },
      [
        "concurrentCalls must be at most 500, since a call uses 4 of the ports 35000-36999, got 2000; widen relayPorts to 8000 ports or announce fewer calls",
        "redis.maxMemoryMb must be at least 40 for 2000 concurrentCalls (8 MB and 16 KB each), got 32; raise redis.maxMemoryMb or announce fewer calls",
        "redis.port must differ from database.port (3306), since both are on db, got 3306; change one of the two",
      ],
    ],
  ]);

  it("says before a deployment what a container may not", () => {
    expect(notices({ ...twoNodePlan(), relay: "mediaproxy" }).join()).to.include("has not been run in a lab");
    expect(notices(twoNodePlan())).to.deep.equal([]);
  });

  it("takes any number of calls where no relay carries them", () => {
    expect(faultsOf({ ...smallestCluster, relay: "none", concurrentCalls: 5000 })).to.deep.equal([]);
  });
});
