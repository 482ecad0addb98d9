import { refusals } from "../support/refusals.ts";

describe("stack file: relay and Redis", () => {
  refusals([
    [
      "more calls than the relay ports carry",
      { concurrentCalls: 251 },
      [
        "concurrentCalls must be at most 250, since a call uses 4 of the ports 35000-35999, got 251; widen relayPorts to 1004 ports or announce fewer calls",
      ],
    ],
    [
      "Redis beside a relay that keeps nothing in it",
      { redis: { maxMemoryMb: 64 } },
      [
        "redis must be left out with relay rtpproxy, which keeps nothing in it, got { maxMemoryMb: 64 }; remove it or write relay: rtpengine",
      ],
    ],
  ]);
});
