import { expect } from "chai";
import { fillTemplate } from "../../render/template.ts";

describe("template", () => {
  it("fills every mark, also one that occurs twice", () => {
    expect(fillTemplate("a @X@ b @Y_2@ @X@\n", { X: "1", Y_2: "$&" })).to.equal("a 1 b $& 1\n");
  });

  it("leaves other @ signs alone", () => {
    expect(fillTemplate("root@host @lower@\n", {})).to.equal("root@host @lower@\n");
  });

  it("rejects a mark without a value", () => {
    expect(() => fillTemplate("@MISSING@\n", {})).to.throw("@MISSING@, but no value is given");
  });

  it("rejects a value without a mark", () => {
    expect(() => fillTemplate("nothing\n", { SPARE: "1" })).to.throw("does not use SPARE");
  });
});
