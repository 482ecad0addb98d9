import { expect } from "chai";
import { dockerGateway, isCidr, isIpv4, networkOf, parseNetwork, spareAddresses } from "../../config/addresses.ts";

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

  it("leave the last usable one to Docker's gateway", () => {
    expect(dockerGateway("198.51.100.0/24")).to.equal("198.51.100.254");
    expect(dockerGateway("10.77.0.0/26")).to.equal("10.77.0.62");
  });

  it("are spare from the top down, beside those taken", () => {
    expect(spareAddresses("198.51.100.0/29", 3, ["198.51.100.4"])).to.deep.equal([
      "198.51.100.5",
      "198.51.100.3",
      "198.51.100.2",
    ]);
  });
});
