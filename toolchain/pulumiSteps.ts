import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { bundled, bundlePath } from "./bundle.ts";
import { findBackend, makeOwnBackend, ownBackendExists } from "./state.ts";
import {
  downloadOfficial,
  findOfficial,
  officialSiteAnswers,
  type OfficialPieces,
  userPulumiHome,
} from "./official.ts";
import { buildCli, builtCliPath } from "./pulumiCli.ts";
import { type HomePieces, makePulumiHome } from "./pulumiHome.ts";
import type { Step } from "./steps.ts";
import { type Provider, providers, readVersions, type Versions } from "./versions.ts";

const launcherProgram = ["pulumi", "toolchain/launcher/main.ts"] as const;
const languageHostProgram = ["pulumi-language-nodejs", "toolchain/language-host/main.ts"] as const;
const pluginProgram = (name: Provider) => [`pulumi-resource-${name}`, `toolchain/plugins/${name}/main.ts`] as const;

/** The Pulumi part of the toolchain: official pieces where there are some, the closed-network kit's for the rest. */
export class PulumiKit {
  readonly versions: Versions;
  #official: OfficialPieces;

  private constructor(versions: Versions, official: OfficialPieces) {
    this.versions = versions;
    this.#official = official;
  }

  /** Looks for official pieces on this machine. */
  static async find(): Promise<PulumiKit> {
    const versions = readVersions();
    return new PulumiKit(versions, await findOfficial(versions));
  }

  /** What the kit stands in for; empty when everything is official. */
  get standIns(): readonly string[] {
    return [...(this.#official.cli === undefined ? ["language-nodejs"] : []), ...this.#missingPlugins()];
  }

  /** The PULUMI_HOME of links to the pieces; all steps must be done. */
  home(): string {
    return makePulumiHome(this.#pieces());
  }

  steps(): readonly Step[] {
    const { cli } = this.versions;
    return [
      {
        title: "Official Pulumi release",
        isDone: () => Promise.resolve(this.#cliExists() && this.#programs().every(isBundled)),
        work: () => this.#download(),
      },
      {
        title: `Pulumi CLI ${cli}`,
        isDone: () => Promise.resolve(this.#cliExists()),
        work: async (onLine) => {
          onLine("compiling it from its Go module; takes some minutes, once");
          await buildCli(cli, onLine);
          return "built from its Go module";
        },
      },
      {
        title: "Language host and plugins of the closed-network kit",
        isDone: () => Promise.resolve(this.#programs().every(isBundled)),
        work: async () => {
          for (const program of this.#programs()) await bundled(...program);
          return this.standIns.length === 0 ? "not needed" : `stand-ins for ${this.standIns.join(", ")}`;
        },
      },
      {
        title: "State directory",
        isDone: () => Promise.resolve(!findBackend(userPulumiHome()).own || ownBackendExists()),
        work: () => {
          makeOwnBackend();
          return Promise.resolve(findBackend(userPulumiHome()).url);
        },
      },
    ];
  }

  #cliExists(): boolean {
    return this.#official.cli !== undefined || existsSync(builtCliPath(this.versions.cli));
  }

  #missingPlugins(): readonly Provider[] {
    return providers.filter((name) => !this.#official.plugins.has(name));
  }

  #programs(): readonly (readonly [name: string, entry: string])[] {
    return [
      launcherProgram,
      ...(this.#official.cli === undefined ? [languageHostProgram] : []),
      ...this.#missingPlugins().map((name) => pluginProgram(name)),
    ];
  }

  async #download(): Promise<string> {
    const missing = { cli: this.#official.cli === undefined, plugins: this.#missingPlugins() };
    if (!missing.cli && missing.plugins.length === 0) return "there already";
    if (!(await officialSiteAnswers())) return "cannot be reached from here, the closed-network kit takes its place";
    const failed = await downloadOfficial(this.versions, missing);
    this.#official = await findOfficial(this.versions);
    return failed.length === 0 ? "downloaded" : `not to be had: ${failed.join(", ")}; the kit takes their place`;
  }

  #pieces(): HomePieces {
    const { cli } = this.#official;
    const credentials = join(userPulumiHome(), "credentials.json");
    return {
      versions: this.versions,
      cli: cli ?? builtCliPath(this.versions.cli),
      languageHost: cli === undefined ? bundlePath(...languageHostProgram) : undefined,
      launcher: bundlePath(...launcherProgram),
      plugins: new Map(
        providers.map((name) => [
          name,
          this.#official.plugins.get(name) ?? dirname(bundlePath(...pluginProgram(name))),
        ]),
      ),
      credentials: existsSync(credentials) ? credentials : undefined,
    };
  }
}

function isBundled(program: readonly [name: string, entry: string]): boolean {
  return existsSync(bundlePath(...program));
}
