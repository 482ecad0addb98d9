#!/usr/bin/env node
import { requireNode, installDependencies } from "./bootstrap.mjs";

requireNode();
await installDependencies();
const { register } = await import("tsx/esm/api");
register();
await import("../cli/main.ts");
