/** Whether a command with these words may end before its input does, so that a writer may be killed by SIGPIPE (pipe(7)). */
const ENDS_EARLY: Readonly<Record<string, (words: string) => boolean>> = {
  head: () => true,
  read: () => true,
  dd: (words) => /\bcount=/.test(words),
  grep: (words) => /\s(-[a-zA-Z]*[qlLm]|--(quiet|silent|max-count|files-with))/.test(words),
  awk: (words) => /\bexit\b/.test(words.replace(/\bEND\s*\{[^}]*\}/g, "")),
  sed: (words) => /(^|[\s'";{}\d$/])[qQ](\s*\d+)?\s*($|['";}])/m.test(words),
  // the body of the loop, until its end
  while: (words) => /\b(break|return|exit)\b/.test(words),
};
const COMMANDS = Object.keys(ENDS_EARLY).join("|");
const BEFORE = String.raw`(?:[{(!]\s*|if\s+|sudo\s+(?:-n\s+)?|timeout\s+\S+\s+|env\s+|[A-Z_]+=\S*\s+)*`;
const PIPE = new RegExp(String.raw`(?<![|>\\])\|&?(?=\s)(?:\s|\\\n)*${BEFORE}(${COMMANDS})(?=[\s;)]|$)`, "gm");

/** A reader of a pipe that may end early. */
export interface EarlyReader {
  readonly line: number;
  readonly command: string;
}

/** Finds them in a shell program. It knows quotes and comments, and no more of the language. */
export function earlyReaders(program: string): readonly EarlyReader[] {
  const text = program.replace(/^[ \t]*#.*$/gm, "");
  return [...text.matchAll(PIPE)].flatMap((found) => {
    const [whole, command = ""] = found;
    const rest = text.slice(found.index + whole.length);
    const words = command === "while" ? (/^[^]*?^\s*done\b|^.*\bdone\b/m.exec(rest)?.[0] ?? rest) : wordsOf(rest);
    if (ENDS_EARLY[command]?.(words) !== true) return [];
    return [{ line: text.slice(0, found.index).split("\n").length, command }];
  });
}

/** Whether a pipe of this program fails with whichever of its commands fails; one that others source may be run so. */
export function failsWithEachCommand(program: string): boolean {
  const posix = /^#!\/bin\/sh\b|^# shellcheck shell=sh\b/m.test(program);
  return !posix || program.includes("pipefail");
}

/** From here to the end of the command. */
function wordsOf(text: string): string {
  const words = /^(?:'[^']*'|"(?:\\[^]|[^"\\])*"|\\[^]|[^'"\\|;&\n)])*/.exec(text);
  return words?.[0] ?? "";
}
