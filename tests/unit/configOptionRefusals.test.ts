import { clusterOption, keysOf } from "../../config/options.ts";
import { refusals } from "../support/refusals.ts";

const KEYS = keysOf(clusterOption).join(", ");

describe("stack file: a single option", () => {
  refusals([
    [
      "a stack file without its required options",
      { sip: undefined, floatingIp: undefined },
      [
        "sip must be a mapping with domain, port, tcp, tls, got nothing; set it, for instance sip: { domain: sip.example.net }",
        "floatingIp must be a mapping with address, prefix, gateway, got nothing; set it, for instance floatingIp: { address: 198.51.100.10, prefix: 24, gateway: 198.51.100.1 }",
      ],
    ],
    [
      "an unknown key and names the one that was meant",
      { tming: "fast" },
      [`tming must be one of the keys ${KEYS}, got an unknown key; did you mean timing`],
    ],
    [
      "an unknown key that is like no other",
      { watchdog: { restarts: 3 } },
      [`watchdog must be one of the keys ${KEYS}, got an unknown key; remove it`],
    ],
    [
      "an unknown key in a list of machines",
      { hosts: { nodes: [{ name: "sip1", adress: "10.77.0.11" }, { name: "sip2" }] } },
      ["hosts.nodes[0].adress must be one of the keys name, address, got an unknown key; did you mean address"],
    ],
    [
      "a domain in upper case",
      { sip: { domain: "SIP.Example.net" } },
      [
        'sip.domain must be a host name in lower case (RFC 1035) or an IPv4 address, got "SIP.Example.net"; write it in lower case: sip.example.net',
      ],
    ],
    [
      "hosts of an unknown kind",
      { hosts: { kind: "vm" } },
      ['hosts.kind must be one of lab, existing, got "vm"; change it, for instance kind: lab'],
    ],
    [
      "another engine, proxy or relay",
      { engine: "pacemaker", proxy: "asterisk", relay: "sems" },
      [
        'engine must be heartbeat, got "pacemaker"; write engine: heartbeat, the only one available',
        'proxy must be one of kamailio, opensips, got "asterisk"; change it, for instance proxy: kamailio',
        'relay must be one of rtpproxy, rtpengine, mediaproxy, none, got "sems"; change it, for instance relay: rtpproxy',
      ],
    ],
    [
      "a unit in a number",
      { timing: { keepaliveMs: "200ms", warntimeMs: "0.5 s", deadtimeMs: 1000, initdeadMs: 10000 } },
      [
        'timing.keepaliveMs must be a whole number of milliseconds from 30 to 10000, got "200ms"; write a plain number of milliseconds, no unit',
        'timing.warntimeMs must be a whole number of milliseconds from 60 to 60000, got "0.5 s"; write a plain number of milliseconds, no unit',
      ],
    ],
    [
      "a number in quotes",
      { sip: { domain: "sip.example.net", port: "5060" } },
      ['sip.port must be a port number from 1 to 65535, got "5060"; write 5060 without quotes'],
    ],
    [
      "a fraction and an empty value",
      { sip: { domain: null, port: 5060.5 } },
      [
        "sip.domain must be a host name in lower case (RFC 1035) or an IPv4 address, got nothing; set it, for instance domain: sip.example.net",
        "sip.port must be a port number from 1 to 65535, got 5060.5; change it, for instance port: 5070",
      ],
    ],
    [
      "a list where a mapping belongs",
      { sip: ["sip.example.net"] },
      [
        'sip must be a mapping with domain, port, tcp, tls, got ["sip.example.net"]; change it, for instance sip: { domain: sip.example.net }',
      ],
    ],
    [
      "a mapping where a list belongs",
      { hosts: { nodes: { name: "sip1" } } },
      [
        'hosts.nodes must be a list of machines with name and address; exactly 2 with engine heartbeat, got {"name":"sip1"}; change it, for instance nodes: [ { name: sip1 }, { name: sip2 } ]',
      ],
    ],
    [
      "an unknown timing profile",
      { timing: "slow" },
      [
        'timing must be standard, fast, conservative or a mapping with keepaliveMs, warntimeMs, deadtimeMs, initdeadMs, got "slow"; change it, for instance timing: fast',
      ],
    ],
    [
      "timers that are incomplete",
      { timing: { keepaliveMs: 200, deadtimeMs: 1000 } },
      [
        "timing.warntimeMs must be a whole number of milliseconds from 60 to 60000, got nothing; set it, for instance warntimeMs: 500",
        "timing.initdeadMs must be a whole number of milliseconds from 10000 to 600000, got nothing; set it, for instance initdeadMs: 10000",
      ],
    ],
    [
      "ports out of range",
      {
        sip: { domain: "sip.example.net", port: 0 },
        heartbeatPort: 65536,
        relayPorts: { min: 80, max: 70000 },
        hosts: { sshPort: 22 },
      },
      [
        "sip.port must be a port number from 1 to 65535, got 0; change it, for instance port: 5070",
        "heartbeatPort must be a port number from 1 to 65535, got 65536; change it, for instance heartbeatPort: 695",
        "relayPorts.min must be a port number from 1024 to 65535, got 80; change it, for instance min: 40000",
        "relayPorts.max must be a port number from 1024 to 65535, got 70000; change it, for instance max: 49999",
        "hosts.sshPort must be a port number from 1024 to 65535, got 22; change it, for instance sshPort: 22023",
      ],
    ],
    [
      "names that are no DNS labels",
      {
        hosts: {
          nodes: [{ name: "sip_1" }, { name: "Sip2" }],
          bastion: { name: "-jump" },
          database: { name: "d".repeat(64) },
          caller: { name: "a.b" },
        },
      },
      [
        'hosts.nodes[0].name must be a DNS label: at most 63 of a-z, 0-9 and -, with no - at either end, got "sip_1"; change it, for instance name: sip1',
        'hosts.nodes[1].name must be a DNS label: at most 63 of a-z, 0-9 and -, with no - at either end, got "Sip2"; write it in lower case: sip2',
        'hosts.bastion.name must be a DNS label: at most 63 of a-z, 0-9 and -, with no - at either end, got "-jump"; change it, for instance name: bastion',
        'hosts.database.name must be a DNS label: at most 63 of a-z, 0-9 and -, with no - at either end, got "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd...; change it, for instance name: db',
        'hosts.caller.name must be a DNS label: at most 63 of a-z, 0-9 and -, with no - at either end, got "a.b"; change it, for instance name: caller',
      ],
    ],
    [
      "domains that are neither a host name nor an IPv4 address",
      { sip: { domain: "sip..example" } },
      [
        'sip.domain must be a host name in lower case (RFC 1035) or an IPv4 address, got "sip..example"; change it, for instance domain: sip.example.net',
      ],
    ],
    [
      "a domain that looks like an address but is none",
      { sip: { domain: "198.51.100.256" } },
      [
        'sip.domain must be a host name in lower case (RFC 1035) or an IPv4 address, got "198.51.100.256"; change it, for instance domain: sip.example.net',
      ],
    ],
    [
      "IPv6",
      {
        sip: { domain: "[2001:db8::1]" },
        floatingIp: { address: "2001:db8::10", prefix: 24, gateway: "::1" },
        hosts: { privateSubnet: "fd00::/64" },
      },
      [
        'sip.domain must be a host name in lower case (RFC 1035) or an IPv4 address, got "[2001:db8::1]"; IPv4 only for now: give an IPv4 address or network',
        'floatingIp.address must be an IPv4 address of a host, got "2001:db8::10"; IPv4 only for now: give an IPv4 address or network',
        'floatingIp.gateway must be an IPv4 address of a host, got "::1"; IPv4 only for now: give an IPv4 address or network',
        'hosts.privateSubnet must be an IPv4 network in CIDR form from /16 to /26, got "fd00::/64"; IPv4 only for now: give an IPv4 address or network',
      ],
    ],
    [
      "addresses that no host can have",
      {
        floatingIp: { address: "224.0.0.1", prefix: 24, gateway: "127.0.0.1" },
        hosts: { bastion: { address: "169.254.0.1" }, database: { address: "10.77.0.021" } },
      },
      [
        'floatingIp.address must be an IPv4 address of a host, got "224.0.0.1"; change it, for instance address: 198.51.100.10',
        'floatingIp.gateway must be an IPv4 address of a host, got "127.0.0.1"; change it, for instance gateway: 198.51.100.1',
        'hosts.bastion.address must be an IPv4 address of a host, got "169.254.0.1"; change it, for instance address: 10.77.0.2',
        'hosts.database.address must be an IPv4 address of a host, got "10.77.0.021"; change it, for instance address: 10.77.0.21',
      ],
    ],
    [
      "networks that are too small or too large",
      { hosts: { privateSubnet: "10.77.0.0/27", publicSubnet: "198.51.100.0/30", outsideSubnet: "198.0.0.0/7" } },
      [
        'hosts.privateSubnet must be an IPv4 network in CIDR form from /16 to /26, got "10.77.0.0/27"; change it, for instance privateSubnet: 10.78.0.0/24',
        'hosts.publicSubnet must be an IPv4 network in CIDR form from /8 to /29, got "198.51.100.0/30"; change it, for instance publicSubnet: 198.51.100.0/24',
        'hosts.outsideSubnet must be an IPv4 network in CIDR form from /8 to /28, got "198.0.0.0/7"; change it, for instance outsideSubnet: 198.19.0.0/24',
      ],
    ],
    [
      "a network without its prefix",
      { hosts: { privateSubnet: "10.77.0.0" } },
      [
        'hosts.privateSubnet must be an IPv4 network in CIDR form from /16 to /26, got "10.77.0.0"; change it, for instance privateSubnet: 10.78.0.0/24',
      ],
    ],
    [
      "an unknown level of verification",
      { verification: { first: "all", change: "none" } },
      [
        'verification.first must be one of off, checks, switchover, power-off, got "all"; change it, for instance first: checks',
        'verification.change must be one of off, checks, switchover, power-off, got "none"; change it, for instance change: switchover',
      ],
    ],
  ]);
});
