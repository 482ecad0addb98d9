import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { filterSources, machineSources, otherRelease } from "../../bundle/sources.ts";

const DEB822 = `# comment
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://other.example/apt
Suites: bookworm
Components: stable

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
`;

describe("package sources", () => {
  it("keep the release's pockets of the machine's own sources and nobody else's", () => {
    expect(filterSources({ list: "", deb822: DEB822 }, "bookworm").deb822).to.equal(
      [
        "Types: deb",
        "URIs: http://mirror.example/debian",
        "Suites: bookworm bookworm-updates",
        "Components: main",
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg",
        "",
      ].join("\n"),
    );
  });

  it("lead to another release on the same mirror, its main pocket alone", () => {
    const own = filterSources(
      { list: "deb [arch=amd64] http://mirror.example/debian bookworm main\n", deb822: DEB822 },
      "bookworm",
    );
    expect(otherRelease(own, "bookworm", "bullseye")).to.deep.equal({
      list: "deb [arch=amd64] http://mirror.example/debian bullseye main\n",
      deb822: [
        "Types: deb",
        "URIs: http://mirror.example/debian",
        "Suites: bullseye",
        "Components: main",
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg",
        "",
      ].join("\n"),
    });
  });

  it("are understood in the one-line format too", () => {
    const list = [
      "# deb http://mirror.example/debian bookworm main",
      "deb [signed-by=/k.gpg arch=amd64] http://mirror.example/debian bookworm main contrib # ours",
      "deb-src http://mirror.example/debian bookworm main",
      "deb http://mirror.example/debian trixie main",
      "deb http://other.example/apt bookworm stable",
    ];
    expect(filterSources({ list: list.join("\n"), deb822: "" }, "bookworm").list).to.equal(`${list[1] ?? ""}\n`);
  });

  it("are empty on a machine of another release", () => {
    expect(filterSources({ list: "", deb822: DEB822 }, "trixie")).to.deep.equal({ list: "", deb822: "" });
  });

  describe("of a machine", () => {
    let etcApt: string;

    beforeEach(() => {
      etcApt = mkdtempSync(join(tmpdir(), "sip-ha-apt-"));
      mkdirSync(join(etcApt, "sources.list.d"));
    });

    afterEach(() => {
      rmSync(etcApt, { recursive: true });
    });

    it("are read from every file of both formats", () => {
      writeFileSync(join(etcApt, "sources.list"), "deb http://mirror.example/debian bookworm main\n");
      writeFileSync(join(etcApt, "sources.list.d", "debian.sources"), DEB822);
      const { list, deb822 } = machineSources("bookworm", etcApt);
      expect(list).to.equal("deb http://mirror.example/debian bookworm main\n");
      expect(deb822)
        .to.equal(filterSources({ list: "", deb822: DEB822 }, "bookworm").deb822)
        .and.not.equal("");
    });

    it("lead to the release of the hosts with every pocket, where the machine runs another", () => {
      writeFileSync(
        join(etcApt, "sources.list"),
        "deb [arch=amd64] http://mirror.example/debian-security bookworm-security main\n",
      );
      writeFileSync(join(etcApt, "sources.list.d", "debian.sources"), DEB822);
      const { list, deb822 } = machineSources("trixie", etcApt);
      expect(list).to.equal("deb [arch=amd64] http://mirror.example/debian-security trixie-security main\n");
      expect(deb822).to.include("Suites: trixie trixie-updates\n").and.to.not.include("bookworm");
    });

    it("are those of the hosts' release where the machine has some, whatever it runs", () => {
      const both = ["deb http://mirror.example/debian bookworm main", "deb http://other.example/debian trixie main"];
      writeFileSync(join(etcApt, "sources.list"), both.map((line) => `${line}\n`).join(""));
      expect(machineSources("trixie", etcApt).list).to.equal(`${both[1] ?? ""}\n`);
      expect(machineSources("bookworm", etcApt).list).to.equal(`${both[0] ?? ""}\n`);
    });

    it("rejects a machine that has none of any release", () => {
      writeFileSync(join(etcApt, "sources.list"), "deb http://mirror.example/ubuntu noble main\n");
      expect(() => machineSources("bookworm", etcApt)).to.throw(
        "no package source of Debian bookworm, component main; add one with its key below",
      );
    });
  });
});
