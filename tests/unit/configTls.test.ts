import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { faultLine } from "../../config/faults.ts";
import { resolvePlan } from "../../config/resolve.ts";
import { keyFileText, tlsSecretFaults, type Surroundings, type TlsSecret } from "../../config/tls.ts";
import { smallestCluster } from "../support/refusals.ts";

const directory = fileURLToPath(new URL("../support/tls/", import.meta.url));
const surroundings: Surroundings = { directory, now: new Date("2030-01-01") };
const text = (name: string): string => readFileSync(`${directory}${name}`, "utf8");

function withTls(tls: unknown, sip: object = {}): Readonly<Record<string, unknown>> {
  return { ...smallestCluster, sip: { domain: "sip.example.net", ...sip, tls } };
}

function faults(tls: unknown, now = surroundings.now, sip: object = {}): readonly string[] {
  const resolution = resolvePlan(withTls(tls, sip), "test", { directory, now });
  return "faults" in resolution ? resolution.faults.map(faultLine) : [];
}

function secretFaults(tls: unknown, secret: TlsSecret): readonly string[] {
  return tlsSecretFaults(withTls(tls), secret, surroundings).map(faultLine);
}

describe("stack file: SIP over TLS", () => {
  it("takes a certificate from a file or as text into the plan, with its end", () => {
    for (const certificate of ["certificate.pem", text("certificate.pem")]) {
      const resolution = resolvePlan(withTls({ certificate }), "test", surroundings);
      const tls = "plan" in resolution ? resolution.plan.sip.tls : undefined;
      expect(tls?.port).to.equal(5061);
      expect(tls?.certificate).to.equal(text("certificate.pem"));
      expect(tls?.validUntil).to.match(/^21\d\d-/);
    }
  });

  it("keeps the key file's path and text out of the plan", () => {
    const tls = { certificate: "certificate.pem", keyFile: "key.pem" };
    const resolution = resolvePlan(withTls(tls), "test", surroundings);
    expect(JSON.stringify(resolution)).to.include("validUntil").and.not.include("key.pem").and.not.include("PRIVATE");
    expect(keyFileText(withTls(tls), surroundings)).to.equal(text("key.pem"));
  });

  it("rejects TLS without a certificate", () => {
    expect(faults({ port: 5061 })).to.deep.equal([
      "sip.tls.certificate must be a path, or PEM text that begins with -----BEGIN CERTIFICATE-----, got nothing; set it, for instance certificate: certificates/sip.example.net.pem",
    ]);
  });

  it("rejects a file that is not there, and one that is no certificate", () => {
    expect(faults({ certificate: "absent.pem" })).to.deep.equal([
      'sip.tls.certificate must be PEM text, or a file that can be read from the project\'s directory, got "absent.pem"; correct the path, or put the file there',
    ]);
    expect(faults({ certificate: "key.pem" })).to.deep.equal([
      'sip.tls.certificate must hold a certificate in PEM form, got "key.pem", which holds none; give the file that begins with -----BEGIN CERTIFICATE-----',
    ]);
  });

  it("rejects a certificate that has ended, and one that has not begun", () => {
    const certificate = "certificate.pem";
    expect(faults({ certificate }, new Date("2200-01-01"))[0]).to.match(
      /^sip\.tls\.certificate must be valid today, got one that ended on 21\d\d-/,
    );
    expect(faults({ certificate }, new Date("2020-01-01"))[0]).to.match(/got one that begins on 20\d\d-/);
  });

  it("rejects a key file of another certificate, one without a key, and one that is not there", () => {
    const certificate = "certificate.pem";
    expect(faults({ certificate, keyFile: "other-key.pem" })).to.deep.equal([
      "sip.tls.keyFile must belong to sip.tls.certificate, got the key of another certificate; give the key that the certificate was made for, or the other certificate",
    ]);
    expect(faults({ certificate, keyFile: "certificate.pem" })[0]).to.include("must hold a private key in PEM form");
    expect(faults({ certificate, keyFile: "absent.pem" })[0]).to.include("must be a file that can be read");
    expect(faults({ certificate, keyFile: "key.pem" })).to.deep.equal([]);
  });

  it("rejects the port that TCP uses", () => {
    const tls = { certificate: "certificate.pem", port: 5060 };
    expect(faults(tls)).to.deep.equal([
      "sip.tls.port must differ from sip.port (5060), which TCP uses, got 5060; change one of the two, or write tcp: false",
    ]);
    expect(faults(tls, surroundings.now, { tcp: false })).to.deep.equal([]);
  });
});

describe("the secret sip-ha:tlsKey", () => {
  const tls = { certificate: "certificate.pem" };

  it("may be the key of the certificate, and is believed where it cannot be read", () => {
    expect(secretFaults(tls, { text: text("key.pem") })).to.deep.equal([]);
    expect(secretFaults(tls, "encrypted")).to.deep.equal([]);
    expect(secretFaults(undefined, "none")).to.deep.equal([]);
  });

  it("rejects its absence, unless a file is named", () => {
    expect(secretFaults(tls, "none")).to.deep.equal([
      "sip-ha:tlsKey must hold the private key of sip.tls.certificate, got nothing; set it by `pulumi config set --secret sip-ha:tlsKey <key.pem`, or name a file as sip.tls.keyFile",
    ]);
    expect(secretFaults({ ...tls, keyFile: "key.pem" }, "none")).to.deep.equal([]);
  });

  it("rejects the key of another certificate without repeating it", () => {
    expect(secretFaults(tls, { text: text("other-key.pem") })).to.deep.equal([
      "sip-ha:tlsKey must belong to sip.tls.certificate, got the key of another certificate; give the key that the certificate was made for, or the other certificate",
    ]);
    expect(secretFaults(tls, { text: "hush-hush" })[0]).to.include("got a value that is not shown here");
  });

  it("rejects two keys, and a key without TLS", () => {
    expect(secretFaults({ ...tls, keyFile: "key.pem" }, "encrypted")[0]).to.include("where sip.tls.keyFile is given");
    expect(secretFaults(undefined, "encrypted")[0]).to.include("must be absent without sip.tls");
  });
});
