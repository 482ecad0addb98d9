import { expect } from "chai";
import { firstReserved, isCidr, isIpv4, isReserved, networkOf, parseNetwork } from "../../config/addresses.ts";

describe("addresses", () => {
  it("are four decimal octets and nothing else", () => {
    const accepted = [
      "10.77.0.2",
      "255.255.255.255",
      "010.0.0.1",
      "10.0.1",
      "0x0a.0.0.1",
      "1.2.3.256",
      "",
      "::1",
    ].filter(isIpv4);
    expect(accepted).to.deep.equal(["10.77.0.2", "255.255.255.255"]);
  });

  it("are networks with a decimal prefix up to 32", () => {
    const accepted = [
      "10.0.0.0/8",
      "10.0.0.0/32",
      "10.0.0.0",
      "10.0.0.0/33",
      "10.0.0.0/08",
      "10.0.0.0/8/8",
      "10.0.0.0/",
    ].filter(isCidr);
    expect(accepted).to.deep.equal(["10.0.0.0/8", "10.0.0.0/32"]);
  });

  it("belong to the network that their prefix says", () => {
    expect(networkOf("198.51.100.77", 27).cidr).to.equal("198.51.100.64/27");
    expect(parseNetwork("223.255.255.9/24").cidr).to.equal("223.255.255.0/24");
  });

  it("leave the last usable ones to Docker", () => {
    const network = parseNetwork("198.51.100.0/29");
    expect(firstReserved(network, 1)).to.equal("198.51.100.6");
    const reserved = [3, 4, 5, 6, 7].filter((number) => isReserved(network, 3, `198.51.100.${number}`));
    expect(reserved).to.deep.equal([4, 5, 6]);
  });
});
