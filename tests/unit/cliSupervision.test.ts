import { expect } from "chai";
import { exitCode, renderStatus, statusJson } from "../../cli/status/index.ts";
import { judge } from "../../cli/status/judge.ts";
import { hostsSeen, plan } from "../support/statusHosts.ts";

const view = (changes: Readonly<Record<string, unknown>> = {}, more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    node: "sip1",
    group: { owns: true, paused: false },
    ability: { able: true, why: [] },
    supervision: {
      restarts: 3,
      windowSec: 60,
      units: {
        proxy: { state: "active", failures: 0, restarts: 4, exhausted: false },
        relay: { state: "active", failures: 0, restarts: 0, exhausted: false },
      },
      barredFor: 0,
      alert: false,
      last: { kind: "kill", unit: "proxy", reason: "hung: no answer to OPTIONS for 1.2 s", ago: 12.5, at: 7 },
      decided: {},
      ...changes,
    },
    ownerless: { nobodyFor: null, taken: 0 },
    ...more,
  });

function statusOf(supervision: string) {
  const hosts = hostsSeen({ sip1: { supervision } });
  return { plan, at: new Date("2026-11-23T19:30:05Z"), tookMs: 420, hosts, verdict: judge(plan, hosts) };
}

const screen = (supervision: string): string => renderStatus(statusOf(supervision), false);

describe("the supervision in the status", () => {
  it("finds a daemon that runs on a standby, unless it began for a move that has not ended", () => {
    const units = "heartbeat.service=active\nsip-ha-proxy.service=inactive\nsip-ha-relay.service=active";
    const found = (begunAt: number | null): string =>
      JSON.stringify(judge(plan, hostsSeen({ sip2: { units, supervision: view({}, { handover: { begunAt } }) } })));
    expect(found(null)).to.include("sip2 is not active but has a running relay");
    expect(found(4711.5)).not.to.include("a running relay");
  });

  it("is on and healthy while nothing fails", () => {
    expect(screen(view())).to.match(/^supervision +on /m);
    expect(exitCode(statusOf(view()))).to.equal(0);
  });

  it("counts what failed within the window, which is no finding: it was mended", () => {
    const units = { proxy: { failures: 2, restarts: 6, exhausted: false } };
    expect(screen(view({ units }))).to.match(/^supervision +proxy 2 of 3 restarts in 60 s/m);
    expect(exitCode(statusOf(view({ units })))).to.equal(0);
  });

  it("finds a watcher that does not run, and one that was switched off", () => {
    expect(screen('{"running":false}')).to.include("degraded: nobody watches the daemons of sip1");
    expect(screen(view({}, { group: { paused: true } }))).to.include("the supervision of sip1 is switched off");
  });

  it("finds daemons that nobody can mend, with the reason of the last action", () => {
    expect(screen(view({ alert: true }))).to.include(
      "sip1 cannot mend its daemons, and its peer cannot serve, last kill: proxy hung: no answer to OPTIONS for 1.2 s",
    );
  });

  it("finds a node that is no target any more, and says how it becomes one", () => {
    const text = screen(view({ barredFor: 599.5 }));
    expect(text).to.include("sip1 gave the group up because its daemons failed, and is no target for 10 min");
    expect(text).to.include("engine supervise clear on sip1");
  });

  it("finds an active node that has nobody to fail over to, though nothing fails there", () => {
    const partner = { node: "sip2", fault: "it is dead" };
    const text = screen(view({}, { partner }));
    expect(text).to.include("degraded: sip1 has nobody to fail over to: sip2: it is dead");
    expect(screen(view({}, { partner: { node: "sip2", fault: "" } }))).to.match(/^healthy$/m);
  });

  it("finds a public link on which the gateway does not answer, unless it never did", () => {
    const dead = screen(view({}, { gateway: { sees: false, for: 3.2, withdrawn: false } }));
    expect(dead).to.include("degraded: the gateway does not answer to sip1");
    expect(exitCode(statusOf(view({}, { gateway: { sees: null } })))).to.equal(0);
  });

  it("finds a full disk", () => {
    expect(screen(view({}, { disk: { full: ["/var"] } }))).to.include("degraded: the disk of sip1 is full: /var");
    expect(screen(view({}, { disk: { full: [] } }))).to.match(/^healthy$/m);
  });

  it("finds a proxy that was started without the database", () => {
    const without = "degraded: the proxy of sip1 was started without the database";
    expect(screen(view({}, { degraded: { runs: true } }))).to.include(without);
    expect(screen(view({}, { degraded: { runs: false } }))).to.match(/^healthy$/m);
  });

  it("is whole in the JSON, and not there for a release without a watcher", () => {
    expect(statusJson(statusOf(view()))).to.include('"reason": "hung: no answer to OPTIONS for 1.2 s"');
    const hosts = hostsSeen();
    const without = { plan, at: new Date(), tookMs: 1, hosts, verdict: judge(plan, hosts) };
    expect(renderStatus(without, false)).to.not.include("supervision");
  });
});
