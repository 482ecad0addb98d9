import { createServer, type IncomingMessage, type Server } from "node:http";
import { json } from "node:stream/consumers";
import { z } from "zod";

/** A comment as a forge keeps it. */
interface Kept {
  readonly id: number;
  body: string;
  readonly own: boolean;
}

const bodySchema = z.object({ body: z.string() });

/** The few calls of GitHub's and GitLab's interfaces that comments need; both on one list of comments. */
export class ForgeServer {
  readonly comments: Kept[] = [];
  readonly tokens = new Set<string>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<ForgeServer> {
    const server = createServer((request, response) => {
      void forge.#answer(request).then(({ status, body }) => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      });
    });
    const forge = new ForgeServer(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return forge;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the server does not listen");
    return `http://127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const { method = "", url = "", headers } = request;
    const path = url.split("?")[0] ?? "";
    this.tokens.add(String(headers["private-token"] ?? headers.authorization));
    if (path === "/user") return { status: 200, body: { id: 7 } };
    if (!/\/(comments|notes)(\/\d+)?$/.test(path)) return { status: 404, body: { message: `no ${path}` } };
    if (method === "GET") return { status: 200, body: this.comments.map(shown) };
    const { body } = bodySchema.parse(await json(request));
    if (method === "POST") {
      this.comments.push({ id: this.comments.length + 1, body, own: true });
      return { status: 201, body: {} };
    }
    const kept = this.comments.find(({ id }) => id === Number(path.split("/").at(-1)));
    if (kept) kept.body = body;
    return { status: kept ? 200 : 404, body: {} };
  }
}

/** With the fields of either forge. */
function shown({ id, body, own }: Kept): unknown {
  return { id, body, system: false, author: { id: own ? 7 : 8 }, user: { type: own ? "Bot" : "User" } };
}
