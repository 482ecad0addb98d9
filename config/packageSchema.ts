import { z } from "zod";
import { about, mapping } from "./fields.ts";

const component = about(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/), {
  description: "A component of the repository.",
  allowed: "the name of a component, such as main",
  example: "3.6-releases",
});

const packageSource = mapping(
  {
    url: about(z.string().regex(/^https?:\/\/[A-Za-z0-9.-]+(:\d+)?(\/[A-Za-z0-9._~/-]*)?$/), {
      description: "Address of a vendor's apt repository; with `suite`, `components` and `signedBy`.",
      derived: "none: the source is a directory",
      allowed: "an http or https address without user, password or query",
      example: "https://apt.opensips.org",
    }).optional(),
    suite: about(z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$/), {
      description: "The repository's suite for the nodes' release (`hosts.release`; Debian 12 in the lab).",
      derived: "none: the source is a directory",
      allowed: "the name of a suite, such as bookworm",
      example: "bookworm",
    }).optional(),
    components: about(z.array(component).min(1), {
      description: "The repository's components to take packages from.",
      derived: "none: the source is a directory",
      allowed: "a list of names of components",
      example: ["3.6-releases"],
    }).optional(),
    signedBy: about(z.string().min(1), {
      description:
        "The only key that the repository's signature is accepted from: the name of a file in the project (binary or ASCII-armoured), or the armoured key itself.",
      derived: "none: the source is a directory",
      allowed: "a file's name relative to the project, or text that begins with -----BEGIN PGP PUBLIC KEY BLOCK-----",
      example: "keys/opensips.gpg",
    }).optional(),
    directory: about(z.string().min(1), {
      description:
        "In place of a repository: a directory of `.deb` files on the controller, absolute or relative to the project.",
      derived: "none: the source is a repository",
      allowed: "the name of a directory with .deb files",
      example: "/var/lib/opensips-debs",
    }).optional(),
  },
  {
    description: "A repository or a directory.",
    example: {
      url: "https://apt.opensips.org",
      suite: "bookworm",
      components: ["3.6-releases"],
      signedBy: "keys/opensips.gpg",
    },
  },
);

/** Where packages come from that Debian does not have. */
export const packageSources = about(z.array(packageSource), {
  description:
    "Where packages come from that Debian does not have, beside the controller's own package sources. What is taken from them is locked by version and sha256 like everything else, and reaches the nodes in the bundle.",
  allowed: "a list of package sources, each with url, suite, components and signedBy, or with directory",
  example: [{ directory: "/var/lib/opensips-debs" }],
}).default([]);
