import type { ClusterPlan } from "../config/plan.ts";
import type { ClusterSecrets, RenderedFile } from "./renderedFile.ts";

/** Where tls.cfg looks for them. */
const DIRECTORY = "/etc/kamailio/tls";

/** The certificate of SIP over TLS; nothing without TLS. */
export function tlsFiles({ sip }: ClusterPlan): RenderedFile[] {
  if (!sip.tls) return [];
  const { certificate } = sip.tls;
  return [
    { path: `${DIRECTORY}/certificate.pem`, mode: "0644", owner: "root:kamailio", effect: "tls", content: certificate },
  ];
}

/** Its private key, for root and the proxy only. */
export function tlsSecretFiles({ sip }: ClusterPlan, { tlsKey }: ClusterSecrets): RenderedFile[] {
  if (!sip.tls || tlsKey === undefined) return [];
  const content = `${tlsKey.replaceAll("\r", "").trimEnd()}\n`;
  return [{ path: `${DIRECTORY}/key.pem`, mode: "0640", owner: "root:kamailio", effect: "tls", content }];
}
