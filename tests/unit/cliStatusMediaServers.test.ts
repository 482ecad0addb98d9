import { expect } from "chai";
import { judge } from "../../cli/status/judge.ts";
import { renderStatus } from "../../cli/status/index.ts";
import { mediaServerPlan } from "../support/plans.ts";
import { hostsSeen } from "../support/statusHosts.ts";

const plan = mediaServerPlan();
const seen = (mediaServers: string) => hostsSeen({ sip1: { mediaServers }, sip2: { mediaServers: "" } });
const reasons = (mediaServers: string): string[] => judge(plan, seen(mediaServers)).findings.map(({ what }) => what);

describe("the status of media servers", () => {
  it("is healthy when each gets calls, also with one missed answer", () => {
    expect(reasons("media1 up\nmedia2 missed\nmedia3 up\n")).to.deep.equal([]);
  });

  it("is degraded when one does not answer, and names it with its address", () => {
    expect(reasons("media1 up\nmedia2 down\nmedia3 up\n")).to.deep.equal([
      "media server media2 (10.77.0.42:5060) does not answer and gets no calls",
    ]);
  });

  it("is degraded when none answers, and says which calls are refused", () => {
    const [reason] = reasons("media1 down\nmedia2 down\nmedia3 down\n");
    expect(reason).to.include("no media server answers: calls to 9*, conference, +49* are refused");
  });

  it("is degraded when the proxy does not know one", () => {
    expect(reasons("media1 up\nmedia2 up\n")[0]).to.include("media3 (10.77.0.43:5060)");
  });

  it("counts them on the screen, on the node whose proxy runs", () => {
    const hosts = seen("media1 up\nmedia2 down\nmedia3 up\n");
    const screen = renderStatus({ plan, at: new Date(0), tookMs: 1, hosts, verdict: judge(plan, hosts) });
    expect(screen).to.match(/^media servers +2 of 3 up +-$/m);
  });
});
