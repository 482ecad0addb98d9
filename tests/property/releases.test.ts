import { expect } from "chai";
import fc from "fast-check";
import { bundleRequest } from "../../bundle/request.ts";
import { releaseNames, releases } from "../../config/releases.ts";
import { resolvePlan } from "../../config/resolve.ts";
import { packagesFor } from "../../render/packages.ts";
import { existingCluster } from "../support/existingCluster.ts";

const release = fc.constantFrom(...releaseNames);
const relay = fc.constantFrom(
  { relay: "rtpproxy" },
  { relay: "none" },
  { relay: "rtpengine", redis: { maxMemoryMb: 512 } },
);
/** Suites as vendors name them; only some say which release they are for. */
const suite = fc
  .tuple(
    fc.constantFrom("", "deb-"),
    fc.constantFrom(...releaseNames, "stable", "bullseye"),
    fc.constantFrom("", "-lts"),
  )
  .map((parts) => parts.join(""));

function resolved(options: Readonly<Record<string, unknown>>, chosen: string) {
  const sound = existingCluster();
  return resolvePlan({ ...sound, ...options, hosts: { ...sound.hosts, release: chosen } }, "test");
}

describe("the release of existing machines", () => {
  it("is what packages and wheels are fetched for, whatever the relay", () => {
    fc.assert(
      fc.property(release, relay, (chosen, options) => {
        const resolution = resolved(options, chosen);
        if ("faults" in resolution) throw new Error(resolution.faults.map(({ path }) => path).join(", "));
        const request = bundleRequest(resolution.plan, ".");
        expect(request.release).to.equal(chosen);
        expect(request.roles.node).to.deep.equal(packagesFor("node", resolution.plan));
        const wheels = options.relay === "rtpproxy" ? [releases[chosen].python] : [];
        expect(request.wheels.node.map(({ python }) => python)).to.deep.equal(wheels);
      }),
    );
  });

  it("refuses every suite that names another one, all of them at once, and no other suite", () => {
    fc.assert(
      fc.property(release, fc.array(suite, { maxLength: 4 }), (chosen, suites) => {
        const source = { url: "https://apt.example.net", components: ["main"], signedBy: "key.gpg" };
        const resolution = resolved({ packageSources: suites.map((name) => ({ ...source, suite: name })) }, chosen);
        const refused = "faults" in resolution ? resolution.faults.map(({ path }) => path) : [];
        const others = releaseNames.filter((name) => name !== chosen);
        const wrong = suites.flatMap((name, index) =>
          others.some((other) => name.includes(other)) ? [`packageSources[${index}].suite`] : [],
        );
        expect(refused).to.deep.equal(wrong);
      }),
    );
  });
});
