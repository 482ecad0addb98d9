#!/usr/bin/env node
import { installDependencies, requireNode } from "./bootstrap.mjs";
import { runProgram } from "./program.mjs";

requireNode();
await installDependencies();
await runProgram();
