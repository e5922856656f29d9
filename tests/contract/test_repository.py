"""The set-up files agree with each other and with what they promise."""

import ast
import importlib.util
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

OLDEST_THAT_PARSES = (3, 6)


@pytest.fixture(scope="module")
def project(repository):
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def locked(repository):
    """Return the versions of every package in the lock file, and its text."""
    text = (repository / "requirements.lock").read_text(encoding="utf-8")
    versions: dict[str, list[Version]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", text, re.MULTILINE):
        versions.setdefault(canonicalize_name(name), []).append(Version(version))
    return versions, text


@pytest.fixture(scope="module")
def start(repository):
    spec = importlib.util.spec_from_file_location("start", repository / "start.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_start_parses_on_an_old_python(repository):
    source = (repository / "start.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=OLDEST_THAT_PARSES)


@pytest.mark.parametrize("version", [(3, 6, 0), (3, 10, 12)])
def test_start_tells_an_old_python_what_to_install(start, version):
    message = start.too_old(version)
    assert f"this is Python {version[0]}.{version[1]}." in message
    assert "apt-get install python3.11" in message


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 1), (4, 0, 0)])
def test_start_accepts_a_new_python(start, version):
    assert start.too_old(version) is None


def test_start_says_which_package_makes_environments(start, monkeypatch):
    monkeypatch.setattr(start.shutil, "which", lambda name: None)
    with pytest.raises(start.SetupError, match=r"sudo apt-get install .*python3\.\d+-venv"):
        start.install_venv_module()


def test_start_refuses_an_unknown_command(start, capsys):
    assert start.main(["tset"]) == 2
    assert "tset" in capsys.readouterr().out


def test_lock_satisfies_the_project(project, locked):
    versions, _ = locked
    for text in project["project"]["dependencies"] + project["dependency-groups"]["dev"]:
        wanted = Requirement(text)
        found = versions.get(canonicalize_name(wanted.name), [])
        assert found, f"{wanted.name} is not in requirements.lock: python3 start.py lock"
        assert all(version in wanted.specifier for version in found), text


def test_lock_is_hashed_and_names_no_index(locked):
    versions, text = locked
    blocks = re.split(r"^(?=[A-Za-z0-9_.-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == sum(len(found) for found in versions.values())
    assert all("--hash=sha256:" in block for block in blocks)
    assert not re.search(r"https?:|--(extra-)?index-url|--find-links|file:", text)


def test_the_jax_family_is_pinned_as_a_set(project, locked):
    versions, _ = locked
    assert versions["jax"] == versions["jaxlib"]
    (headers,) = [text for text in project["build-system"]["requires"] if "jaxlib" in text]
    (wanted,) = [text for text in project["project"]["dependencies"] if text.startswith("jaxlib")]
    (pin,) = Requirement(headers).specifier
    assert pin.operator == "=="
    assert pin.version in Requirement(wanted).specifier, "headers older than any jaxlib accepted"


def test_the_version_is_the_same_everywhere(repository):
    from pedozone.version import __version__

    assert f"\nversion: {__version__}\n" in (repository / "CITATION.cff").read_text("utf-8")
    assert f"## {__version__}" in (repository / "CHANGELOG.md").read_text("utf-8")


def test_the_readme_names_the_two_commands(repository):
    text = (repository / "README.md").read_text(encoding="utf-8")
    assert "python3 start.py\n" in text
    assert "python3 start.py test\n" in text
