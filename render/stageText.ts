import type { Effect, RenderedFile } from "./renderedFile.ts";

const PATH = /^(\/[A-Za-z0-9._@+-]+)+$/;
const MODE = /^[0-7]{4}$/;
const OWNER = /^[a-z_][a-z0-9_-]*:[a-z_][a-z0-9_-]*$/;
const EFFECTS: readonly Effect[] = ["none", "proxy", "relay", "tls", "engine", "database", "time"];

/**
 * One readable text for all files of a host, so that a preview shows a change as the very line that changes.
 * For each file, sorted by path: a header `PATH MODE OWNER EFFECT`, then its lines, each after `| `.
 *
 * @throws Error for what `files/stage/receive.sh` would refuse, and for content without a newline at its end
 */
export function stageText(files: readonly RenderedFile[]): string {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  sorted.forEach((file, index) => {
    checkFile(file);
    if (sorted[index + 1]?.path === file.path) throw new Error(`${file.path} is rendered twice; keep one of the two`);
  });
  return sorted.map(fileText).join("");
}

/**
 * The files of a stage text.
 *
 * @throws Error for a text that {@link stageText} does not write
 */
export function parseStageText(text: string): RenderedFile[] {
  const files: RenderedFile[] = [];
  let content: string[] = [];
  let header: string | undefined;
  const finish = (): void => {
    if (header !== undefined) files.push(parseHeader(header, content.map((line) => `${line}\n`).join("")));
  };
  for (const line of text.split("\n").slice(0, -1)) {
    if (line.startsWith("|")) {
      content.push(line.slice(2));
    } else {
      finish();
      header = line;
      content = [];
    }
  }
  finish();
  return files;
}

function checkFile({ path, mode, owner, content }: RenderedFile): void {
  if (!PATH.test(path) || /\/\.\.?(\/|$)/.test(path)) {
    throw new Error(`path must be absolute and plain (letters, digits, . _ @ + -), got ${JSON.stringify(path)}`);
  }
  if (!MODE.test(mode)) throw new Error(`${path}: mode must be four octal digits, got ${JSON.stringify(mode)}`);
  if (!OWNER.test(owner)) throw new Error(`${path}: owner must be user:group, got ${JSON.stringify(owner)}`);
  if (content !== "" && !content.endsWith("\n")) throw new Error(`${path}: content must end with a newline`);
  if (content.includes("\0")) throw new Error(`${path}: content holds a NUL byte, which a shell cannot carry`);
}

function fileText({ path, mode, owner, effect, content }: RenderedFile): string {
  const lines = content.split("\n").slice(0, -1);
  const body = lines.map((line) => (line === "" ? "|\n" : `| ${line}\n`)).join("");
  return `${path} ${mode} ${owner} ${effect}\n${body}`;
}

function parseHeader(header: string, content: string): RenderedFile {
  const [path = "", mode = "", owner = "", name = ""] = header.split(" ");
  const effect = EFFECTS.find((known) => known === name);
  if (effect === undefined) throw new Error(`not a stage text header: ${JSON.stringify(header)}`);
  const file: RenderedFile = { path, mode, owner, effect, content };
  checkFile(file);
  return file;
}
