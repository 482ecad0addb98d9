import type { Container } from "dockerode";
import { engine, isMissing } from "../../../toolchain/plugins/docker/engine.ts";

/** What somebody else does to the engine, beside the stack: names are those of the test. */
export class OutOfBand {
  private readonly prefix: string;
  private readonly image: string;

  constructor(prefix: string, image: string) {
    this.prefix = prefix;
    this.image = image;
  }

  /** What was done before a step of a case, if anything was. */
  async before(name: string, step: number): Promise<void> {
    await this.actions[`${name} ${step}`]?.();
  }

  private readonly actions: Readonly<Record<string, () => Promise<unknown>>> = {
    "netGone 2": () => engine.getNetwork(this.named("netGone")).remove(),
    "volGone 2": () => engine.getVolume(this.named("volGone")).remove(),
    "volExisting 1": () => engine.createVolume({ Name: this.named("vol7") }),
    "imgRetag 1": () => this.tag(":1", "moving"),
    "imgRetag 2": () => this.tag(":2", "moving"),
    "imgGone 1": () => this.tag(":1", "going"),
    "imgGone 4": () => engine.getImage(`${this.repository}/going:1`).remove(),
    "imgGone 5": () => this.tag(":1", "going"),
    "imgDel 1": () => this.tag(":1", "drop"),
    "stopRef 3": () => this.stop("stopRef"),
    "stopNoRef 2": () => this.stop("stopNoRef"),
    "stopMustFalse 3": () => this.stop("stopMustFalse"),
    "goneRef 3": () => this.remove("goneRef"),
    "goneNoRef 2": () => this.remove("goneNoRef"),
    "goneUpd 2": () => this.remove("goneUpd"),
    "goneRepl 2": () => this.remove("goneRepl"),
    "recreated 3": async () => {
      await this.remove("recreated");
      await this.run("recreated");
    },
    "recreated 5": () => this.remove("recreated"),
    "conflict 1": () => this.make("conflict"),
    "conflict 2": () => this.remove("conflict"),
    "netConflict 1": () => this.network("foreignPool", "10.92.2.0/24"),
    "netConflict 2": () => engine.getNetwork(this.named("foreignPool")).remove(),
    "netDupName 1": () => this.network("net4"),
    "netBusy 2": () => this.run("onNet5", { NetworkMode: this.named("net5") }),
    "netBusy 4": () => this.remove("onNet5"),
    "volBusy 2": () => this.run("onVol8", { Binds: [`${this.named("vol8")}:/data`] }),
    "volBusy 4": () => this.remove("onVol8"),
    "portTaken 1": () =>
      this.run("onPort", { PortBindings: { "8080/tcp": [{ HostIp: "127.0.0.1", HostPort: "28095" }] } }),
    "portTaken 2": () => this.remove("onPort"),
  };

  /** Removes everything that bears the test's prefix. */
  async clean(): Promise<void> {
    const filters = { name: [this.prefix] };
    for (const { Id, Names } of await engine.listContainers({ all: true })) {
      if (Names.some((name) => name.startsWith(`/${this.prefix}`))) await this.forget(Id);
    }
    for (const { Id, Name } of await engine.listNetworks({ filters })) {
      if (Name.startsWith(this.prefix)) await engine.getNetwork(Id).remove();
    }
    const { Volumes } = await engine.listVolumes({ filters });
    for (const { Name } of Volumes) await engine.getVolume(Name).remove();
    for (const { RepoTags } of await engine.listImages()) {
      for (const tag of (RepoTags ?? []).filter((candidate) => candidate.startsWith(`${this.repository}/`))) {
        await engine.getImage(tag).remove();
      }
    }
  }

  private get repository(): string {
    return this.image.slice(0, this.image.indexOf("/"));
  }

  private named(name: string): string {
    return `${this.prefix}${name}`;
  }

  private async tag(version: string, repository: string): Promise<void> {
    await engine.getImage(`${this.image}${version}`).tag({ repo: `${this.repository}/${repository}`, tag: "1" });
  }

  private async network(name: string, subnet?: string): Promise<void> {
    const IPAM = subnet === undefined ? {} : { Config: [{ Subnet: subnet }] };
    await engine.createNetwork({ Name: this.named(name), IPAM });
  }

  private async stop(name: string): Promise<void> {
    await engine.getContainer(this.named(name)).stop({ t: 2 });
  }

  private async remove(name: string): Promise<void> {
    await this.forget(this.named(name));
  }

  private async forget(id: string): Promise<void> {
    try {
      await engine.getContainer(id).remove({ force: true, v: true });
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  private async run(name: string, hostConfig: object = {}): Promise<void> {
    await (await this.make(name, hostConfig)).start();
  }

  private async make(name: string, hostConfig: object = {}): Promise<Container> {
    return await engine.createContainer({
      name: this.named(name),
      Image: `${this.image}:1`,
      Cmd: ["/bin/sleep", "600"],
      ExposedPorts: { "8080/tcp": {} },
      HostConfig: hostConfig,
    });
  }
}
