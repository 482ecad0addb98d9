import { z } from "zod";
import { about, address, label, mapping, oneOf, port, wholeNumber } from "./fields.ts";

/** User parts without a star, and a star after digits: what a regular expression of any proxy carries unchanged. */
const USER_PART = /^([a-z0-9][a-z0-9._-]{0,31}|\+?[0-9]{1,15}\*)$/;

const mediaServer = mapping(
  {
    name: label({ description: "Name of the media server, as status and reports call it.", example: "media1" }),
    kind: oneOf(["asterisk", "freeswitch"], {
      description: "What it is; the lab can only make `asterisk`.",
      example: "asterisk",
    }).default("asterisk"),
    address: address({
      description: "Its address, which nodes reach over the private network; in the lab within `hosts.privateSubnet`.",
      derived: "in the lab host 41 of `hosts.privateSubnet` for the first, the next one for each further one",
      example: "10.77.0.41",
    }).optional(),
    port: port(1, { description: "Its UDP port for SIP.", example: 5080 }).default(5060),
    weight: wholeNumber(1, 100, "shares", {
      description: "Its share of the calls, relative to the weights of the others of its priority.",
      example: 70,
    }).default(50),
    priority: wholeNumber(0, 9, "steps", {
      description: "Servers of a lower priority get calls only while none of a higher one takes them.",
      example: 1,
    }).default(0),
  },
  {
    description: "A media server behind the proxies.",
    example: { name: "media1", kind: "asterisk", address: "10.77.0.41" },
  },
);

/** The media servers behind the proxies. */
export const mediaServersSchema = about(z.array(mediaServer).max(20), {
  description:
    "Asterisk and FreeSWITCH servers that the proxies spread calls over ([media servers](media-servers.md)).",
  allowed: "a list of at most 20 media servers",
  example: [
    { name: "media1", address: "10.77.0.41" },
    { name: "media2", address: "10.77.0.42", weight: 25 },
  ],
}).default([]);

const userParts = about(
  z
    .array(
      about(z.string().regex(USER_PART), {
        description: "A user part, or the beginning of numbers.",
        allowed: "a user part in lower case, or digits with a * behind them",
        example: "9*",
      }),
    )
    .min(1),
  {
    description: [
      "Which dialled user parts of `sip.domain` are calls to the media servers: `9*` stands for every number that",
      "begins with 9 (digits only), `conference` for exactly that. They are no registered users, who are not looked for.",
    ].join(" "),
    allowed: "a list of user parts in lower case and of digits with a * behind them, at least one",
    example: ["9*", "conference"],
  },
).default(["9*"]);

/** How calls are spread; only with media servers. */
export const balancingSchema = mapping(
  {
    algorithm: oneOf(["weight", "least-calls"], {
      description: [
        "How a server is chosen among those of the highest priority that are alive: `weight` gives each its share of the",
        "calls, `least-calls` the next call to the one with the fewest calls at that moment for its weight.",
      ].join(" "),
      example: "least-calls",
    }).default("weight"),
    users: userParts,
    probeIntervalSec: wholeNumber(1, 60, "seconds", {
      description: "Time between two OPTIONS to each media server, from the active node.",
      example: 5,
    }).default(2),
    removeAfterMisses: wholeNumber(1, 10, "misses", {
      description: "A server gets no new call after this many probes or calls in a row without an answer.",
      example: 3,
    }).default(2),
    returnAfterAnswers: wholeNumber(1, 10, "answers", {
      description: "It gets calls again after this many answered probes in a row.",
      example: 1,
    }).default(2),
    answerWithinMs: wholeNumber(300, 5000, "milliseconds", {
      description:
        "An INVITE without any answer for this long, or a probe, is a miss; the call goes to the next server.",
      example: 500,
    }).default(1000),
  },
  {
    description: "How calls are spread over `mediaServers`, and when one counts as dead.",
    derived: "the defaults below, with media servers",
    example: { users: ["9*"], probeIntervalSec: 5 },
  },
);
