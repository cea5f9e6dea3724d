/**
 * `npm run test:pythons` begins here: CPython 3.14 and 3.15, which few machines have yet, from Debian's next release.
 *
 * A small Debian is unpacked under `.cache/pythons/debian`, and `.cache/pythons/3.14/bin/python` is an interpreter like any other
 * to whoever runs it: see enter_debian.py. Needs Linux, root, debootstrap, and a Debian mirror, which is the one that
 * the machine's own apt uses, or PROCESSION_DEBIAN_MIRROR. A minute and half a gigabyte, once.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { debianPythons, findPythons } from './pythons.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const home = debianPythons;
const debian = join(home, 'debian');
const RELEASE = 'forky';
const VERSIONS = ['3.14', '3.15'];
/** debootstrap's own way of unpacking, that of a release that older ones of it have not heard of. */
const SCRIPT = '/usr/share/debootstrap/scripts/sid';
const MOST_MINUTES = 15;

/** What is missing on this machine, in a sentence; null where all is there. */
function missing() {
  if (process.platform !== 'linux') return 'they are set up on Linux only';
  if (process.getuid() !== 0) return 'it needs root (a chroot and mounts of its own)';
  if (spawnSync('debootstrap', ['--version']).status !== 0) return 'debootstrap is not installed (Debian, Ubuntu: apt-get install debootstrap)';
  if (mirror() === null) return "this machine's apt has no mirror of Debian: name one by PROCESSION_DEBIAN_MIRROR";
  if (hostPython() === undefined) return 'it needs a CPython from 3.8 on with ctypes, to enter the chroot by';
  return null;
}

/** Where apt has this machine's Debian from, updates and security left aside. */
function mirror() {
  if (process.env.PROCESSION_DEBIAN_MIRROR) return process.env.PROCESSION_DEBIAN_MIRROR;
  const asked = spawnSync('apt-get', ['indextargets', '--format', '$(ORIGIN) $(REPO_URI)', 'Created-By: Packages'], { encoding: 'utf8' });
  const found = (asked.stdout ?? '').split('\n').filter((line) => line.startsWith('Debian ') && !line.includes('security'));
  return found[0]?.split(' ')[1] ?? null;
}

function hostPython() {
  return findPythons({ ofDebian: false }).find(({ path }) => spawnSync(path, ['-IS', '-c', 'import ctypes']).status === 0);
}

/** An interpreter's stand-in. It runs under its own path, which inside is the interpreter itself. */
function writeStandIn(version, python) {
  const folder = join(home, version, 'bin');
  const enter = JSON.stringify(join(root, 'scripts', 'enter_debian.py'));
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'python');
  writeFileSync(file, `#!${python} -IS\nexec(compile(open(${enter}).read(), ${enter}, "exec"), {"__name__": "__main__", "__file__": ${enter}})\n`);
  chmodSync(file, 0o755);
}

function unpack(say) {
  const part = join(home, 'debian.part');
  rmSync(part, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  say(`Setting up CPython ${VERSIONS.join(' and ')}: a small Debian ${RELEASE} in .cache/pythons, about a minute, once.`);
  const packages = VERSIONS.flatMap((version) => [`python${version}`, `libpython${version}-testsuite`]);
  const args = ['--variant=minbase', `--include=${packages.join(',')}`, RELEASE, part, mirror(), SCRIPT];
  const done = spawnSync('debootstrap', args, { encoding: 'utf8', timeout: MOST_MINUTES * 60_000, maxBuffer: 1 << 26 });
  if (done.status !== 0) {
    rmSync(part, { recursive: true, force: true });
    return `debootstrap ended with ${done.status ?? done.error?.message ?? done.signal}: ${`${done.stdout}${done.stderr}`.trim().split('\n').slice(-3).join(' ')}`;
  }
  // Only a whole one gets the name.
  rmSync(debian, { recursive: true, force: true });
  renameSync(part, debian);
  return null;
}

/**
 * Sets CPython 3.14 and 3.15 up, unless they are there.
 * @param {(line: string) => void} say is called with a line for the person who waits
 * @returns null, or why they cannot be had on this machine
 */
export function ensureDebianPythons(say) {
  const without = missing();
  if (without !== null) return without;
  const wrong = VERSIONS.every((version) => existsSync(join(debian, 'usr', 'bin', `python${version}`))) ? null : unpack(say);
  if (wrong !== null) return wrong;
  // The stand-ins each time: the Python that runs them may have gone since.
  const python = hostPython().path;
  for (const version of VERSIONS) {
    writeStandIn(version, python);
    const tried = spawnSync(join(home, version, 'bin', 'python'), ['-c', 'import multiprocessing, sys; print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' });
    if (tried.stdout?.trim() !== version) {
      rmSync(join(home, version), { recursive: true, force: true });
      return `CPython ${version} does not start: ${(tried.stderr ?? '').trim()}`;
    }
  }
  return null;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const wrong = ensureDebianPythons((line) => console.log(line));
  if (wrong !== null) {
    console.error(`CPython ${VERSIONS.join(' and ')} cannot be set up: ${wrong}.`);
    process.exit(69);
  }
}
