import { z } from "zod";
import { about, domain, mapping, port, subnet, wholeNumber, yesNo } from "./fields.ts";

const certificate = about(z.string().min(1), {
  description:
    "The certificate, followed by those of its issuers, in PEM form: a file, seen from the project's directory, or the text itself. Checked at preview: it must not have expired and must belong to the key.",
  allowed: "a path, or PEM text that begins with -----BEGIN CERTIFICATE-----",
  example: "certificates/sip.example.net.pem",
});

const keyFile = about(z.string().min(1).optional(), {
  description:
    "A file with the private key in PEM form, without a passphrase. Better: `pulumi config set --secret sip-ha:tlsKey <key.pem`, which keeps it encrypted in the stack file.",
  derived: "the secret `sip-ha:tlsKey`",
  allowed: "a path",
  example: "certificates/sip.example.net.key",
});

const tls = about(
  z
    .strictObject({
      port: port(1, { description: "TCP port of SIP over TLS on the floating IP.", example: 5061 }).default(5061),
      certificate,
      keyFile,
    })
    .optional(),
  {
    description:
      "SIP over TLS (RFC 3261 section 26) beside UDP and TCP. A changed certificate or key is taken over without losing a call.",
    derived: "no TLS",
    allowed: "a mapping with port, certificate, keyFile",
    example: { certificate: "certificates/sip.example.net.pem" },
  },
);

/** The stack file's key `sip`. */
export const sipSchema = mapping(
  {
    domain: domain({
      description: "Domain of the cluster's users and realm of digest authentication.",
      example: "sip.example.net",
    }),
    port: port(1, {
      description: "Port of the SIP proxy on the floating IP, UDP and TCP.",
      example: 5070,
    }).default(5060),
    tcp: yesNo({
      description:
        "SIP over TCP beside UDP, on the same port. A TCP connection ends with its node: such phones are reached again after they have connected to the next one.",
      example: false,
    }).default(true),
    tls,
  },
  { description: "What the cluster serves.", example: { domain: "sip.example.net" } },
);

const expires = mapping(
  {
    minSec: wholeNumber(10, 86_400, "seconds", {
      description: "A shorter registration is prolonged to this.",
      example: 60,
    }).default(30),
    defaultSec: wholeNumber(10, 86_400, "seconds", {
      description: "What a phone gets that asks for no time of its own.",
      example: 1800,
    }).default(600),
    maxSec: wholeNumber(10, 86_400, "seconds", {
      description: "A longer registration is cut to this.",
      example: 7200,
    }).default(3600),
  },
  {
    description: "How long a registration lasts; minSec, defaultSec, maxSec in this order.",
    example: { minSec: 60, defaultSec: 1800, maxSec: 7200 },
  },
).prefault({});

/** The stack file's key `registrar`. */
export const registrarSchema = mapping(
  {
    maxContacts: wholeNumber(1, 50, "contacts", {
      description: "Phones that may be registered for one user at a time; all of them ring. One more gets 503.",
      example: 4,
    }).default(10),
    expires,
    natPingSec: wholeNumber(0, 300, "seconds", {
      description:
        "Time between two packets that keep the way to a phone behind NAT open, sent from the floating IP; 0: none.",
      example: 60,
    }).default(25),
  },
  { description: "Registrations.", example: { maxContacts: 4, natPingSec: 60 } },
).prefault({});

/** The stack file's key `rateLimit`. */
export const rateLimitSchema = mapping(
  {
    requestsPerSec: wholeNumber(5, 10_000, "requests", {
      description:
        "Requests outside of calls that one source address may send in a second, on average over ten. What is above is not answered, so that a phone repeats it; nobody is shut out for longer.",
      example: 500,
    }).default(1000),
    failuresPerMin: wholeNumber(5, 10_000, "failures", {
      description:
        "Wrong passwords, and calls to users that are not there, that one source address may have in a minute. Then new requests of that address are not answered until the minute is over, but for those of users who proved their password from it.",
      example: 30,
    }).default(60),
    exempt: about(
      z.array(subnet(8, 32, { description: "A network without limits.", example: "198.18.7.0/24" })).max(100),
      {
        description: "Networks without limits: offices behind one NAT address, and other servers.",
        allowed: "a list of at most 100 networks in CIDR form",
        example: ["198.18.7.0/24", "198.18.9.4/32"],
      },
    ).default([]),
  },
  {
    description: "What one source address may ask of the proxy.",
    example: { requestsPerSec: 500, exempt: ["198.18.7.0/24"] },
  },
).prefault({});
