import { refusals } from "../support/refusals.ts";

describe("stack file: nodes and names", () => {
  refusals([
    [
      "fewer than two nodes",
      { hosts: { nodes: [{ name: "sip1" }] } },
      ["hosts.nodes must have 2 nodes with engine heartbeat, got 1; add a node for the group to move to"],
    ],
    [
      "more than two nodes with Heartbeat",
      { hosts: { nodes: [{ name: "sip1" }, { name: "sip2" }, { name: "sip3" }, { name: "sip4" }] } },
      ["hosts.nodes must have 2 nodes with engine heartbeat, got 4; remove sip3, sip4"],
    ],
    [
      "the same name for two nodes",
      { hosts: { nodes: [{ name: "sip1" }, { name: "sip1" }] } },
      ['hosts.nodes[1].name must differ from hosts.nodes[0].name (sip1), got "sip1"; rename one of the two'],
    ],
    [
      "the same name for a node and the bastion",
      { hosts: { bastion: { name: "sip2" } } },
      ['hosts.bastion.name must differ from hosts.nodes[1].name (sip2), got "sip2"; rename one of the two'],
    ],
    [
      "the same name for the database and the caller",
      { hosts: { caller: { name: "db" } } },
      ['hosts.database.name must differ from hosts.caller.name (db), got "db"; rename one of the two'],
    ],
    [
      "the database on a proxy node",
      { hosts: { database: { name: "sip1" } } },
      [
        'hosts.database.name must name a machine of its own, not a proxy node, got "sip1"; the database must survive a node\'s death: give it another machine',
      ],
    ],
    [
      "a proxy node as the database's endpoint",
      { database: { endpoints: ["sip1"] } },
      ['database.endpoints[0] must name a machine that is no proxy node, got "sip1"; write db'],
    ],
    [
      "an endpoint that is no machine, and more than one endpoint",
      { database: { endpoints: ["db", "db2"] } },
      [
        "database.endpoints must have exactly one name, got 2; write [db] or leave it out",
        'database.endpoints[1] must be the name in hosts.database (db), got "db2"; write db',
      ],
    ],
    [
      "no endpoint at all",
      { database: { endpoints: [] } },
      ["database.endpoints must have exactly one name, got 0; write [db] or leave it out"],
    ],
  ]);
});

describe("stack file: addresses and networks", () => {
  refusals([
    [
      "the same address for two machines",
      { hosts: { nodes: [{ name: "sip1", address: "10.77.0.21" }, { name: "sip2" }] } },
      [
        'hosts.database.address must differ from hosts.nodes[0].address (10.77.0.21), got "10.77.0.21"; give each its own address',
      ],
    ],
    [
      "a floating IP that is also a node's address",
      { hosts: { nodes: [{ name: "sip1", address: "198.51.100.10" }, { name: "sip2" }] } },
      [
        'hosts.nodes[0].address must lie in the private network 10.77.0.0/24, got "198.51.100.10"; choose an address in it or change hosts.privateSubnet',
        'hosts.nodes[0].address must differ from floatingIp.address (198.51.100.10), got "198.51.100.10"; give each its own address',
      ],
    ],
    [
      "a floating IP outside the public network",
      {
        floatingIp: { address: "198.51.101.10", prefix: 24, gateway: "198.51.100.1" },
        hosts: { publicSubnet: "198.51.100.0/24" },
      },
      [
        'floatingIp.address must lie in the public network 198.51.100.0/24, got "198.51.101.10"; choose an address in it or change hosts.publicSubnet',
      ],
    ],
    [
      "a gateway outside the public network",
      { floatingIp: { address: "198.51.100.10", prefix: 24, gateway: "198.51.101.1" } },
      [
        'floatingIp.gateway must lie in the public network 198.51.100.0/24, got "198.51.101.1"; choose an address in it or change hosts.publicSubnet',
      ],
    ],
    [
      "a gateway that is the floating IP",
      { floatingIp: { address: "198.51.100.10", prefix: 24, gateway: "198.51.100.10" } },
      [
        'floatingIp.gateway must differ from floatingIp.address (198.51.100.10), got "198.51.100.10"; give each its own address',
      ],
    ],
    [
      "a floating IP that is the network's own address, and a broadcast address as gateway",
      { floatingIp: { address: "198.51.100.0", prefix: 24, gateway: "198.51.100.255" } },
      [
        'floatingIp.address must differ from the network and the broadcast address of 198.51.100.0/24, got "198.51.100.0"; choose an address between the two',
        'floatingIp.gateway must differ from the network and the broadcast address of 198.51.100.0/24, got "198.51.100.255"; choose an address between the two',
      ],
    ],
    [
      "addresses that Docker keeps for itself",
      {
        floatingIp: { address: "198.51.100.10", prefix: 24, gateway: "198.51.100.254" },
        hosts: { bastion: { address: "10.77.0.254" }, caller: { outsideAddress: "198.18.0.254" } },
      },
      [
        'hosts.bastion.address must lie below 10.77.0.254, since Docker keeps the last usable addresses of 10.77.0.0/24, got "10.77.0.254"; choose a lower address',
        'floatingIp.gateway must lie below 198.51.100.252, since Docker keeps the last usable addresses of 198.51.100.0/24, got "198.51.100.254"; choose a lower address',
        'hosts.caller.outsideAddress must lie below 198.18.0.254, since Docker keeps the last usable addresses of 198.18.0.0/24, got "198.18.0.254"; choose a lower address',
      ],
    ],
    [
      "a machine outside its network",
      { hosts: { database: { address: "10.78.0.21" }, router: { outsideAddress: "198.19.0.1" } } },
      [
        'hosts.database.address must lie in the private network 10.77.0.0/24, got "10.78.0.21"; choose an address in it or change hosts.privateSubnet',
        'hosts.router.outsideAddress must lie in the outside network 198.18.0.0/24, got "198.19.0.1"; choose an address in it or change hosts.outsideSubnet',
      ],
    ],
    [
      "a prefix that is not the public network's",
      { hosts: { publicSubnet: "198.51.100.0/25" } },
      [
        "floatingIp.prefix must be the prefix of hosts.publicSubnet (25), got 24; change one of the two, or leave out hosts.publicSubnet",
      ],
    ],
    [
      "a network written with the address of a host",
      { hosts: { privateSubnet: "10.77.0.5/24" } },
      ['hosts.privateSubnet must begin with the network\'s own address, got "10.77.0.5/24"; write 10.77.0.0/24'],
    ],
    [
      "networks that overlap",
      {
        floatingIp: { address: "198.51.100.10", prefix: 24, gateway: "198.51.100.1" },
        hosts: { privateSubnet: "198.51.0.0/16", outsideSubnet: "198.51.100.0/24" },
      },
      [
        'hosts.publicSubnet must not overlap hosts.privateSubnet (198.51.0.0/16), got "198.51.100.0/24"; choose separate networks',
        'hosts.outsideSubnet must not overlap hosts.privateSubnet (198.51.0.0/16), got "198.51.100.0/24"; choose separate networks',
        'hosts.outsideSubnet must not overlap hosts.publicSubnet (198.51.100.0/24), got "198.51.100.0/24"; choose separate networks',
        'hosts.router.outsideAddress must differ from floatingIp.gateway (198.51.100.1), got "198.51.100.1"; give each its own address',
        'hosts.caller.outsideAddress must differ from floatingIp.address (198.51.100.10), got "198.51.100.10"; give each its own address',
      ],
    ],
  ]);
});
