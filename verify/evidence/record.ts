/** One packet of the caller's record: a SIP message or an RTP packet. */
export interface PacketRow {
  /** Seconds since 1970 by the caller's clock. */
  readonly time: number;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly sip?: SipFields;
  readonly rtp?: RtpFields;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface SipFields {
  /** Absent in a response. */
  readonly method?: string;
  /** Absent in a request. */
  readonly status?: number;
  readonly callId: string;
  readonly cseq: number;
  readonly cseqMethod: string;
  readonly toUser: string;
  /** Port of the first audio stream in the SDP body. */
  readonly mediaPort?: number;
  /** Host of the first contact: who answers a call, seen through the proxy. */
  readonly contactHost?: string;
}

export interface RtpFields {
  readonly ssrc: string;
  readonly sequence: number;
}

/** What the caller saw, in order of time. */
export type PacketRecord = readonly PacketRow[];

const COLUMNS = 15;

/**
 * Reads the rows that `caller rows` prints, see files/caller/usr/lib/sip-ha/verify/caller for the columns.
 *
 * @throws Error for a row with another number of columns
 */
export function parseRecord(text: string): PacketRecord {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map(parseRow).sort((left, right) => left.time - right.time);
}

function parseRow(line: string): PacketRow {
  const columns = line.split("\t");
  if (columns.length !== COLUMNS) {
    throw new Error(`a row of the record must have ${COLUMNS} columns, got ${columns.length}: ${line.slice(0, 120)}`);
  }
  const column = (index: number): string => columns[index] ?? "";
  const base = {
    time: Number(column(0)),
    source: { address: column(1), port: Number(column(2)) },
    destination: { address: column(3), port: Number(column(4)) },
  };
  if (column(12) !== "") return { ...base, rtp: { ssrc: column(12), sequence: Number(column(13)) } };
  return { ...base, sip: parseSip(column) };
}

function parseSip(column: (index: number) => string): SipFields {
  return {
    ...(column(5) === "" ? {} : { method: column(5) }),
    ...(column(6) === "" ? {} : { status: Number(column(6)) }),
    callId: column(7),
    cseq: Number(column(8)),
    cseqMethod: column(9),
    toUser: column(10),
    ...(column(11) === "" ? {} : { mediaPort: Number(column(11)) }),
    ...(column(14) === "" ? {} : { contactHost: column(14) }),
  };
}
