import { labImageName } from "../toolchain/labImageName.ts";
import { mediaImageName } from "../toolchain/mediaImageName.ts";
import { prepareToolchain } from "../toolchain/prepare.ts";

/** Makes what machines of a lab start from, unless it is there, for programs that make a lab by themselves. */
export async function labImage({ media }: { readonly media?: true }): Promise<void> {
  await prepareToolchain({ need: ["docker", "image", ...(media ? (["media-image"] as const) : [])] });
  const names = [labImageName(), ...(media ? [mediaImageName()] : [])];
  process.stdout.write(`${names.join("\n")}\n`);
}
