import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import type { ClusterPlan } from "../../config/plan.ts";
import { renderHost, renderHostSecrets } from "../../render/index.ts";
import { mediaServerPlan, opensipsPlan, placeholderSecrets, withRelay } from "../support/plans.ts";

const DEBS = process.env["SIP_HA_OPENSIPS_DEBS"];
const MODULES = "usr/lib/x86_64-linux-gnu/opensips/modules/";

const base = opensipsPlan();
const tls = { port: 5061, certificate: "a certificate\n", validUntil: "2126-11-05T19:23:46.000Z" };
const { mediaServers, balancing } = mediaServerPlan();
/** Whatever changes what opensips.cfg includes or loads. */
const combinations: Readonly<Record<string, ClusterPlan>> = {
  "UDP and TCP": base,
  "UDP alone": { ...base, sip: { ...base.sip, tcp: false } },
  "a domain that is the floating IP": { ...base, sip: { ...base.sip, domain: base.floatingIp.address } },
  "the relay rtpengine": withRelay(base, "rtpengine"),
  "the relay MediaProxy": withRelay(base, "mediaproxy"),
  "no relay": withRelay(base, "none"),
  TLS: { ...base, sip: { ...base.sip, tls } },
  "media servers": { ...base, mediaServers, balancing },
  "media servers by weight": { ...base, mediaServers, balancing: { ...balancing, algorithm: "weight" } },
  "exempt networks": { ...base, rateLimit: { ...base.rateLimit, exempt: ["10.0.0.0/8", "192.0.2.1/32"] } },
};

describe("opensips itself (SIP_HA_OPENSIPS_DEBS names a directory with its packages)", function () {
  this.timeout("60s");
  let root: string;

  before(async function () {
    if (DEBS === undefined) {
      process.stderr.write("skipped: SIP_HA_OPENSIPS_DEBS is not set, OpenSIPS is not in Debian\n");
      this.skip();
    }
    root = await mkdtemp(join(tmpdir(), "sip-ha-opensips-"));
    for (const file of (await readdir(DEBS)).filter((name) => name.endsWith(".deb"))) {
      await execa("dpkg-deb", ["-x", join(DEBS, file), join(root, "package")]);
    }
    const missing = await missingLibraries(join(root, "package"));
    if (missing === "") return;
    process.stderr.write(`skipped: this machine lacks libraries of OpenSIPS: ${missing}\n`);
    this.skip();
  });

  after(async () => {
    if (DEBS !== undefined) await rm(root, { recursive: true, force: true });
  });

  for (const [name, plan] of Object.entries(combinations)) {
    it(`accepts the configuration with ${name}`, async () => {
      const directory = await layOut(plan, join(root, "config"));
      const program = join(root, "package/usr/sbin/opensips");
      for (const main of ["opensips.cfg", "without-database.cfg"]) {
        const { exitCode, all } = await execa(program, ["-C", "-f", join(directory, main)], {
          reject: false,
          all: true,
        });
        expect(exitCode, all).to.equal(0);
      }
    });
  }

  /** The configuration where an ordinary user can have it; sockets are on the loopback interface. */
  async function layOut(plan: ClusterPlan, directory: string): Promise<string> {
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory);
    const [node] = plan.nodes;
    if (node === undefined) throw new Error("the plan has no node");
    const files = [...renderHost(plan, node), ...renderHostSecrets(plan, node, placeholderSecrets)];
    for (const { path, content } of files.filter(({ path }) => path.startsWith("/etc/opensips/"))) {
      const text = content
        .replaceAll("/etc/opensips/", `${directory}/`)
        .replaceAll(`/${MODULES}`, join(root, "package", MODULES))
        .replaceAll(plan.floatingIp.address, "127.0.0.1");
      const target = join(directory, path.slice("/etc/opensips/".length));
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text);
    }
    return directory;
  }
});

async function missingLibraries(root: string): Promise<string> {
  const objects = ["usr/sbin/opensips", join(MODULES, "db_mysql.so"), join(MODULES, "auth.so")];
  const { stdout } = await execa(
    "ldd",
    objects.map((path) => join(root, path)),
    { reject: false },
  );
  return stdout
    .split("\n")
    .filter((line) => line.includes("not found"))
    .map((line) => line.trim().split(" ")[0])
    .join(", ");
}
