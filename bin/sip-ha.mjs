#!/usr/bin/env node
import { installDependencies, isInstalledPackage, requireNode } from "./bootstrap.mjs";
import { runBuiltProgram, runProgram } from "./program.mjs";

requireNode();
if (isInstalledPackage()) {
  await runBuiltProgram();
} else {
  await installDependencies();
  await runProgram();
}
