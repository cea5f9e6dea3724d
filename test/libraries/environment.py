"""The virtual environment that the libraries are installed in, and the sources that bring their own tests. Filled by pip, as anybody would."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import List, Optional, Tuple

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".cache" / "libraries"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
#: A download may be slow; one that has not ended after this many seconds will not.
PATIENCE = 1200


class Unavailable(Exception):
    """Something cannot be had on this machine; says what and why."""


def _pip(python: Path, words: List[str]) -> str:
    done = subprocess.run(
        [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", *words],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, timeout=PATIENCE)
    if done.returncode != 0:
        raise Unavailable("pip %s: %s" % (" ".join(words), " ".join(done.stdout.strip().splitlines()[-2:])))
    return done.stdout


def environment(base: str, version: Tuple[int, int]) -> Path:
    """The environment's interpreter; made, and filled with what is required, unless that was done before."""
    home = HOME / ("%d.%d" % version)
    python = home / "bin" / "python"
    complete = home / "complete"
    wanted = hashlib.sha1(REQUIREMENTS.read_bytes()).hexdigest()
    if complete.exists() and complete.read_text() == wanted:
        return python
    print("Installing the libraries for Python %d.%d under .cache/libraries; some minutes, once." % version, flush=True)
    shutil.rmtree(home, ignore_errors=True)
    subprocess.run([base, "-m", "venv", str(home)], check=True)
    _pip(python, ["install", "--requirement", str(REQUIREMENTS)])
    complete.write_text(wanted)
    return python


def has(python: Path, module: str) -> bool:
    """Whether that interpreter can import it. It is not imported."""
    ask = "import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)"
    return subprocess.run([str(python), "-c", ask, module]).returncode == 0


def ensure_torch(python: Path) -> None:
    """Installs torch, if the package index has a build without CUDA, whose libraries would be gigabytes.

    Elsewhere than on Linux's x86-64 every build is one; there it is one whose version ends with `+cpu`, in torch's own index:
    the user's pip knows of it by PIP_EXTRA_INDEX_URL or PIP_FIND_LINKS, or not.
    """
    if has(python, "torch"):
        return
    version: Optional[str] = None
    if sys.platform == "linux" and os.uname().machine == "x86_64":
        offered = _pip(python, ["index", "versions", "torch"])
        line = next((each for each in offered.splitlines() if each.startswith("Available versions:")), "")
        version = next((each for each in line.partition(":")[2].replace(" ", "").split(",") if each.endswith("+cpu")), None)
        if version is None:
            raise Unavailable("pip finds no torch of a few hundred megabytes: name torch's index of CPU builds by PIP_EXTRA_INDEX_URL")
    _pip(python, ["install", "torch==%s" % version if version else "torch"])


def source(python: Path, name: str) -> Path:
    """The folder of a library's source archive, in the version that is installed."""
    ask = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"
    version = subprocess.check_output([str(python), "-c", ask, name], universal_newlines=True).strip()
    home = HOME / "sources"
    folder = home / ("%s-%s" % (name, version))
    if folder.is_dir():
        return folder
    home.mkdir(parents=True, exist_ok=True)
    _pip(python, ["download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", str(home), "%s==%s" % (name, version)])
    # The name as packages' files have it: without dashes.
    written = "%s-%s" % (name.replace("-", "_"), version)
    archive = home / (written + ".tar.gz")
    if not archive.exists():
        raise Unavailable("%s %s has no source archive of the usual name" % (name, version))
    part = home / "part"
    shutil.rmtree(part, ignore_errors=True)
    with tarfile.open(archive) as file:
        file.extractall(part)
    (part / written).rename(folder)
    return folder
