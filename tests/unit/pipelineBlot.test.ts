import { expect } from "chai";
import { BLOT, blotter, secretsOf } from "../../cli/pipeline/blot.ts";

const SIGNATURE = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

function secret(value: unknown): unknown {
  return { ...SIGNATURE, plaintext: JSON.stringify(value) };
}

const state = {
  version: 3,
  deployment: {
    resources: [
      {
        type: "pulumi:pulumi:Stack",
        outputs: { access: secret([{ name: "sip1", privateKey: "key\nAAAAB3NzaC1yc2EAAAAD\n" }]) },
      },
      {
        type: "random:index/randomPassword:RandomPassword",
        outputs: { length: 32, result: secret("r4nd0m-p4ssw0rd") },
      },
      {
        type: "command:local:Command",
        inputs: { create: "node", stdin: secret(JSON.stringify({ plan: { stack: "dev" }, password: "in-the-stdin" })) },
      },
      { type: "command:remote:Command" },
    ],
  },
};

describe("secrets of a stack", () => {
  it("are its random values, what stands under telling names in its secrets, and its encrypted configuration", () => {
    const config = {
      "sip-ha:cluster": { value: "{}", secret: false },
      "sip-ha:databasePassword": { value: "chosen", secret: true },
    };
    expect(secretsOf(state, config)).to.have.members([
      "chosen",
      "key\nAAAAB3NzaC1yc2EAAAAD\n",
      "r4nd0m-p4ssw0rd",
      "in-the-stdin",
    ]);
  });

  it("are none before the stack has a state", () => {
    expect(secretsOf({ version: 3, deployment: {} }, {})).to.deep.equal([]);
    expect(secretsOf({ version: 3, deployment: null }, {})).to.deep.equal([]);
  });

  it("are blotted out wherever they stand, also as JSON, in a URL, and line by line", () => {
    const blot = blotter(['pa"ss/word', "key\n-----BEGIN KEY-----\nAAAAB3NzaC1yc2EAAAAD\n"]);
    const text = 'a pa"ss/word, "pa\\"ss/word", mysql://u:pa%22ss%2Fword@db, AAAAB3NzaC1yc2EAAAAD';
    expect(blot(text)).to.equal(`a ${BLOT}, "${BLOT}", mysql://u:${BLOT}@db, ${BLOT}`);
  });

  it("that are short are blotted out as whole words, so that the rest can be read", () => {
    expect(blotter(["up"])("up is supper, up")).to.equal(`${BLOT} is supper, ${BLOT}`);
  });

  it("leave a text alone that has none of them", () => {
    expect(blotter([])("as it is")).to.equal("as it is");
    expect(blotter(["", "\n"])("as it is")).to.equal("as it is");
  });
});
