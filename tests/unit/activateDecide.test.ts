import { expect } from "chai";
import { sameRelease, touchesService } from "../../activate/decide.ts";

describe("what a change touches", () => {
  it("is the service when proxy, relay or engine are among it", () => {
    for (const effect of ["proxy", "relay", "engine"]) {
      expect(touchesService(["time", effect]), effect).to.equal(true);
    }
  });

  it("is not the service when only the clock or programs are among it", () => {
    expect(touchesService(["time", "database"])).to.equal(false);
    expect(touchesService([])).to.equal(false);
  });
});

describe("two releases", () => {
  const release = { files: "f", secrets: "s", bundle: "b" };

  it("are the same when files, secrets and packages are", () => {
    expect(sameRelease({ ...release }, release)).to.equal(true);
  });

  it("differ when any of the three differs or one is missing", () => {
    for (const part of ["files", "secrets", "bundle"]) {
      expect(sameRelease({ ...release, [part]: "other" }, release), part).to.equal(false);
    }
    expect(sameRelease(undefined, release)).to.equal(false);
  });
});
