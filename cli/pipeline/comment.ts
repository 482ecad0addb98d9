import { readFile } from "node:fs/promises";
import { say } from "../say.ts";
import { type Forge, forgeOf } from "./forge.ts";

/** Puts a file under the change that the pipeline runs for; an earlier one of the same kind and stack is replaced. */
export async function comment({ file }: { readonly file: string }): Promise<void> {
  const forge = forgeOf(process.env);
  say(await putComment(forge, await readFile(file, "utf8")));
}

/** @throws Error when the text does not begin with a mark, by which the next one would find it */
export async function putComment(forge: Forge, text: string): Promise<string> {
  const [mark] = /^<!-- sip-ha [\w.: -]+ -->/.exec(text) ?? [];
  if (mark === undefined)
    throw new Error("the comment must begin with `<!-- sip-ha ... -->`, as `preview --markdown` writes it");
  const earlier = (await forge.comments()).find(({ body }) => body.startsWith(mark));
  if (earlier === undefined) await forge.add(text);
  else await forge.replace(earlier.id, text);
  return `${earlier === undefined ? "commented on" : "replaced the comment on"} ${forge.change}`;
}
