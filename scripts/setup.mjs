/**
 * Makes a fresh clone runnable, without dependencies of its own: installs the packages of package-lock.json
 * when they are missing or old, builds the page when its sources changed and, for the tests, looks for a
 * Chromium. Nothing to do on a second start.
 *
 * --quiet  say nothing when there is nothing to do     --test  also look for what only the tests need
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const flags = new Set(process.argv.slice(2));

/** Programs that only some tests need: what they are for, Debian's package, and where they are. */
const PROGRAMS = [
  { name: 'Chromium', apt: 'chromium', find: findBrowser, tests: 'the page in a browser' },
  {
    name: 'nats-server',
    apt: 'nats-server',
    find: () =>
      which('nats-server') ?? ['/usr/sbin/nats-server', '/usr/local/bin/nats-server'].find(existsSync),
    tests: 'the transport over NATS',
  },
  {
    name: 'xmllint',
    apt: 'libxml2-utils',
    find: () => which('xmllint'),
    tests: 'alerts against the schema of CAP',
  },
];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 12)) {
  fail(`Beaconfire needs Node 20.12 or later; this is ${process.version}`);
}

const release = takeTurn();
try {
  installPackages();
  await buildPage();
  await buildCommand();
} finally {
  release();
}
if (flags.has('--test')) lookForPrograms();

/** One set-up at a time in a checkout: two would install into, and build, the same folders. Returns the release. */
function takeTurn() {
  const lock = join(root, '.setup-lock');
  const sleep = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      const drop = () => rmSync(lock, { force: true });
      process.once('exit', drop);
      return drop;
    } catch (error) {
      if (error.code !== 'EEXIST') return () => {};
      if (!holderLives(lock)) rmSync(lock, { force: true });
      else Atomics.wait(sleep, 0, 0, 100);
    }
  }
}

function holderLives(lock) {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function installPackages() {
  const lock = join(root, 'package-lock.json');
  // npm writes this file last, so its being newer than the lock means that an installation was completed.
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && sameLock(lock, installed)) return;
  console.error('Beaconfire: installing packages (once) ...');
  const npm = process.env.npm_execpath;
  const command = npm ? [process.execPath, npm] : ['npm'];
  // Not `npm ci`: it refuses a lock that lacks a platform's optional binary, and registries differ in which they have.
  const how = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  const run = spawnSync(command[0], [...command.slice(1), ...how], {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
    shell: !npm && process.platform === 'win32',
  });
  if (run.status !== 0)
    fail('the packages could not be installed: `npm install` failed (its message is above)');
}

/** True if what is installed is what the lock asks for; times alone mislead after a checkout. */
function sameLock(lock, installed) {
  if (statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return true;
  const read = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const want = read(lock);
  const have = read(installed);
  return Object.entries(want).every(
    ([path, p]) => path === '' || p.optional || have[path]?.version === p.version,
  );
}

async function buildPage() {
  const { buildWeb } = await import('./build-web.mjs');
  await buildWeb(join(root, 'dist', 'web'));
}

async function buildCommand() {
  const { buildNode } = await import('./build-node.mjs');
  await buildNode();
}

/** Installs from Debian what is missing and may be installed; says aloud what will be skipped without the rest. */
function lookForPrograms() {
  const missing = PROGRAMS.filter((p) => !p.find());
  const apt = which('apt-get');
  if (missing.length > 0 && process.platform === 'linux' && process.getuid?.() === 0 && apt) {
    console.error(`Beaconfire: installing ${missing.map((p) => p.apt).join(', ')} for the tests (once) ...`);
    const options = {
      stdio: ['ignore', 'ignore', process.stderr],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    };
    spawnSync(apt, ['update', '-qq'], options);
    for (const p of missing)
      spawnSync(apt, ['install', '-y', '-qq', '--no-install-recommends', p.apt], options);
  }
  for (const p of missing.filter((p) => !p.find())) {
    console.error(`Beaconfire: no ${p.name} found: the tests of ${p.tests} will be skipped.`);
  }
}

function findBrowser() {
  const chosen = process.env.CHROME_PATH;
  if (chosen && existsSync(chosen)) return chosen;
  return ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].map(which).find(Boolean);
}

function which(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

function fail(message) {
  console.error(`Beaconfire: ${message}`);
  process.exit(1);
}
