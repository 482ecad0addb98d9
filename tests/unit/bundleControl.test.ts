import { expect } from "chai";
import {
  exactNeeds,
  indexStanza,
  installedStatus,
  lockedPackage,
  parsePrintUris,
  parseStanzas,
} from "../../bundle/control.ts";

const DIGEST = "dfd08e71e55566c74cd9253228903133e6d93acfc6ee2526b25f7a89d83fc1fc";

const PACKAGES = `Package: mariadb-client
Version: 1:10.11.19-0+deb12u1
Depends: perl:any, libc6 (>= 2.36)
Description: database client
 first line
 .
 second line
Filename: pool/main/m/mariadb/mariadb-client_10.11.19-0+deb12u1_amd64.deb
Size: 2952092
MD5sum: 0
SHA256: ${DIGEST}

Package: empty
Conffiles:
 /etc/empty.conf 00
`;

describe("control data", () => {
  it("is read paragraph by paragraph with continuation lines", () => {
    const [client, empty] = parseStanzas(PACKAGES);
    expect(client?.get("Description")).to.equal("database client\n first line\n .\n second line");
    expect(empty?.get("Conffiles")).to.equal("\n /etc/empty.conf 00");
  });

  it("gives a lock entry whose file has neither directory nor epoch", () => {
    const [client] = parseStanzas(PACKAGES);
    expect(lockedPackage(client ?? new Map())).to.deep.equal({
      name: "mariadb-client",
      version: "1:10.11.19-0+deb12u1",
      file: "mariadb-client_10.11.19-0+deb12u1_amd64.deb",
      sha256: DIGEST,
      size: 2_952_092,
    });
  });

  it("rejects an index paragraph without a digest, naming package and field", () => {
    const broken = new Map([
      ["Package", "socat"],
      ["Version", "1"],
      ["Filename", "a.deb"],
    ]);
    expect(() => lockedPackage(broken)).to.throw("socat has no SHA256; refresh the package lists");
  });

  it("gets the bundle's own file name, size and digest and keeps everything else", () => {
    const [client] = parseStanzas(PACKAGES);
    const control = client ?? new Map<string, string>();
    const text = indexStanza(control, { ...lockedPackage(control), size: 7 });
    expect(text).to.contain("Depends: perl:any, libc6 (>= 2.36)\n").and.to.contain(" .\n second line\n");
    expect(
      text.endsWith(`Filename: ./mariadb-client_10.11.19-0+deb12u1_amd64.deb\nSize: 7\nSHA256: ${DIGEST}\n`),
    ).to.equal(true);
    expect(text).not.to.contain("MD5sum");
  });

  it("survives reading what was written", () => {
    const stanzas = parseStanzas(PACKAGES);
    const [client, empty] = parseStanzas(installedStatus(stanzas));
    expect(client?.get("Status")).to.equal("install ok installed");
    expect(client?.get("Description")).to.equal(stanzas[0]?.get("Description"));
    expect(empty?.get("Conffiles")).to.equal(stanzas[1]?.get("Conffiles"));
  });
});

describe("apt's list of addresses", () => {
  it("gives names and versions in order, with epochs decoded", () => {
    const text = [
      "Reading package lists...",
      "'http://mirror.example/pool/s/socat_1.7.4.4-2_amd64.deb' socat_1.7.4.4-2_amd64.deb 375188 SHA256:00",
      "'http://mirror.example/pool/m/mariadb-client_10.deb' mariadb-client_1%3a10.11.19-0+deb12u1_amd64.deb 2952092 MD5Sum:00",
      "",
    ].join("\n");
    expect(parsePrintUris(text)).to.deep.equal([
      { name: "mariadb-client", version: "1:10.11.19-0+deb12u1" },
      { name: "socat", version: "1.7.4.4-2" },
    ]);
  });
});

describe("packages that need each other in one version", () => {
  const stanza = (name: string, depends: string): [string, Map<string, string>] => [
    name,
    new Map([
      ["Package", name],
      ["Depends", depends],
    ]),
  ];
  const index = new Map([
    stanza("perl", "perl-base (= 5.36.0-7), libperl5.36 (= 5.36.0-7), libc6 (>= 2.36)"),
    stanza("perl-base", "dpkg (>= 1.17.17)"),
    stanza("libperl5.36", "perl-modules-5.36 (>= 5.36.0-7), libbz2-1.0 (= 1.0.8-5)"),
    stanza("libbz2-1.0", ""),
    stanza("libc6", "libgcc-s1"),
    stanza("dpkg", ""),
  ]);

  it("are carried along, and what is needed loosely is not", () => {
    expect(exactNeeds(["perl"], index)).to.deep.equal(["libbz2-1.0", "libperl5.36", "perl", "perl-base"]);
  });

  it("are left out where the sources do not have them", () => {
    expect(exactNeeds(["a"], new Map([stanza("a", "virtual (= 1)")]))).to.deep.equal(["a"]);
  });
});
