/** A key that is well formed and nobody's. */
export const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIf9rYkSMvFYdGrXJHAFS9u0w1kDCeLiZ0bqmjWCZVql";

/** A sound stack file with existing machines: two nodes, a database, two bastions. */
export function existingCluster() {
  const machine = (name: string, address: string) => ({ name, address, hostKey: HOST_KEY });
  return {
    sip: { domain: "sip.example.net" },
    floatingIp: { address: "198.51.100.10", prefix: 24, gateway: "198.51.100.1" },
    hosts: {
      kind: "existing",
      ssh: { user: "operator" },
      bastions: [
        { name: "jump1", host: "203.0.113.5", hostKey: HOST_KEY },
        { name: "jump2", host: "203.0.113.6", hostKey: HOST_KEY },
      ],
      privateSubnet: "10.0.0.0/24",
      nodes: [{ ...machine("sip1", "10.0.0.11"), publicMac: "52:54:00:00:00:11" }, machine("sip2", "10.0.0.12")],
      database: machine("db", "10.0.0.21"),
    },
  };
}
