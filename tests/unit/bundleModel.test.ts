import { expect } from "chai";
import { lastWords } from "../../bundle/apt.ts";
import { checksums } from "../../bundle/build.ts";
import { goneError } from "../../bundle/debs.ts";
import { bundleId, canonicalJson, isEmpty, parseLock, parseRequest, type BundleLock } from "../../bundle/model.ts";

const socat = {
  name: "socat",
  version: "1.7.4.4-2",
  file: "socat_1.7.4.4-2_amd64.deb",
  sha256: "a".repeat(64),
  size: 9,
};
const wheel = {
  name: "rtp.io",
  version: "1.1.1",
  python: "3.11",
  file: "rtp_io-1.1.1-cp311.whl",
  sha256: "b".repeat(64),
};
const nothing = { install: [], packages: [], wheels: [] };
const lock: BundleLock = {
  version: 1,
  release: "bookworm",
  architecture: "amd64",
  roles: {
    node: { install: ["socat"], packages: [socat], wheels: [wheel] },
    database: nothing,
    bastion: { install: ["socat"], packages: [socat], wheels: [] },
    router: nothing,
    caller: { install: ["socat"], packages: [socat], wheels: [] },
    fence: nothing,
  },
};

describe("a package lock", () => {
  it("is accepted as it is", () => {
    expect(parseLock(JSON.parse(JSON.stringify(lock)))).to.deep.equal(lock);
  });

  it("rejects everything that does not fit, all faults at once", () => {
    const role = { install: ["a b"], packages: [{ ...socat, file: "../socat.deb", sha256: "A" }], wheels: [] };
    const bad = { ...lock, version: 2, roles: { ...lock.roles, node: role } };
    const message = (path: string): RegExp => new RegExp(path.replaceAll(".", "\\."));
    const attempt = (): BundleLock => parseLock(bad);
    for (const path of [
      "version",
      "roles.node.install.0",
      "roles.node.packages.0.file",
      "roles.node.packages.0.sha256",
    ]) {
      expect(attempt).to.throw(message(`${path}: `));
    }
    expect(attempt).to.throw("npm run bundle:update");
  });

  it("rejects a request that names no packages for a role", () => {
    const request = { release: "bookworm", architecture: "amd64", roles: { node: [] }, wheels: {} };
    expect(() => parseRequest(request)).to.throw(/roles\.database: /);
  });

  it("is made for one release, and another release's is another bundle", () => {
    const trixie: BundleLock = { ...lock, release: "trixie" };
    expect(parseLock(JSON.parse(JSON.stringify(trixie))).release).to.equal("trixie");
    expect(bundleId("node", trixie)).not.to.equal(bundleId("node", lock));
    expect(() => parseLock({ ...lock, release: "bullseye" })).to.throw(/release: /);
  });

  it("names a bundle by its content, whatever the order of keys", () => {
    const { file, ...rest } = socat;
    const reordered = {
      ...lock,
      roles: { ...lock.roles, node: { ...lock.roles.node, packages: [{ file, ...rest }] } },
    };
    expect(bundleId("node", reordered))
      .to.equal(bundleId("node", lock))
      .and.to.match(/^[0-9a-f]{64}$/);
  });

  it("gives equal roles one bundle and different roles different ones", () => {
    expect(bundleId("bastion", lock)).to.equal(bundleId("caller", lock));
    expect(bundleId("node", lock)).not.to.equal(bundleId("caller", lock));
  });

  it("knows the roles that get nothing", () => {
    expect(isEmpty("router", lock)).to.equal(true);
    expect(isEmpty("node", lock)).to.equal(false);
  });
});

describe("canonical JSON", () => {
  it("sorts keys at every depth and leaves lists alone", () => {
    expect(canonicalJson({ b: [{ z: 1, y: null }, 2], a: "x" })).to.equal('{"a":"x","b":[{"y":null,"z":1},2]}');
  });
});

describe("a bundle's checksums", () => {
  it("are in the format of sha256sum, sorted by file", () => {
    expect(checksums(lock.roles.node)).to.equal(
      `${"a".repeat(64)}  socat_1.7.4.4-2_amd64.deb\n${"b".repeat(64)}  wheels/rtp_io-1.1.1-cp311.whl\n`,
    );
  });
});

describe("a package that cannot be had", () => {
  it("is named with the way to a new lock when the sources have moved on", () => {
    const { message } = goneError([socat], undefined);
    expect(message).to.contain("download socat 1.7.4.4-2: the package sources no longer have this version");
    expect(message).to.contain("npm run bundle:update");
  });

  it("is blamed on the network when apt says so", () => {
    expect(goneError([socat], "E: Failed to fetch").message).to.contain(
      "E: Failed to fetch; check the controller's network",
    );
  });

  it("is explained by apt's errors, not by its chatter", () => {
    const said =
      "Err:1 x\nW: warning\nE: Failed to fetch x\nE: Unable to fetch some archives, maybe run apt-get update";
    expect(lastWords(said)).to.equal("E: Failed to fetch x");
    expect(lastWords("")).to.equal("no reason given");
  });
});
