import { messageOf } from "../remote/eventually.ts";
import { Command } from "commander";
import { bundleUpdate, destroy, preview, printEnv, showStatus, switchover, up, verify } from "./verbs.ts";
import { backup, restore } from "./backup/verbs.ts";
import { drift } from "./drift/verb.ts";
import { explain } from "./explain/verb.ts";
import { labImage } from "./labImage.ts";
import { comment } from "./pipeline/comment.ts";
import { hostKeys } from "./existing/hostKeys.ts";
import { logs } from "./logs.ts";
import { maintenance } from "./maintenance.ts";
import { rotate } from "./rotate.ts";
import { runTask, TASKS } from "./task.ts";
import { users } from "./users.ts";

const DEFAULT_STACK = "dev";

function buildCommands(): Command {
  const program = new Command("sip-ha")
    .description("highly available SIP edges as code: builds, changes, proves and removes a cluster")
    .showHelpAfterError();
  const verb = (name: string, description: string): Command =>
    program.command(name).description(description).option("-s, --stack <name>", "the stack to work on", DEFAULT_STACK);

  verb("up", "build the cluster or bring it to what the stack file says, and verify it")
    .option("--report <directory>", "copy the verification's report there, also when it failed")
    .action(up);
  verb("preview", "show what `up` would change, line by line")
    .option("--markdown <file>", "also as a comment on a change, without any secret of the stack")
    .action(preview);
  verb("destroy", "remove everything of the stack").action(destroy);
  verb("status", "who is active, and how every host is")
    .option("--json", "for machines")
    .option("--watch", "again every two seconds, until interrupted")
    .action(showStatus);
  verb("explain", "why the active node is active, with the timeline of the last move")
    .option("--json", "for machines")
    .action(explain);
  verb("verify", "verify the running cluster and write a report")
    .argument(
      "[what...]",
      "a level, names of scenarios, `safe` or `all`; default: the stack file's level for a first up",
    )
    .option("--list", "name every scenario and say what it does")
    .option("--repeat <n>", "how often each scenario runs", "1")
    .option("--core-repeat <n>", "how often those of the core rows do: 1, 2, 5, 8, 28; default: as the others")
    .option("--seed <n>", "decides the order of several scenarios; default: drawn and printed")
    .option("--report <directory>", "copy the report there, also when it failed")
    .action(verify);
  verb("drift", "compare every host with what was activated there").option("--json", "for machines").action(drift);
  verb("backup", "write users, contacts and accounts into a file, after a trial restore")
    .option("--file <path>", "default: sip-ha-<stack>-<time>.sql here")
    .action(backup);
  verb("restore", "replace users, contacts and accounts by those of a backup, after a trial restore")
    .argument("<file>", "what `backup` wrote")
    .option("--check", "only the trial")
    .action(restore);
  verb("logs", "collect what every host logged, and how it is, into one archive without secrets")
    .option("--minutes <n>", "how far back", "1440")
    .option("--file <path>", "default: sip-ha-logs-<stack>-<time>.tar.gz here")
    .action(logs);
  verb("host-keys", "collect the SSH host keys of existing machines and compare them with the stack file")
    .option("--write", "put those that are new into the stack file")
    .action(hostKeys);
  verb("users", "add, list or remove users; a password comes by stdin")
    .argument("<action>", "add, list or remove")
    .argument("[name]", "user part of the SIP address")
    .action(users);
  verb("switchover", "move the group to the standby node").action(switchover);
  verb("maintenance", "take a node out of the cluster, and let it in again")
    .argument("<verb>", "on or off")
    .argument("<node>", "its name")
    .action(maintenance);
  verb("rotate", "change a secret that the stack made, with one owner of the group throughout")
    .argument("<what>", "database or heartbeat")
    .action(rotate);
  verb("bundle-update", "resolve the newest package versions and roll them out").action(bundleUpdate);
  program
    .command("comment")
    .description("in a pipeline: put what `preview --markdown` wrote under the pull or merge request")
    .requiredOption("--file <file>", "what `preview --markdown` wrote")
    .action(comment);
  program
    .command("lab-image")
    .description("make the image of the lab's machines, for a Pulumi program that makes a lab by itself")
    .option("--media", "also that of media servers")
    .option("--trixie", "also that of machines with Debian 13, for trial as existing hosts")
    .action(labImage);
  program
    .command("bench")
    .description("measure the project's figures on a stack of its own")
    .argument("[what...]", "which figures; default: all")
    .option("--runs <n>", "how often each is measured", "5")
    .action(async (what: string[], { runs }: { readonly runs: string }) => {
      const { runBench } = await import("../bench/run.ts");
      await runBench({ what, runs: Number(runs) });
    });
  program
    .command("bench-peers")
    .description("put the same machines through the same faults with Heartbeat and with keepalived")
    .option("--runs <n>", "how often each fault", "5")
    .action(async ({ runs }: { readonly runs: string }) => {
      const { runPeers } = await import("../bench/peers/run.ts");
      await runPeers({ runs: Number(runs) });
    });
  program
    .command("bench-proxy")
    .description("measure each proxy: its start, its throughput beside its sample configuration")
    .argument("[what...]", "takeover, throughput; default: all")
    .option("--runs <n>", "how often each is measured", "5")
    .action(async (what: string[], { runs }: { readonly runs: string }) => {
      const { runProxy } = await import("../bench/proxy/run.ts");
      await runProxy({ what, runs: Number(runs) });
    });
  program
    .command("bench-calls")
    .description("cut the power of the active node under many calls with sound, by way of rtpengine")
    .option("--calls <n>", "how many are open at once", "200")
    .option("--runs <n>", "how often the power is cut", "5")
    .action(async ({ calls, runs }: { readonly calls: string; readonly runs: string }) => {
      const { runCalls } = await import("../bench/calls/run.ts");
      await runCalls({ calls: Number(calls), runs: Number(runs) });
    });
  program
    .command("bench-hosts")
    .description("measure how drift, status, stage and the look before a change grow from two to six hosts")
    .option("--runs <n>", "how often each is measured; each host counts equally in a multiple of 6", "12")
    .action(async ({ runs }: { readonly runs: string }) => {
      const { runHosts } = await import("../bench/hosts/run.ts");
      await runHosts({ runs: Number(runs) });
    });
  program
    .command("bench-soak")
    .description("saturate every core and count takeovers, of which there must be none")
    .option("--minutes <n>", "how long", "10")
    .option("--profile <name>", "standard, fast or conservative", "standard")
    .action(async ({ minutes, profile }: { readonly minutes: string; readonly profile: string }) => {
      const { runSoak } = await import("../bench/soak/run.ts");
      await runSoak({ minutes: Number(minutes), profile });
    });
  program
    .command("test", { hidden: true })
    .argument("[selection]", "unit, check, package, lab, releases, catalogue, all or full: all of them", "all")
    .argument("[scenarios...]", "of the catalogue; default: every one")
    .action(async (selection: string, scenarios: string[]) => {
      const { runTests } = await import("../tests/run.ts");
      process.exitCode = await runTests(selection, scenarios);
    });
  verb("env", 'prepare a shell for plain Pulumi: eval "$(node bin/sip-ha.mjs env)"').action(printEnv);
  program
    .command("task", { hidden: true })
    .description("a program that the stack runs on the controller; its input is JSON on stdin")
    .argument("<name>", `one of ${TASKS.join(", ")}`)
    .argument("[words...]")
    .action(runTask);
  return program;
}

try {
  await buildCommands().parseAsync();
} catch (error) {
  process.stderr.write(`sip-ha: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
