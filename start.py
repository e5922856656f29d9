#!/usr/bin/env python3
"""Set pedozone up in a folder of its own and run it.

    python3 start.py            set up, then run the Highfield example
    python3 start.py test       set up, then run the tests
    python3 start.py docs       set up, then build the documentation
    python3 start.py bench      set up, then run the benchmarks
    python3 start.py nightly    set up, then run the long evaluations
    python3 start.py lint       set up, then check style and types
    python3 start.py setup      set up only
    python3 start.py lock       write requirements.lock anew from pyproject.toml

What follows the word is handed on, as in "python3 start.py test -k zones".
Standard library only; it has to parse on Python 3.6 to be able to say that 3.6 is too old.
"""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OLDEST = (3, 11)
NEWEST_TESTED = (3, 13)

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "pedozone-setup.json"
KERNELS = (
    ROOT / "src" / "pedozone" / "engine" / "blocktri",
    ROOT / "src" / "pedozone" / "physics" / "kernels",
)
SYSTEM_CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)
COMMANDS = ("run", "test", "docs", "bench", "nightly", "lint", "setup", "lock")


class SetupError(Exception):
    """Setting up cannot go on; the message says what to do."""


def say(text):
    print(text, flush=True)


def too_old(version):
    """Return what to tell the owner of a Python that is too old, or None."""
    if tuple(version[:2]) >= OLDEST:
        return None
    return (
        "pedozone needs Python {}.{} or newer; this is Python {}.{}.\n"
        "On Debian 12 or Ubuntu 22.04 and newer:  "
        "sudo apt-get install python3.11 python3.11-venv\n"
        "then:  python3.11 start.py".format(*(OLDEST + tuple(version[:2])))
    )


def run(command, env=None):
    """Run a command in the repository; a failure becomes a SetupError with its output."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=str(ROOT),
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )
    except OSError as error:
        raise SetupError("{} could not be started: {}".format(command[0], error)) from error
    if done.returncode != 0:
        raise SetupError(
            "{}\nThis command failed (exit code {}): {}".format(
                done.stdout.strip(),
                done.returncode,
                " ".join(str(part) for part in command),
            ).strip()
        )


def python_version():
    return "{}.{}.{}".format(*sys.version_info[:3])


def with_tools():
    """Return the process environment with the tools of .venv first on the path."""
    path = os.environ.get("PATH", os.defpath)
    return dict(os.environ, PATH=str(BIN) + os.pathsep + path)


# --- the environment -----------------------------------------------------------------------


def have_ensurepip():
    """Debian and Ubuntu leave ensurepip out of Python until python3-venv is installed."""
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        return False
    return True


def install_venv_module():
    """Install Debian's package with the venv module, or say how to."""
    package = "python{}.{}-venv".format(*sys.version_info[:2])
    command = "apt-get install -y --no-install-recommends " + package
    may_install = hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get")
    if not may_install:
        raise SetupError(
            "This Python cannot make virtual environments: its ensurepip module is missing.\n"
            "Install it, then run start.py again:  sudo " + command
        )
    say("      {} is missing; installing it".format(package))
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    try:
        run(["apt-get", "update"], env=env)
        run(command.split(), env=env)
    except SetupError as error:
        raise SetupError("{}\nInstall {} by hand, then run start.py again.".format(error, package)) from error


def environment_works():
    """Whether .venv holds a Python of this version that starts and has pip."""
    if not PYTHON.exists():
        return False
    code = "import sys, pip; print('%d.%d.%d' % sys.version_info[:3])"
    try:
        answer = subprocess.check_output([str(PYTHON), "-c", code], stderr=subprocess.DEVNULL, universal_newlines=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return answer.strip() == python_version()


def make_environment():
    if not have_ensurepip():
        install_venv_module()
    # A new process, since this one would not see an ensurepip that was just installed.
    run([sys.executable, "-m", "venv", VENV])


# --- what goes into it ---------------------------------------------------------------------


def locked_block(name):
    """Return the lines of requirements.lock that belong to one package, hashes included."""
    block = []
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        if block and not line.startswith((" ", "\t")):
            break
        if block or line.startswith(name + "=="):
            block.append(line)
    if not block:
        raise SetupError("requirements.lock names no {}".format(name))
    return "\n".join(block) + "\n"


def install_uv():
    # The file is closed before pip opens it, as Windows demands.
    handle, name = tempfile.mkstemp(suffix=".txt", prefix="uv-", dir=str(VENV))
    with os.fdopen(handle, "w") as file:
        file.write(locked_block("uv"))
    options = "-q --disable-pip-version-check --no-deps --require-hashes".split()
    try:
        run([PYTHON, "-m", "pip", "install", *options, "-r", name])
    finally:
        os.unlink(name)


def uv(arguments):
    """Run uv; 'LOCK', 'PYTHON' and 'ROOT' in the arguments stand for those paths."""
    env = with_tools()
    if any(Path(bundle).exists() for bundle in SYSTEM_CERTIFICATES):
        # uv brings certificates of its own, which do not know those that an owner has added.
        env.setdefault("UV_SYSTEM_CERTS", "1")
    paths = {"LOCK": LOCK, "PYTHON": PYTHON, "ROOT": ROOT}
    words = [paths.get(word, word) for word in arguments.split()]
    run([PYTHON, "-m", "uv", *words], env=env)


def install_locked():
    uv("pip install -q --python PYTHON --compile-bytecode --require-hashes -r LOCK")


def built_kernels():
    names = ("libpedozone_kernel.so", "libpedozone_kernel.dylib", "pedozone_kernel.dll")
    return [KERNELS[0] / name for name in names if (KERNELS[0] / name).exists()]


def install_package():
    for stale in built_kernels():
        stale.unlink()
    # The build tools come from the lock, so nothing but a compiler is asked of the machine.
    uv("pip install -q --python PYTHON --no-deps --no-build-isolation -e ROOT")


def have_compiler():
    """Whether a C++ compiler can be called; CMake reads the same variable."""
    words = os.environ.get("CXX", "c++").split()
    return bool(words) and shutil.which(words[0]) is not None


def kernel_note():
    if built_kernels():
        return "      C++ kernel: built"
    return (
        "      C++ kernel: not built, the slower JAX solver is used "
        "(for the kernel: apt-get install g++, then run start.py again)"
    )


# --- doing it once -------------------------------------------------------------------------


def digest(*paths):
    total = hashlib.sha256()
    for path in paths:
        total.update(path.name.encode())
        total.update(path.read_bytes() if path.exists() else b"")
    return total.hexdigest()


def wanted_state(found):
    """What the environment depends on; it is brought up to date where `found` differs."""
    recipe = [ROOT / "pyproject.toml", ROOT / "CMakeLists.txt", ROOT / "src/pedozone/version.py"]
    return {
        "environment": "Python {} in {}".format(python_version(), ROOT),
        "packages": digest(LOCK),
        "pedozone": digest(*recipe, *(source for folder in KERNELS for source in sorted(folder.glob("*.[ch]pp")))),
        # A compiler that has come is worth a new build, one that has gone is not.
        "compiler": have_compiler() or found.get("compiler", False),
    }


def read_stamp():
    try:
        return json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def write_stamp(state):
    STAMP.write_text(json.dumps(state, indent=1), encoding="utf-8")


def clear_the_way(found, wanted):
    """Return what of `found` still holds; remove an environment of ours that no longer serves."""
    usable = environment_works()
    if usable and found.get("environment") == wanted["environment"]:
        return found
    if found:
        shutil.rmtree(str(VENV))
    elif VENV.exists() and not usable:
        raise SetupError("The folder .venv was not made by start.py and does not serve: delete it.")
    return {}


def set_up():
    found = read_stamp()
    wanted = wanted_state(found)
    if found == wanted and PYTHON.exists():
        return
    done = clear_the_way(found, wanted)
    steps = []
    if not PYTHON.exists():
        steps += [("making the environment .venv", make_environment, None)]
    if done.get("packages") != wanted["packages"]:
        steps += [
            ("installing uv, the installer", install_uv, None),
            ("installing the packages of requirements.lock", install_locked, "packages"),
        ]
    steps += [("installing pedozone", install_package, "pedozone")]

    # Written before the work begins, so that what an interruption leaves behind is known as ours.
    VENV.mkdir(exist_ok=True)
    state = dict(wanted, packages=done.get("packages"), pedozone=None)
    write_stamp(state)
    began = time.time()
    for number, (what, action, key) in enumerate(steps, 1):
        say("[{}/{}] {} ...".format(number, len(steps), what))
        before = time.time()
        action()
        if key:
            state[key] = wanted[key]
            write_stamp(state)
        say("      done in {:.0f} s".format(time.time() - before))
    say(kernel_note())
    say("Set-up finished in {:.0f} s.".format(time.time() - began))


# --- the jobs ------------------------------------------------------------------------------


def hand_over(*commands):
    """Run commands one after the other; return the first exit code that is not 0."""
    for command in commands:
        words = [str(word) for word in command]
        say("$ " + " ".join(words).replace(str(ROOT) + os.sep, ""))
        child = subprocess.Popen(words, cwd=str(ROOT), env=with_tools())
        # Ctrl-C is the child's to obey: it tidies up and says so.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        code = child.wait()
        signal.signal(signal.SIGINT, before)
        if code != 0:
            return code
    return 0


def write_lock():
    uv(
        "pip compile pyproject.toml --group dev --universal --python-version {}.{} -q "
        "--generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links "
        "--upgrade -o LOCK".format(*OLDEST)
    )


def perform(command, rest):
    """Carry out one of COMMANDS in the environment that stands."""
    python = [PYTHON, "-m"]
    if command == "run":
        site, out = Path("examples/highfield/site.toml"), Path("runs/highfield")
        return hand_over([BIN / "pedozone", "run", site, "--out", out, *rest])
    if command == "test":
        # Whole files, for the sake of what their tests share, in the order that tests/conftest.py gives them.
        spread = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
        return hand_over([*python, "pytest", *spread, *rest])
    if command == "nightly":
        return hand_over([*python, "pytest", "-m", "nightly", *rest])
    if command == "bench":
        return hand_over([*python, "benchmarks", *rest])
    if command == "docs":
        pages = Path("docs/_build/html")
        options = ["-W", "--keep-going", "-q", "-b", "html"]
        return hand_over([*python, "sphinx", *options, *rest, "docs", pages])
    if command == "lint":
        return hand_over(
            [*python, "ruff", "check", "."],
            [*python, "ruff", "format", "--check", "."],
            [*python, "pyright", "--pythonpath", PYTHON],
        )
    if command == "lock":
        write_lock()
    return 0


def main(arguments):
    message = too_old(sys.version_info)
    if message:
        say(message)
        return 1
    command = arguments[0] if arguments else "run"
    if command in ("-h", "--help", "help"):
        say(__doc__)
        return 0
    if command not in COMMANDS:
        say("start.py knows {}; not '{}'".format(", ".join(COMMANDS), command))
        return 2
    if sys.version_info[:2] > NEWEST_TESTED:
        say("Note: pedozone is tested up to Python {}.{}.".format(*NEWEST_TESTED))
    try:
        set_up()
        return perform(command, arguments[1:])
    except SetupError as error:
        say("\nSetting up did not succeed.\n{}".format(error))
        return 1
    except KeyboardInterrupt:
        say("\nStopped.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
