import { SharedLab } from "../support/sharedLab.ts";
import { STACK } from "../support/sandbox.ts";
import { changes } from "./cluster/changes.ts";
import { made, removed } from "./cluster/lifetime.ts";
import { messages } from "./cluster/messages.ts";
import { networks } from "./cluster/networks.ts";
import { operations } from "./cluster/operations.ts";
import { recovery } from "./cluster/recovery.ts";
import { rotations } from "./cluster/rotations.ts";
import { secrets } from "./cluster/secrets.ts";

const CANARY = "canary-7f3a91c4d2-not-a-real-password";

// in this order: each concern finds the lab as the one before left it
describe("a whole cluster in the Docker lab", function () {
  this.timeout("15m");
  const lab = new SharedLab();

  before(async () => {
    await lab.begin();
    await lab.sandbox.preparedShell(
      `printf %s '${CANARY}' | npx pulumi config set --secret sip-ha:databasePassword -s ${STACK}`,
    );
  });

  after(async () => {
    await lab.end();
  });

  made(lab);
  networks(lab);
  messages();
  operations(lab);
  changes(lab);
  rotations(lab);
  recovery(lab);
  secrets(lab, CANARY);
  removed(lab);
});
