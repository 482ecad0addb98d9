/** Writes docs/configuration.md and docs/stack-file.schema.json from the schema. */
import { mkdirSync, writeFileSync } from "node:fs";
import { editorSchema, referencePage } from "./reference.ts";

const docs = new URL("../docs/", import.meta.url);

mkdirSync(docs, { recursive: true });
writeFileSync(new URL("configuration.md", docs), referencePage());
writeFileSync(new URL("stack-file.schema.json", docs), await editorSchema());
