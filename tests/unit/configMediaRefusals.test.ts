import { expect } from "chai";
import { resolvePlan } from "../../config/resolve.ts";
import { refusals, smallestCluster } from "../support/refusals.ts";

const two = [{ name: "media1" }, { name: "media2" }];

describe("stack file: media servers", () => {
  refusals([
    [
      "balancing without media servers",
      { balancing: { users: ["9*"] } },
      [
        "balancing must come with mediaServers, got it without media servers; list the media servers that calls are spread over, or remove balancing",
      ],
    ],
    [
      "a media server with the floating address",
      { mediaServers: [{ name: "media1", address: "198.51.100.10" }] },
      [
        'mediaServers[0].address must lie in the private network 10.77.0.0/24, got "198.51.100.10"; choose an address in it or change hosts.privateSubnet',
        'mediaServers[0].address must differ from floatingIp.address (198.51.100.10), got "198.51.100.10"; give each its own address',
      ],
    ],
    [
      "a media server with a node's address",
      { mediaServers: [{ name: "media1", address: "10.77.0.12" }] },
      [
        'mediaServers[0].address must differ from hosts.nodes[1].address (10.77.0.12), got "10.77.0.12"; give each its own address',
      ],
    ],
    [
      "the same address and the same name for two media servers",
      { mediaServers: [{ name: "media1" }, { name: "media1", address: "10.77.0.41" }] },
      [
        'mediaServers[1].name must differ from mediaServers[0].name (media1), got "media1"; rename one of the two',
        'mediaServers[1].address must differ from mediaServers[0].address (10.77.0.41), got "10.77.0.41"; give each its own address',
      ],
    ],
    [
      "a media server with the name of another machine",
      { mediaServers: [{ name: "sip1" }] },
      ['mediaServers[0].name must differ from hosts.nodes[0].name (sip1), got "sip1"; rename one of the two'],
    ],
    [
      "a time to answer that OpenSIPS's timers do not know",
      {
        proxy: "opensips",
        packageSources: [{ directory: "debs" }],
        mediaServers: two,
        balancing: { answerWithinMs: 1500 },
      },
      [
        "balancing.answerWithinMs must be whole seconds with proxy opensips, whose timers know no less, got 1500; write 2000",
      ],
    ],
    [
      "FreeSWITCH in the lab",
      { mediaServers: [{ name: "media1", kind: "freeswitch" }] },
      [
        'mediaServers[0].kind must be asterisk in the lab, since no Debian release has FreeSWITCH, got "freeswitch"; write asterisk',
      ],
    ],
    [
      "user parts that another one covers",
      { mediaServers: two, balancing: { users: ["9*", "conference", "91*", "+49*", "conference"] } },
      [
        'balancing.users[2] must not be covered by balancing.users[0] (9*), got "91*"; remove one of the two',
        'balancing.users[4] must not be covered by balancing.users[1] (conference), got "conference"; remove one of the two',
      ],
    ],
    [
      "a user part that a regular expression would read otherwise",
      { mediaServers: two, balancing: { users: ["9.*|.*"] } },
      [
        'balancing.users[0] must be a user part in lower case, or digits with a * behind them, got "9.*|.*"; change it, for instance 9*',
      ],
    ],
  ]);
});

describe("plan of media servers", () => {
  it("gives each an address of its own in the lab, and every default", () => {
    const resolution = resolvePlan({ ...smallestCluster, mediaServers: two }, "test");
    expect("plan" in resolution && resolution.plan.mediaServers).to.deep.equal([
      { name: "media1", kind: "asterisk", address: "10.77.0.41", port: 5060, weight: 50, priority: 0 },
      { name: "media2", kind: "asterisk", address: "10.77.0.42", port: 5060, weight: 50, priority: 0 },
    ]);
  });
});
