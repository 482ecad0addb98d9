// Components and the text of files depend on their arguments alone, so that any Pulumi program can use them: what a
// stack file or the environment says is read by index.ts and by the command line, and handed over.
const why = "components get everything by their arguments; read it in index.ts and hand it over";

const readers = "/^(Config|getStack|getProject|getOrganization)$/";

export default {
  files: ["components/**/*.ts", "render/**/*.ts"],
  rules: {
    "no-restricted-globals": [
      "error",
      { name: "process", message: why },
      { name: "globalThis", message: why },
      { name: "global", message: why },
    ],
    "no-restricted-imports": [
      "error",
      {
        paths: ["process", "node:process", "os", "node:os"].map((name) => ({ name, message: why })),
        patterns: [{ group: ["**/config/load.ts", "**/cli/**", "**/toolchain/**"], message: why }],
      },
    ],
    "no-restricted-syntax": [
      "error",
      { selector: `MemberExpression[property.name=${readers}]`, message: why },
      { selector: `ImportSpecifier[imported.name=${readers}]`, message: why },
      { selector: "MemberExpression[object.name='pulumi'][property.name='runtime']", message: why },
    ],
  },
};
