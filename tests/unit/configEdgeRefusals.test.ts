import { refusals } from "../support/refusals.ts";

describe("stack file: registrar and limits", () => {
  refusals([
    [
      "a longest registration below the shortest",
      { registrar: { expires: { minSec: 600, maxSec: 60 } } },
      ["registrar.expires.maxSec must not be below registrar.expires.minSec (600), got 60; exchange the two"],
    ],
    [
      "a usual registration outside of the two",
      { registrar: { expires: { minSec: 700, maxSec: 3600 } } },
      [
        "registrar.expires.defaultSec must lie between registrar.expires.minSec (700) and maxSec (3600), got 600; change it or one of the two",
      ],
    ],
    [
      "an exemption that is no network, and one with host bits",
      { rateLimit: { exempt: ["198.18.7.1/24", "198.18.7.1", "any/24"] } },
      [
        'rateLimit.exempt[1] must be an IPv4 network in CIDR form from /8 to /32, got "198.18.7.1"; change it, for instance 198.18.7.0/24',
        'rateLimit.exempt[2] must be an IPv4 network in CIDR form from /8 to /32, got "any/24"; change it, for instance 198.18.7.0/24',
        'rateLimit.exempt[0] must begin with the network\'s own address, got "198.18.7.1/24"; write 198.18.7.0/24',
      ],
    ],
    [
      "a yes in place of true",
      { sip: { domain: "sip.example.net", tcp: "yes" } },
      ['sip.tcp must be true or false, got "yes"; change it, for instance tcp: false'],
    ],
    [
      "bounds out of range",
      { registrar: { maxContacts: 0, natPingSec: -1 }, rateLimit: { requestsPerSec: 1, failuresPerMin: 0 } },
      [
        "registrar.maxContacts must be a whole number of contacts from 1 to 50, got 0; change it, for instance maxContacts: 4",
        "registrar.natPingSec must be a whole number of seconds from 0 to 300, got -1; change it, for instance natPingSec: 60",
        "rateLimit.requestsPerSec must be a whole number of requests from 5 to 10000, got 1; change it, for instance requestsPerSec: 500",
        "rateLimit.failuresPerMin must be a whole number of failures from 5 to 10000, got 0; change it, for instance failuresPerMin: 30",
      ],
    ],
  ]);
});
