import type { ToolchainEnv } from "./prepare.ts";

/** The environment as lines for `eval` in a POSIX shell. */
export function envShellLines(toolchain: ToolchainEnv): readonly string[] {
  return Object.entries(toolchain.env).map(([name, value]) => `export ${name}=${shellQuoted(value)}`);
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
