import { expect } from "chai";
import { existingCluster } from "../support/existingCluster.ts";
import { faultsOf, refusals } from "../support/refusals.ts";

describe("stack file: firewall", () => {
  refusals([
    [
      "bounds out of range, an unknown mode and an empty list, all at once",
      {
        firewall: {
          mode: "strict",
          ssh: [],
          limits: { sipPacketsPerSec: 1, mediaPacketsPerSec: 1, tcpConnections: 0 },
        },
      },
      [
        'firewall.mode must be one of managed, none, got "strict"; change it, for instance mode: none',
        "firewall.ssh must be a list of 1 to 50 networks in CIDR form, got []; change it, for instance ssh: [ 10.77.0.2/32 ]",
        "firewall.limits.sipPacketsPerSec must be a whole number of packets from 10 to 1000000, got 1; change it, for instance sipPacketsPerSec: 10000",
        "firewall.limits.mediaPacketsPerSec must be a whole number of packets from 100 to 10000000, got 1; change it, for instance mediaPacketsPerSec: 20000",
        "firewall.limits.tcpConnections must be a whole number of connections from 1 to 60000, got 0; change it, for instance tcpConnections: 2000",
      ],
    ],
    [
      "a lab that its bastion would not reach",
      { firewall: { ssh: ["10.77.0.64/26"] } },
      ["firewall.ssh must cover the bastion (10.77.0.2), got 10.77.0.64/26; add 10.77.0.2/32, or leave it out"],
    ],
    [
      "networks with host bits, a range backwards and a machine that is not there",
      {
        firewall: {
          ssh: ["10.77.0.2/24"],
          allow: [{ from: "10.77.0.5/24", port: 9104, lastPort: 9100, hosts: ["db", "sip3"] }],
        },
      },
      [
        'firewall.ssh[0] must begin with the network\'s own address, got "10.77.0.2/24"; write 10.77.0.0/24',
        'firewall.allow[0].from must begin with the network\'s own address, got "10.77.0.5/24"; write 10.77.0.0/24',
        "firewall.allow[0].lastPort must not be below port (9104), got 9100; exchange the two",
        'firewall.allow[0].hosts[1] must be one of bastion, sip1, sip2, db, caller, got "sip3"; name a machine of the cluster, or leave hosts out for all of them',
      ],
    ],
    [
      "a limit of packets below what is allowed in requests",
      { firewall: { limits: { sipPacketsPerSec: 1500 } } },
      [
        "firewall.limits.sipPacketsPerSec must be at least twice rateLimit.requestsPerSec (2000), or that limit would never be reached, got 1500; raise it, leave it out, or lower rateLimit.requestsPerSec",
      ],
    ],
    [
      "exceptions from what is not there",
      { firewall: { mode: "none", ssh: ["10.77.0.0/24"], allow: [{ from: "10.77.0.5/32", port: 9100 }] } },
      [
        "firewall.ssh must be left out with firewall.mode none, got a list; remove it, or write mode: managed",
        "firewall.allow must be left out with firewall.mode none, got a list; remove it, or write mode: managed",
      ],
    ],
  ]);

  it("takes any network for SSH with machines that are reached in another way", () => {
    expect(faultsOf({ ...existingCluster(), firewall: { ssh: ["192.168.7.0/24"] } })).to.deep.equal([]);
  });
});
