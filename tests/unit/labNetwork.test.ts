import { expect } from "chai";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { dockerGateway, type LabCard, type LabWiring, wiring, wiringText } from "../../components/hosts/labNetwork.ts";
import { isLab, type LabClusterPlan, machines } from "../../config/plan.ts";
import { resolvePlan } from "../../config/resolve.ts";
import { twoNodePlan } from "../support/plans.ts";

const plan = twoNodePlan();

function wiringOf(name: string): LabWiring {
  const machine = machines(plan).find((known) => known.name === name);
  if (!machine) throw new Error(`the plan has no machine ${name}`);
  return wiring(plan, machine);
}

/** Plans that the stack file's own rules accept, over networks of many sizes. */
const acceptedPlans: fc.Arbitrary<LabClusterPlan> = fc
  .record({
    octet: fc.integer({ min: 0, max: 255 }),
    prefix: fc.integer({ min: 24, max: 28 }),
    floating: fc.integer({ min: 1, max: 250 }),
    gateway: fc.integer({ min: 1, max: 250 }),
  })
  .map(({ octet, prefix, floating, gateway }) =>
    resolvePlan(
      {
        sip: { domain: "sip.example.net" },
        floatingIp: { address: `198.18.${octet}.${floating}`, prefix, gateway: `198.18.${octet}.${gateway}` },
        hosts: { kind: "lab", privateSubnet: `10.${octet}.0.0/24`, outsideSubnet: "198.19.0.0/24" },
      },
      "test",
    ),
  )
  .filter((resolution) => "plan" in resolution)
  .map((resolution) => resolution.plan)
  .filter(isLab);

function subnetOf({ hosts }: LabClusterPlan, { network }: LabCard): string {
  if (network === "access" || network === "heartbeat") throw new Error(`no card of these plans is on ${network}`);
  return { private: hosts.privateSubnet, public: hosts.publicSubnet, outside: hosts.outsideSubnet }[network];
}

describe("cards of the lab's machines", () => {
  it("are for a node a private one and a public one without an address", () => {
    expect(wiringOf("sip1")).to.deep.equal({
      cards: [
        { name: "eth0", network: "private", dockerAddress: "10.77.0.11", address: "10.77.0.11/24" },
        { name: "eth1", network: "public", dockerAddress: "198.51.100.253", address: "none" },
      ],
      routes: [],
    });
    expect(wiringOf("sip2").cards[1]?.dockerAddress).to.equal("198.51.100.252");
  });

  it("are for a node one more where a network of its own carries heartbeats", () => {
    const dedicated = {
      ...plan,
      hosts: { ...plan.hosts, heartbeatSubnet: "10.77.1.0/24" },
      heartbeatPaths: [
        ...plan.heartbeatPaths,
        { network: "dedicated", interface: "eth2", addresses: { sip1: "10.77.1.11", sip2: "10.77.1.12" } },
      ],
    } satisfies LabClusterPlan;
    const cards = plan.nodes.map((node) => wiring(dedicated, node).cards.at(-1));
    expect(cards.map((card) => [card?.name, card?.network, card?.address])).to.deep.equal([
      ["eth2", "heartbeat", "10.77.1.11/24"],
      ["eth2", "heartbeat", "10.77.1.12/24"],
    ]);
  });

  it("are for bastion and database the private one alone", () => {
    for (const name of ["bastion", "db"]) {
      expect(
        wiringOf(name).cards.map(({ network }) => network),
        name,
      ).to.deep.equal(["private"]);
    }
  });

  it("are for the router one on each network, with the gateway's address on the public one", () => {
    const { cards } = wiringOf("router");
    expect(cards.map(({ name, network, address }) => [name, network, address])).to.deep.equal([
      ["eth0", "private", "10.77.0.30/24"],
      ["eth1", "public", "198.51.100.1/24"],
      ["eth2", "outside", "198.18.0.1/24"],
    ]);
  });

  it("lead the caller to the public network by the router only", () => {
    const { cards, routes } = wiringOf("caller");
    expect(cards.map(({ network }) => network)).to.deep.equal(["private", "outside"]);
    expect(routes).to.deep.equal([{ target: "198.51.100.0/24", gateway: "198.18.0.1" }]);
  });

  it("are told to the machine one per line, routes last", () => {
    expect(wiringText(wiringOf("caller"))).to.equal(
      "nic eth0 10.77.0.31 10.77.0.31/24\nnic eth1 198.18.0.10 198.18.0.10/24\nroute 198.51.100.0/24 198.18.0.1\n",
    );
  });
});

describe("addresses that Docker puts on cards", () => {
  it("are distinct, inside their network, and never the floating IP or a bridge's own", () => {
    fc.assert(
      fc.property(acceptedPlans, (accepted) => {
        const cards = machines(accepted).flatMap((machine) => wiring(accepted, machine).cards);
        const subnets = [...new Set(cards.map((card) => subnetOf(accepted, card)))];
        const taken = [...cards.map(({ dockerAddress }) => dockerAddress), ...subnets.map(dockerGateway)];
        expect(new Set(taken).size).to.equal(taken.length);
        expect(taken).to.not.include(accepted.floatingIp.address);
        for (const card of cards) {
          const address = ipaddr.IPv4.parse(card.dockerAddress);
          const subnet = subnetOf(accepted, card);
          expect(address.match(ipaddr.IPv4.parseCIDR(subnet)), `${card.dockerAddress} in ${subnet}`).to.equal(true);
        }
      }),
    );
  });

  it("are the gateway's only on the router", () => {
    fc.assert(
      fc.property(acceptedPlans, (accepted) => {
        const holders = machines(accepted).filter((machine) =>
          wiring(accepted, machine).cards.some(({ dockerAddress }) => dockerAddress === accepted.floatingIp.gateway),
        );
        expect(holders.map(({ role }) => role)).to.deep.equal(["router"]);
      }),
    );
  });

  it("leave the last usable address to the bridge", () => {
    expect(dockerGateway("10.77.0.0/24")).to.equal("10.77.0.254");
    expect(dockerGateway("198.51.100.0/30")).to.equal("198.51.100.2");
    expect(dockerGateway("10.0.0.0/8")).to.equal("10.255.255.254");
  });
});
