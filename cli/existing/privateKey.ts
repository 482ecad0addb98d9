import { identityFileText } from "../../config/identity.ts";
import type { ExistingClusterPlan } from "../../config/plan.ts";
import { surroundingsOf } from "../../config/resolve.ts";
import { projectDir } from "../../toolchain/versions.ts";
import { pulumiOutput } from "../pulumi.ts";

/**
 * The private key of the SSH user, before anything is deployed.
 *
 * @returns undefined where the agent holds it
 * @throws Error when there is no agent, or no such secret
 */
export async function privateKeyOf(
  plan: ExistingClusterPlan,
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  switch (plan.hosts.identity.kind) {
    case "file":
      return identityFileText(plan, surroundingsOf(projectDir));
    case "secret":
      return pulumiOutput(env, plan.stack, "config", "get", "sip-ha:sshKey");
    case "agent":
      if ((process.env["SSH_AUTH_SOCK"] ?? "") !== "") return undefined;
      throw new Error(
        `no SSH agent: hosts.ssh.identity is agent in Pulumi.${plan.stack}.yaml, and SSH_AUTH_SOCK is not set; ` +
          "start one (`eval $(ssh-agent)`, `ssh-add FILE`), or name a file or the secret there",
      );
  }
}
