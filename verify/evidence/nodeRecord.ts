import type { ClusterPlan } from "../../config/plan.ts";
import type { Session } from "../../remote/session.ts";
import { SAMPLE_MS } from "../bounds/bounds.ts";
import { parseSample, type Sample } from "./samples.ts";

const UNIT = "sip-ha-verify-samples.service";
const FILE = "/run/sip-ha-verify-samples";
/** It ends by itself when nobody comes to read it. */
const LONGEST_SECONDS = 300;

/** Begins to note on a node itself what it holds: for a time in which nobody reaches it. */
export async function beginNodeRecord(session: Session, { floatingIp, sip }: ClusterPlan): Promise<void> {
  const sampler = `/usr/lib/sip-ha/observe sample ${floatingIp.address} ${sip.port} ${SAMPLE_MS}`;
  await session.must(
    "note what the node holds",
    `sudo -n systemd-run --quiet --collect --unit=${UNIT} --property=RuntimeMaxSec=${LONGEST_SECONDS} ` +
      `/bin/bash -c 'sleep ${LONGEST_SECONDS} | ${sampler} >${FILE}'`,
  );
}

/** What the node noted; ends the record. */
export async function readNodeRecord(session: Session): Promise<readonly Sample[]> {
  const text = await session.must(
    "read what the node noted",
    `sudo -n systemctl stop ${UNIT}; sudo -n cat ${FILE}; sudo -n rm -f ${FILE}`,
    { timeoutMs: 20_000 },
  );
  return text.split("\n").flatMap((line) => parseSample(line) ?? []);
}

/** Ends a record that nobody will read; any number of times. */
export async function dropNodeRecord(session: Session): Promise<void> {
  await session.run(`sudo -n systemctl stop ${UNIT}; sudo -n rm -f ${FILE}`);
}
