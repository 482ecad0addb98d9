import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { projectDir } from "../../../toolchain/versions.ts";
import { tortureMessages, wrongAnswers } from "../../support/torture.ts";
import { askInOneDatagram, registerDatagram } from "../../support/oneDatagram.ts";
import { activeNode, DOMAIN, NODES } from "../../support/lab.ts";
import { inMachine, STACK } from "../../support/sandbox.ts";

/** What the daemons accept, answer and refuse. */
export function messages(): void {
  it("finds daemons that accept the golden trees", async () => {
    const feed = async (machine: string, trees: readonly string[], ...words: string[]): Promise<void> => {
      await inMachine(machine, "rm", "-rf", "/var/tmp/golden");
      await inMachine(machine, "mkdir", "/var/tmp/golden");
      for (const tree of trees) {
        const from = `${join(projectDir, "tests/golden", tree)}/.`;
        await execa("docker", ["cp", from, `sip-ha-${STACK}-${machine}:/var/tmp/golden`]);
      }
      await inMachine(machine, ...words);
    };
    const kamailio =
      "cp /etc/kamailio/kamailio.cfg /etc/kamailio/media.cfg /var/tmp/golden/etc/kamailio/ && kamailio -c -f /var/tmp/golden/etc/kamailio/kamailio.cfg";
    // a tree beyond the two-node one lies over it
    for (const trees of [["two-node/sip1"], ["two-node/sip2"], ["two-node/sip1", "media-servers/sip1"]]) {
      await feed(NODES[0], trees, "sh", "-c", kamailio);
    }
    const local = "--defaults-file=/var/tmp/golden/etc/mysql/mariadb.conf.d/61-sip-ha-local.cnf";
    await feed("db", ["two-node/db"], "mariadbd", local, "--verbose", "--help");
    await feed(
      "bastion",
      ["two-node/bastion"],
      "sh",
      "-c",
      "cat /var/tmp/golden/etc/chrony/sip-ha.d/*.conf >/var/tmp/golden/all.conf && chronyd -p -f /var/tmp/golden/all.conf",
    );
    const filters = ["two-node/sip1", "two-node/sip2", "two-node/db", "two-node/bastion", "two-node/caller"];
    for (const tree of [...filters, "media-servers/sip1", "kamailio-mediaproxy/sip1", "kamailio-rtpengine/db"]) {
      await feed(NODES[0], [tree], "nft", "-c", "-f", "/var/tmp/golden/etc/sip-ha/firewall.nft");
    }
  });

  it("answers or refuses every torture message as expected, in the same process, and serves after each", async () => {
    const active = await activeNode();
    const proxyOf = async (): Promise<string> =>
      inMachine(active, "systemctl", "show", "-p", "MainPID", "-p", "NRestarts", "sip-ha-proxy");
    const before = await proxyOf();
    expect(await wrongAnswers(tortureMessages(DOMAIN))).to.deep.equal([]);
    expect(await proxyOf()).to.equal(before);
  });

  it("takes a challenge that it never made for an old one, and goes on serving", async () => {
    for (const number of [1, 2, 3]) {
      const answer = await askInOneDatagram(STACK, registerDatagram(DOMAIN, `foreign-${number}`, "Zm9yZWlnbg=="), 10);
      expect(answer.status).to.equal("401");
      expect(answer.text).to.include("stale=true");
    }
  });
}
