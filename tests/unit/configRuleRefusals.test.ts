import { expect } from "chai";
import { faultsOf, refusals, smallestCluster } from "../support/refusals.ts";

describe("stack file: timers and ports", () => {
  refusals([
    [
      "deadtime not above twice keepalive",
      { timing: { keepaliveMs: 500, warntimeMs: 600, deadtimeMs: 1000, initdeadMs: 10000 } },
      ["timing.deadtimeMs must exceed twice keepaliveMs (1000), got 1000; raise deadtimeMs or lower keepaliveMs"],
    ],
    [
      "warntime not above keepalive",
      { timing: { keepaliveMs: 200, warntimeMs: 200, deadtimeMs: 1000, initdeadMs: 10000 } },
      ["timing.warntimeMs must exceed keepaliveMs (200), got 200; raise warntimeMs or lower keepaliveMs"],
    ],
    [
      "warntime not below deadtime",
      { timing: { keepaliveMs: 200, warntimeMs: 1000, deadtimeMs: 1000, initdeadMs: 10000 } },
      ["timing.deadtimeMs must exceed warntimeMs (1000), got 1000; raise deadtimeMs or lower warntimeMs"],
    ],
    [
      "initdead below twice deadtime",
      { timing: { keepaliveMs: 200, warntimeMs: 500, deadtimeMs: 8000, initdeadMs: 10000 } },
      ["timing.initdeadMs must be at least twice deadtimeMs (16000), got 10000; raise initdeadMs or lower deadtimeMs"],
    ],
    [
      "initdead below ten seconds",
      { timing: { keepaliveMs: 200, warntimeMs: 500, deadtimeMs: 1000, initdeadMs: 9999 } },
      [
        "timing.initdeadMs must be a whole number of milliseconds from 10000 to 600000, got 9999; change it, for instance initdeadMs: 10000",
      ],
    ],
    [
      "a level with a fault where faults are not allowed",
      { verification: { first: "power-off", change: "power-off", faults: false } },
      [
        'verification.first must be without a fault while verification.faults is false, got "power-off"; write first: switchover, or faults: true where service may be broken',
        'verification.change must be without a fault while verification.faults is false, got "power-off"; write change: switchover, or faults: true where service may be broken',
      ],
    ],
    [
      "restarts and a window out of range",
      { supervision: { restarts: 0, windowSec: 5 } },
      [
        "supervision.restarts must be a whole number of restarts from 1 to 20, got 0; change it, for instance restarts: 5",
        "supervision.windowSec must be a whole number of seconds from 10 to 3600, got 5; change it, for instance windowSec: 120",
      ],
    ],
    [
      "a window that hangs could never fill",
      { supervision: { restarts: 10, windowSec: 30 } },
      [
        "supervision.windowSec must be at least 5 seconds for each of supervision.restarts (50), or hangs would never count up to them, got 30; raise windowSec or lower restarts",
      ],
    ],
    [
      "relay ports in the wrong order",
      { relayPorts: { min: 36000, max: 35000 } },
      ["relayPorts.max must not be below relayPorts.min (36000), got 35000; exchange the two"],
    ],
    [
      "too few relay ports from an odd one",
      { relayPorts: { min: 35001, max: 35010 } },
      [
        "relayPorts.min must be even, since RTP takes the even port of a pair (RFC 3550 section 11), got 35001; write 35000 or 35002",
        "relayPorts.max must leave at least 100 ports from relayPorts.min (35001), got 35010; raise relayPorts.max or lower relayPorts.min",
      ],
    ],
    [
      "a SIP port among the relay ports",
      { sip: { domain: "sip.example.net", port: 35060 } },
      ["sip.port must lie outside relayPorts (35000-36999), got 35060; change it or relayPorts"],
    ],
    [
      "a heartbeat port among the relay ports",
      { heartbeatPort: 36999 },
      ["heartbeatPort must lie outside relayPorts (35000-36999), got 36999; change it or relayPorts"],
    ],
    [
      "a heartbeat port that is the SIP port",
      { heartbeatPort: 5060 },
      ["heartbeatPort must differ from sip.port (5060), got 5060; change one of the two"],
    ],
  ]);
});

describe("stack file: secrets", () => {
  refusals([
    [
      "a secret inside the cluster's key and does not repeat it",
      { database: { port: 3306, password: "hush-hush" } },
      [
        "database.password must not be in sip-ha:cluster, which previews show in clear, got a value that is not shown here; remove it; a password of your own for the database is set by `pulumi config set --secret sip-ha:databasePassword`",
      ],
    ],
    [
      "secrets wherever they are and does not repeat them",
      {
        sip: [{ authKey: "hush-hush" }],
        hosts: { nodes: [{ name: "sip1", privateKey: "hush-hush" }, { name: "sip2" }] },
      },
      [
        'sip must be a mapping with domain, port, tcp, tls, got [{"authKey":"(hidden)"}]; change it, for instance sip: { domain: sip.example.net }',
        "sip[0].authKey must not be in sip-ha:cluster, which previews show in clear, got a value that is not shown here; remove it; a password of your own for the database is set by `pulumi config set --secret sip-ha:databasePassword`",
        "hosts.nodes[0].privateKey must not be in sip-ha:cluster, which previews show in clear, got a value that is not shown here; remove it; the private key is a file (hosts.ssh.identity.file), in an agent, or set by `pulumi config set --secret sip-ha:sshKey <FILE`",
      ],
    ],
  ]);
});

describe("stack file: everything at once", () => {
  it("rejects a file with faults of every kind and names all of them", () => {
    const input = {
      engine: "heartbeat",
      relais: "rtpproxy",
      sip: { domain: "sip.example.net", port: "5060" },
      floatingIp: { address: "198.51.100.10", prefix: 24, gateway: "198.51.101.1" },
      timing: { keepaliveMs: 150, warntimeMs: 500, deadtimeMs: 400, initdeadMs: "10s" },
      hosts: { nodes: [{ name: "sip1" }], database: { name: "sip1" }, caller: { address: "fd00::31" } },
    };
    expect(faultsOf(input).map((line) => line.split(" ")[0])).to.deep.equal([
      "sip.port",
      "timing.initdeadMs",
      "hosts.caller.address",
      "relais",
      "hosts.nodes",
      "hosts.database.name",
      "floatingIp.gateway",
      "timing.deadtimeMs",
    ]);
  });

  it("draws no conclusions from an option that is itself refused", () => {
    const hosts = { privateSubnet: "10.78.0.0", nodes: [{ name: "sip1", address: "10.78.0.11" }, { name: "sip2" }] };
    expect(faultsOf({ ...smallestCluster, hosts })).to.have.length(1);
  });
});
