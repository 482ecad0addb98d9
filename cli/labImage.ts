import { labImageName } from "../toolchain/labImageName.ts";
import { mediaImageName } from "../toolchain/mediaImageName.ts";
import { prepareToolchain } from "../toolchain/prepare.ts";

interface Options {
  readonly media?: true;
  readonly trixie?: true;
}

/** Makes what machines of a lab start from, unless it is there, for programs that make a lab by themselves. */
export async function labImage({ media, trixie }: Options): Promise<void> {
  const more = [...(trixie ? (["trixie-image"] as const) : []), ...(media ? (["media-image"] as const) : [])];
  await prepareToolchain({ need: ["docker", "image", ...more] });
  const names = [labImageName(), ...(trixie ? [labImageName("trixie")] : []), ...(media ? [mediaImageName()] : [])];
  process.stdout.write(`${names.join("\n")}\n`);
}
