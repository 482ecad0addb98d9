import { StringDecoder } from "node:string_decoder";

/** Cuts a byte stream into lines; a last line without a newline counts too. */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  // A packet can end inside a character.
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    this.#cut(this.#decoder.write(chunk));
  }

  end(): void {
    this.#cut(this.#decoder.end());
    if (this.#rest !== "") this.#onLine(this.#rest);
    this.#rest = "";
  }

  #cut(text: string): void {
    const parts = (this.#rest + text).split("\n");
    this.#rest = parts.pop() ?? "";
    for (const line of parts) this.#onLine(line);
  }
}
