import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { expect } from "chai";
import { exists } from "../../bundle/apt.ts";
import { execa } from "execa";
import { AddressRecord } from "../support/addressRecord.ts";
import { repackDeb } from "../support/debs.ts";
import { LiveCalls } from "../support/liveCalls.ts";
import { expectSuccess, NODES } from "../support/lab.ts";
import { CARDS, type Macs, manageByIfupdown, manageByNetplan } from "../support/managedCards.ts";
import { LAB, Sandbox } from "../support/sandbox.ts";
import { TRIAL_STACK, TrialMachines, type TrialSite, untilHealthy } from "../support/trialMachines.ts";

const SITE: TrialSite = {
  name: "test-trial",
  privateNet: "10.75.1",
  publicNet: "198.18.12",
  outsideNet: "198.18.13",
  port: 22074,
  debian: 12,
};
const MACHINES = ["sip1", "sip2", "db", "caller"] as const;

/** A planned switchover may take service away for so long, in milliseconds: 1 s, times the tolerance of the trial's stack file. */
const SWITCHOVER_MS = 4 * 1000;

/** How each node's cards are configured anew; netplan's is as `netplan apply` ends, which itself needs udev. */
const RECONFIGURE = {
  sip1: "systemctl restart networking",
  sip2: [
    "netplan generate",
    `networkctl reload && networkctl reconfigure ${CARDS.public}`,
    "systemctl restart systemd-networkd",
    `/lib/systemd/systemd-networkd-wait-online -i ${CARDS.private} --timeout 20`,
  ].join(" && "),
} as const;

/** Cards as the stack file has them beside a node's address. */
function macLines(macs: Macs): string {
  return `          privateMac: ${macs.private}\n          publicMac: ${macs.public}`;
}

describe("a cluster on machines that the stack did not make", function () {
  this.timeout("15m");
  let sandbox: Sandbox;
  let machines: TrialMachines;

  const on = (machine: string, line: string): Promise<string> => machines.on(machine, line);
  const pair = () => new Map(NODES.map((node) => [node, machines.containerOf(node)]));

  before(async () => {
    sandbox = await Sandbox.create({ site: { ...LAB, stack: TRIAL_STACK } });
    machines = new TrialMachines(sandbox, SITE);
    await machines.start();
    const container = (node: string): string => machines.containerOf(node);
    const sip1 = await manageByIfupdown({ container: container("sip1"), address: `${SITE.privateNet}.11/24` });
    const sip2 = await manageByNetplan({ container: container("sip2"), address: `${SITE.privateNet}.12/24` });
    await machines.wait();
    await machines.writeStackFile((text) =>
      text
        .replace("private: eth0, public: eth1", `private: ${CARDS.private}, public: ${CARDS.public}`)
        .replace(/^ +address: .*\.11$/m, (line) => `${line}\n${macLines(sip1)}`)
        .replace(/^ +address: .*\.12$/m, (line) => `${line}\n${macLines(sip2)}`),
    );
  });

  after(async () => {
    await sandbox.sipHa("destroy");
    await machines.stop();
    await sandbox.remove();
  });

  it("rejects a stack file without host keys, and takes those that were collected for it", async () => {
    const refused = await sandbox.sipHa("preview");
    expect(refused.exitCode).to.not.equal(0);
    expect(refused.said).to.include("hosts.bastions[0].hostKey must be an SSH host key");
    expect(refused.said).to.include("hosts.caller.hostKey must be an SSH host key");
    const collected = await sandbox.sipHa("host-keys", "--write");
    expectSuccess(collected);
    expect(collected.said).to.include(await on("sip2", "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key | cut -d' ' -f2"));
    const again = await sandbox.sipHa("host-keys");
    expectSuccess(again);
    expect(again.said.match(/ pinned$/gm)).to.have.length(5);
  });

  it("rejects machines that do not fit, all of them at once, before anything is changed", async () => {
    await on("sip2", "hostname elsewhere && ip route add default via 10.75.1.2");
    const macs = await on("sip2", `cat /sys/class/net/${CARDS.private}/address /sys/class/net/${CARDS.public}/address`);
    const [privateMac = "", publicMac = ""] = macs.split("\n");
    const exchange = (a: string, b: string) => change((text) => text.replace(`publicMac: ${a}`, `publicMac: ${b}`));
    await exchange(publicMac, privateMac);
    await on("db", "mv /etc/sudoers.d/operator /root/");
    const ufw = "/etc/systemd/system/ufw.service";
    await on("sip1", `printf '[Service]\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n' >${ufw}`);
    await on("sip1", "systemctl -q enable ufw");
    const refused = await sandbox.sipHa("preview");
    await exchange(privateMac, publicMac);
    await on("sip2", "hostname sip2 && ip route del default");
    await on("db", "mv /root/operator /etc/sudoers.d/");
    await on("sip1", `systemctl -q disable ufw; rm ${ufw}`);
    expect(refused.exitCode).to.not.equal(0);
    expect(refused.said).to.match(/^sip-ha: 5 things stand in the way on the machines of the cluster/m);
    expect(refused.said).to.include("- sip1: no other packet filter may decide what arrives, got ufw.service;");
    expect(refused.said).to.include("- sip2: uname -n must say sip2, got elsewhere;");
    expect(refused.said).to.include(
      `- sip2: a node must have no default route of its own, got via 10.75.1.2 dev ${CARDS.private};`,
    );
    expect(refused.said).to.include(
      `- sip2: ${CARDS.public} must have the hardware address ${privateMac}, got ${publicMac}; that one is ${CARDS.private};`,
    );
    expect(refused.said).to.include("- db: operator must be allowed to use sudo without a password, got no:");
    for (const machine of MACHINES) expect(await on(machine, "ls /var/lib")).to.not.include("sip-ha");
  });

  it("brings them into service, although network managers have their cards, and moves the group to and fro under calls", async () => {
    const outcome = await sandbox.sipHa("up");
    expectSuccess(outcome);
    expect(outcome.said.match(/planned switchover, sip\d to sip\d/g)).to.have.length.of.at.least(2);
    expect(outcome.said).to.match(/^healthy$/m);
  });

  it("changes nothing in a second `up`, over one connection to each machine, and finds its own service in nobody's way", async () => {
    const logins = (): Promise<number[]> =>
      Promise.all(
        ["jump", ...MACHINES].map(async (machine) =>
          Number(await on(machine, "journalctl -u ssh -o cat | grep -c '^Accepted ' || true")),
        ),
      );
    const before = await logins();
    const outcome = await sandbox.sipHa("up");
    expectSuccess(outcome);
    expect(outcome.said).to.match(/\d+ unchanged/);
    expect(outcome.said).to.not.match(/\d+ (created|updated|replaced|deleted)/);
    expect((await logins()).map((count, index) => count - (before[index] ?? 0))).to.deep.equal([1, 1, 1, 1, 1]);
  });

  it("keeps the group's address and route while the network manager configures the cards anew", async () => {
    const states = await on("sip2", "networkctl --no-pager --no-legend");
    expect(states).to.match(new RegExp(`${CARDS.private} +ether +\\S+ +configured`));
    expect(states).to.match(new RegExp(`${CARDS.public} +ether +\\S+ +unmanaged`));
    for (const node of NODES) {
      const facts = "ip -4 -o addr; ip -4 route; ip rule";
      const before = await on(node, facts);
      await on(node, RECONFIGURE[node]);
      expect(await on(node, facts), node).to.equal(before);
    }
  });

  it("gives the heartbeat path on the public segment its address back when somebody flushed the card", async () => {
    const address = await on("sip2", `ip -4 -o addr show dev ${CARDS.public} scope link | awk '{ print $4 }'`);
    expect(address).to.match(/^169\.254\./);
    await on("sip2", `ip addr flush dev ${CARDS.public} scope link`);
    await on(
      "sip2",
      `timeout 10 sh -c 'until ip -4 -o addr show dev ${CARDS.public} | grep -q "${address}"; do sleep 0.1; done'`,
    );
  });

  it("is whole again by itself after both nodes were booted, with their cards as their network managers configure them", async () => {
    await machines.boot(...NODES);
    await untilHealthy(sandbox);
  });

  const change = (edit: (text: string) => string): Promise<void> => sandbox.edit(`Pulumi.${TRIAL_STACK}.yaml`, edit);

  it("takes a later version of the proxy's packages by bundle-update under calls: standby first, by one switchover", async () => {
    const debs = join(sandbox.directory, "debs");
    await mkdir(join(debs, "former"), { recursive: true });
    for (const path of (await on("sip1", "ls /var/lib/sip-ha/packages/*/kamailio*.deb")).split("\n")) {
      const former = join(debs, "former", basename(path));
      await execa("docker", ["cp", `${machines.containerOf("sip1")}:${path}`, former]);
      await repackDeb(former, debs, "+next1");
    }
    await change((text) =>
      text
        .replace("change: checks", "change: off")
        .replace("    timing:", `    packageSources: [{ directory: ${debs} }]\n    timing:`),
    );
    const calls = await LiveCalls.begin(await sandbox.outputs());
    try {
      const tables = await calls.tables();
      const record = await AddressRecord.begin(pair(), CARDS.public);
      const { said, exitCode } = await sandbox.sipHa("bundle-update");
      expectSuccess({ said, exitCode });
      const { gained, together } = await record.end();
      expect([gained.length, together]).to.deep.equal([1, []]);
      const [to = "", from = ""] = gained[0]?.startsWith("sip1") ? NODES : [...NODES].reverse();
      const order = [`${to}: install packages`, `switchover from ${from} to ${to}`, `${from}: install packages`];
      expect(order.map((step) => said.indexOf(step))).to.satisfy((at: readonly number[]) =>
        at.every((place, index) => place > (at[index - 1] ?? 0)),
      );
      expect(await calls.tables()).to.deep.equal(tables);
      const { faults, serviceGapMs } = await calls.end(from, to);
      expect(faults).to.deep.equal([]);
      expect(serviceGapMs).to.be.below(SWITCHOVER_MS);
    } finally {
      await calls.remove();
    }
    for (const node of NODES) expect(await on(node, "dpkg-query -W kamailio"), node).to.match(/\+next1$/);
    expectSuccess(await sandbox.sipHa("drift"));
  });

  it("puts the former packages back on the standby when a later version of the proxy does not start, and leaves the active alone", async () => {
    const debs = join(sandbox.directory, "debs");
    const breakIt = async (tree: string): Promise<void> => {
      const program = join(tree, "usr/sbin/kamailio");
      if (await exists(program)) await writeFile(program, "#!/bin/sh\nexit 1\n");
    };
    for (const file of await readdir(join(debs, "former"))) {
      await repackDeb(join(debs, "former", file), debs, "+next2", breakIt);
    }
    const active = (await on("sip1", "systemctl is-active sip-ha-proxy || true")) === "active" ? "sip1" : "sip2";
    const since = "systemctl show -p ActiveEnterTimestampMonotonic sip-ha-proxy";
    const before = await on(active, since);
    const { said, exitCode } = await sandbox.sipHa("bundle-update");
    expect(exitCode).to.not.equal(0);
    const standby = active === "sip1" ? "sip2" : "sip1";
    expect(said).to.include(`${standby}: prove the new configuration`);
    expect(said).to.include(`${active} is active and was not touched; ${standby} is standby with its previous release`);
    expect(await on(active, since)).to.equal(before);
    for (const node of NODES) expect(await on(node, "dpkg-query -W kamailio"), node).to.match(/\+next1$/);
    for (const file of await readdir(debs)) if (file.includes("+next2")) await rm(join(debs, file));
    expectSuccess(await sandbox.sipHa("drift"));
  });

  it("changes the floating IP by one move, ending what two killed runs began, and no two nodes have an address meanwhile", async () => {
    await change((text) => text.replace("198.18.12.10,", "198.18.12.20,"));
    expect((await sandbox.sipHa("preview")).said).to.include("or allow it by allowOutage: true");
    await change((text) => text.replace("    timing:", "    allowOutage: true\n    timing:"));
    const record = await AddressRecord.begin(pair(), CARDS.public);
    await sandbox.killedAt(/trial start of the new configuration/, "up");
    await sandbox.killedAt(/end the calls, which go with the former floating IP/, "up");
    const outcome = await sandbox.sipHa("up");
    expectSuccess(outcome);
    expect(outcome.said).to.match(/^healthy$/m);
    const { gained, together } = await record.end();
    expect(together).to.deep.equal([]);
    expect(gained).to.have.length(1);
    expect(gained[0]).to.match(/ 198\.18\.12\.20$/);
  });

  it("uses the bastion to jump, and puts nothing there", async () => {
    expect(await on("jump", "ls -d /var/lib/sip-ha /etc/sip-ha /etc/chrony 2>/dev/null || true")).to.equal("");
    expect(await on("jump", "ls /home/operator")).to.equal("");
  });

  it("takes its service off the machines when the stack is destroyed, and leaves them running", async () => {
    expectSuccess(await sandbox.sipHa("destroy"));
    for (const machine of MACHINES) {
      const running = "systemctl is-active heartbeat sip-ha-proxy sip-ha-relay sip-ha-watcher mariadb | sort -u";
      expect(await on(machine, running), machine).to.equal("inactive");
      const left = "ls -d /var/lib/sip-ha /etc/sip-ha /etc/ha.d/ha.cf /etc/ha.d/authkeys 2>/dev/null || true";
      expect(await on(machine, left), machine).to.equal("");
      expect(await on(machine, "nft list tables"), machine).to.not.include("sip_ha");
      expect(await on(machine, "ip -o -4 addr show"), machine).to.not.include("198.18.12.");
    }
    expect(await on("db", "ls -d /var/lib/mysql/kamailio")).to.equal("/var/lib/mysql/kamailio");
  });
});
