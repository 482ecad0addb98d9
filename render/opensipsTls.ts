import type { ClusterPlan } from "../config/plan.ts";
import { dbTextTable, dbTextVersion } from "./dbText.ts";
import { listener, OPENSIPS_DIRECTORY, type OpensipsValue } from "./opensipsStatements.ts";
import type { ClusterSecrets, RenderedFile } from "./renderedFile.ts";

const DIRECTORY = `${OPENSIPS_DIRECTORY}/tls`;
/** Of the table that tls_mgm of OpenSIPS 3.6 reads. */
const TABLE_VERSION = 3;
/** Kinds of rows in it: connections that this proxy opens, and those that it accepts. */
const CLIENT = "1";
const SERVER = "2";

/** The part of opensips.cfg for TLS, and its socket; nothing without TLS. */
export function tlsStatements(plan: ClusterPlan): OpensipsValue[] {
  const { tls } = plan.sip;
  return tls ? [{ part: "tls" }, ...listener("tls", tls.port, plan)] : [];
}

/** What stands beside the table with certificate and key. */
export function opensipsTlsFiles({ sip }: ClusterPlan): RenderedFile[] {
  if (!sip.tls) return [];
  const content = dbTextVersion("tls_mgm", TABLE_VERSION);
  return [{ path: `${DIRECTORY}/version`, mode: "0644", owner: "root:opensips", effect: "proxy", content }];
}

/** Certificate and private key, for root and the proxy only. */
export function opensipsTlsSecretFiles({ sip }: ClusterPlan, { tlsKey }: ClusterSecrets): RenderedFile[] {
  if (!sip.tls || tlsKey === undefined) return [];
  const { certificate } = sip.tls;
  const key = `${tlsKey.replaceAll("\r", "").trimEnd()}\n`;
  // TLS 1.2 and later; nobody is asked for a certificate, and nobody's is verified
  const domain = (id: string, name: string, type: string): readonly string[] => {
    return [id, name, "*", "*", type, "TLSv1_2-", "0", "0", certificate, key, certificate, "/etc/ssl/certs", ...UNUSED];
  };
  const rows = [domain("1", "phones", SERVER), domain("2", "outgoing", CLIENT)];
  const content = dbTextTable(COLUMNS, rows);
  return [{ path: `${DIRECTORY}/tls_mgm`, mode: "0640", owner: "root:opensips", effect: "tls", content }];
}

const COLUMNS = [
  ...["id(int)", "domain(string)", "match_ip_address(string)", "match_sip_domain(string)", "type(int)"],
  ...["method(string)", "verify_cert(int)", "require_cert(int)", "certificate(blob)", "private_key(blob)"],
  ...["ca_list(blob)", "ca_dir(string)", "crl_check_all(int,null)", "crl_dir(string,null)", "cipher_list(string,null)"],
  ...["dh_params(blob,null)", "ec_curve(string,null)"],
];
const UNUSED = ["0", "", "", "", ""];
