import { expect } from "chai";
import { tortureMessages } from "../support/torture.ts";

describe("the torture messages", () => {
  const messages = tortureMessages("test.example.net");

  it("have what is expected of each, and no expectation without a message", () => {
    expect(messages).to.have.lengthOf(47);
    for (const { name, expected } of messages) expect(expected, name).to.match(/^(none|[4-6]\d\d)$/);
  });

  it("have an answer of OpenSIPS where that is another one", () => {
    const others = tortureMessages("test.example.net", "opensips").filter(
      ({ expected }, at) => expected !== messages[at]?.expected,
    );
    expect(others.map(({ name }) => name))
      .to.include("invalid/badvers")
      .and.have.lengthOf(7);
  });

  it("are meant for the cluster's domain and end their lines as SIP does", () => {
    for (const { name, datagram } of messages) {
      const text = datagram.toString("latin1");
      expect(text, name).to.not.include("sip.example.net");
      expect(text.replaceAll("\r\n", ""), name).to.not.include("\n");
    }
  });

  it("get no success: nothing among them is a call or a registration", () => {
    expect(
      messages.filter(({ name, expected }) => name.startsWith("invalid/") && expected.startsWith("2")),
    ).to.deep.equal([]);
  });
});
