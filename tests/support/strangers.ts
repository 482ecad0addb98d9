import { askInOneDatagram, type Answer } from "./oneDatagram.ts";
import { LAB, STACK } from "./sandbox.ts";

const AWAY = "sip:somebody@elsewhere.invalid";

/** What a stranger gets who writes To tag and Route of a call that there never was, to have a request sent elsewhere. */
function withForgedRoute(method: "INVITE" | "BYE"): Promise<Answer> {
  return ask(method, AWAY, `<${AWAY}>;tag=forged`, [`Route: <sip:${LAB.floatingIp};lr;ftag=1>`]);
}

/** What a stranger gets who asks about a user of the domain. */
function askedAbout(method: "OPTIONS" | "SUBSCRIBE", user: string, domain: string): Promise<Answer> {
  return ask(method, `sip:${user}@${domain}`, `<sip:${user}@${domain}>`, []);
}

/** What a scanner gets, whose name is in its User-Agent; silence is looked at for a second. */
function asScanner(domain: string): Promise<Answer> {
  return ask("OPTIONS", `sip:${domain}`, `<sip:${domain}>`, ["User-Agent: friendly-scanner"], 1);
}

/** What somebody gets whose message has more bytes than a phone's. */
function withMuchText(domain: string): Promise<Answer> {
  return ask("OPTIONS", `sip:${domain}`, `<sip:${domain}>`, [`Subject: ${"a".repeat(17_000)}`]);
}

let asked = 0;

function ask(method: string, uri: string, to: string, more: readonly string[], patienceSec = 10): Promise<Answer> {
  const callId = `stranger-${(asked += 1)}`;
  const lines = [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP ${LAB.floatingIp}:5999;rport;branch=z9hG4bK-${callId}`,
    `From: <sip:stranger@elsewhere.invalid>;tag=1`,
    `To: ${to}`,
    `Call-ID: ${callId}`,
    `CSeq: 1 ${method}`,
    ...more,
    "Max-Forwards: 70",
    "Content-Length: 0",
  ];
  return askInOneDatagram(STACK, `${lines.join("\r\n")}\r\n\r\n`, patienceSec);
}

/** What the edge answered strangers otherwise than it has to, one line each. */
export async function wrongToStrangers(domain: string): Promise<readonly string[]> {
  const wanted = [
    ["INVITE with a forged Route", "403", await withForgedRoute("INVITE")],
    ["BYE with a forged Route", "403", await withForgedRoute("BYE")],
    ["OPTIONS about nobody", "407", await askedAbout("OPTIONS", "nobody", domain)],
    ["SUBSCRIBE to nobody", "407", await askedAbout("SUBSCRIBE", "nobody", domain)],
    ["a scanner", "none", await asScanner(domain)],
    ["17 KB", "513", await withMuchText(domain)],
  ] as const;
  return wanted.flatMap(([what, status, got]) =>
    got.status === status ? [] : [`${what}: ${got.status}, must be ${status}`],
  );
}
