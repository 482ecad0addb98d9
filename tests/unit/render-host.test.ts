import { expect } from "chai";
import { machines, type MachinePlan } from "../../config/plan.ts";
import { renderHost, renderHostSecrets } from "../../render/index.ts";
import type { RenderedFile } from "../../render/renderedFile.ts";
import { stageText } from "../../render/stageText.ts";
import { placeholderSecrets, twoNodePlan } from "../support/plans.ts";

const plan = twoNodePlan();

function machine(name: string): MachinePlan {
  const found = machines(plan).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no machine ${name}`);
  return found;
}

function rendered(name: string, path: string): RenderedFile {
  const file = renderHost(plan, machine(name)).find((one) => one.path === path);
  if (file === undefined) throw new Error(`${name} has no ${path}`);
  return file;
}

describe("files of a host", () => {
  it("can be staged for every machine of the plan", () => {
    for (const one of machines(plan)) {
      expect(() => stageText(renderHost(plan, one))).not.to.throw();
      expect(() => stageText(renderHostSecrets(plan, one, placeholderSecrets))).not.to.throw();
    }
  });

  it("hold no secret unless they are the secret files", () => {
    for (const one of machines(plan)) {
      const text = stageText(renderHost(plan, one));
      for (const secret of Object.values(placeholderSecrets)) expect(text, one.name).not.to.contain(secret);
    }
  });

  it("hide every secret file from other accounts", () => {
    for (const one of machines(plan)) {
      for (const { path, mode } of renderHostSecrets(plan, one, placeholderSecrets)) {
        expect(mode, path).to.match(/^0[64][40]0$/);
      }
    }
  });

  it("name Pulumi as their manager, so that nobody edits them on the host", () => {
    for (const one of machines(plan)) {
      for (const { path, content } of renderHost(plan, one)) expect(content, path).to.contain("managed by Pulumi");
    }
  });

  it("send heartbeats to the other node, with times in milliseconds", () => {
    const { content, effect } = rendered("sip1", "/etc/ha.d/ha.cf");
    expect(content).to.match(/^ucast eth0 10\.77\.0\.12$/m);
    expect(content).to.match(/^deadtime 1000ms$/m);
    expect(content).to.match(/^node sip1 sip2$/m);
    expect(effect).to.equal("engine");
  });

  it("start the group in its order, on the first node", () => {
    for (const name of ["sip1", "sip2"]) {
      expect(rendered(name, "/etc/ha.d/haresources").content.split("\n").at(-2)).to.equal(
        "sip1 sipha-floating-ip sipha-default-route sipha-proxy sipha-relay",
      );
    }
  });

  it("make programs executable and nothing else", () => {
    expect(rendered("sip1", "/usr/lib/sip-ha/engine").mode).to.equal("0755");
    expect(rendered("sip1", "/usr/lib/ocf/resource.d/sip-ha/proxy").mode).to.equal("0755");
    expect(rendered("sip1", "/usr/lib/sip-ha/agent.sh").mode).to.equal("0644");
    expect(rendered("sip1", "/etc/kamailio/kamailio.cfg").mode).to.equal("0644");
  });

  it("carry what has to be restarted when they change", () => {
    expect(rendered("sip1", "/etc/kamailio/kamailio.cfg").effect).to.equal("proxy");
    expect(rendered("sip1", "/etc/systemd/system/sip-ha-relay.service").effect).to.equal("relay");
    expect(rendered("sip1", "/etc/systemd/system/heartbeat.service.d/50-sip-ha.conf").effect).to.equal("engine");
    expect(rendered("db", "/etc/chrony/chrony.conf").effect).to.equal("time");
    expect(rendered("sip1", "/usr/lib/sip-ha/engine").effect).to.equal("none");
  });

  it("let the bastion serve time and everybody else ask the bastion", () => {
    const path = "/etc/chrony/sip-ha.d/local.conf";
    expect(rendered("bastion", path).content).to.match(/^allow 10\.77\.0\.0\/24$/m);
    expect(rendered("db", path).content).to.match(/^server 10\.77\.0\.2 /m);
  });

  it("rejects a node without a peer", () => {
    const [first] = plan.nodes;
    if (first === undefined) throw new Error("no node");
    expect(() => renderHost({ ...plan, nodes: [first] }, first)).to.throw("has no peer");
  });
});
