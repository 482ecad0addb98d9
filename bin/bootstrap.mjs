// What must be true before any dependency can be imported: plain JavaScript, Node's own modules only.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const project = resolve(dirname(fileURLToPath(import.meta.url)), "..");
/** Not in what npm installs: there the project that depends on this one has installed the dependencies. */
const lockFile = join(project, "package-lock.json");
const stampFile = join(project, "node_modules", ".sip-ha-installed");
const oldestNode = 20;

/** Ends the process with a message when Node.js is older than the project needs. */
export function requireNode() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= oldestNode) return;
  fail(`node ${process.versions.node} is too old; install Node.js ${oldestNode} or newer and run the command again`);
}

/** True where this is a dependency of another project, not a clone. */
export function isInstalledPackage() {
  return !existsSync(lockFile);
}

/** Runs `npm ci` unless node_modules was completely installed from this very package-lock.json. */
export async function installDependencies() {
  const wanted = createHash("sha256").update(readFileSync(lockFile)).digest("hex");
  if (readOrNothing(stampFile) === wanted) return;
  const release = await holdInstallLock();
  try {
    if (!npmCompleted()) await runNpm();
    // Written last: an interrupted installation has no stamp and is looked at again.
    writeStamp(wanted);
  } finally {
    release();
  }
}

async function runNpm() {
  process.stderr.write("installing the Node.js dependencies (npm ci)\n");
  const started = Date.now();
  const code = await new Promise((done, failed) => {
    const npm = spawn("npm", ["ci", "--no-fund", "--no-audit", "--loglevel=error"], {
      cwd: project,
      stdio: ["ignore", 2, 2],
    });
    npm.on("error", failed);
    npm.on("exit", done);
  }).catch((error) => fail(`npm did not start: ${error.message}; install npm and run the command again`));
  if (code !== 0) {
    fail(
      `npm ci failed with code ${code} in ${project}; its message is above; check the package registry and try again`,
    );
  }
  process.stderr.write(`installed the Node.js dependencies in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

/** Two runs in one clone must not install at once: npm ci begins by deleting node_modules. */
async function holdInstallLock() {
  const lock = join(tmpdir(), `sip-ha-npm-${createHash("sha256").update(project).digest("hex").slice(0, 16)}`);
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    for (let said = false; !linked(mine, lock); said = true) {
      const holder = Number(readOrNothing(lock));
      if (holder > 0 && !isAlive(holder)) {
        rmSync(lock, { force: true });
        continue;
      }
      if (!said) process.stderr.write(`waiting: another run (process ${holder}) installs the dependencies\n`);
      await sleep(300);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => rmSync(lock, { force: true });
}

/** A link appears together with its content, so a lock without a holder cannot exist. */
function linked(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** npm writes its own record last; so what a plain `npm ci` or `npm install` completed is not done again. */
function npmCompleted() {
  const record = readOrNothing(join(project, "node_modules", ".package-lock.json"));
  if (record === undefined) return false;
  const installed = JSON.parse(record).packages;
  const wanted = JSON.parse(readFileSync(lockFile, "utf8")).packages;
  const same = (path) => installed[path]?.version === wanted[path]?.version;
  return (
    Object.keys(installed).every(same) &&
    Object.keys(wanted).every((path) => path === "" || wanted[path].optional === true || same(path))
  );
}

function writeStamp(text) {
  writeFileSync(`${stampFile}.new`, text);
  renameSync(`${stampFile}.new`, stampFile);
}

function readOrNothing(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function fail(message) {
  process.stderr.write(`sip-ha: ${message}\n`);
  process.exit(1);
}
