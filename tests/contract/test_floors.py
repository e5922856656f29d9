"""The rules that keep the house in order: floors, no circles, small files, nothing forbidden."""

import ast
import re

import pytest
from contract.source_tree import PACKAGE, modules

# From the ground floor up. A room imports only rooms that stand above it in this list; rooms
# that share a line never import each other.
FLOORS = [
    ["version"],
    ["engine"],
    ["parameters"],
    ["variables"],
    ["column"],
    ["drivers"],
    ["physics"],
    ["plants"],
    ["processes"],
    ["history"],
    ["models"],
    ["zones"],
    ["observations"],
    ["config"],
    ["simulation"],
    ["simulate"],
    ["scenarios", "model_comparison"],
    ["output"],
    ["inference"],
    ["landscape", "coupling"],
    ["monitoring"],
    ["report"],
    ["cli"],
]
FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}

# Any model can have zones, so zones know no process, plant or driver.
NARROWER = {"zones": {"engine", "parameters", "variables", "column"}}

# The one step upwards: run.plot draws with the report, loaded when it is asked for.
DEFERRED_EXCEPTIONS = {("simulate", "report")}

# One function of the kernel is one loop over the layers: cutting it up would only hide it.
MOST_LINES = {".py": 400, ".cpp": 700, ".hpp": 700}
FORBIDDEN_MODULES = {"pickle", "cloudpickle", "dill", "marshal", "shelve"}
FORBIDDEN_CALLS = {"eval", "exec"}


def where(module, line):
    return f"{module.path.relative_to(PACKAGE.parent)}:{line}"


def test_the_package_is_there():
    assert "pedozone" in modules()


def test_every_room_has_a_floor():
    rooms = {module.room for module in modules().values()} - {""}
    assert rooms <= set(FLOOR), "a new room needs its place in FLOORS"


def test_rooms_import_only_rooms_above_them():
    broken = []
    for module in modules().values():
        if module.room == "":
            continue  # the package root opens every door, lazily
        for used in module.imports:
            room = modules()[used.module].room
            if room in ("", module.room):
                continue
            if not used.at_load and (module.room, room) in DEFERRED_EXCEPTIONS:
                continue
            allowed = NARROWER.get(module.room)
            lower = FLOOR[room] < FLOOR[module.room]
            if not lower or (allowed is not None and room not in allowed):
                broken.append(f"{where(module, used.line)}: {module.room} imports {room}")
    assert not broken, "\n".join(broken)


def test_no_room_imports_the_package_root():
    broken = [
        where(module, used.line)
        for module in modules().values()
        for used in module.imports
        if module.room and used.module == "pedozone" and used.at_load
    ]
    assert not broken, "\n".join(broken)


def test_no_import_cycles():
    graph = {
        name: {used.module for used in module.imports if used.at_load} - {name} for name, module in modules().items()
    }
    done: set[str] = set()

    def visit(name, trail):
        if name in trail:
            circle = [*trail[trail.index(name) :], name]
            pytest.fail("import cycle: " + " -> ".join(circle))
        if name not in done:
            for following in sorted(graph[name]):
                visit(following, [*trail, name])
            done.add(name)

    for name in sorted(graph):
        visit(name, [])


def test_no_file_is_too_long():
    files = [
        path
        for folder in (PACKAGE, PACKAGE.parents[1] / "tests", PACKAGE.parents[1] / "benchmarks")
        for ending in MOST_LINES
        for path in folder.rglob(f"*{ending}")
    ]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    long = {path.name: lines for path, lines in lengths.items() if lines > MOST_LINES[path.suffix]}
    assert not long, f"over the {MOST_LINES} lines allowed: {long}"


def test_nothing_is_called_utils():
    named = [path for path in PACKAGE.rglob("*") if re.fullmatch(r"_?utils?", path.stem)]
    assert not named


def test_nothing_unsafe_is_used():
    broken = []
    for module in modules().values():
        for node in ast.walk(module.tree):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if FORBIDDEN_MODULES & {name.partition(".")[0] for name in names}:
                broken.append(f"{where(module, node.lineno)}: import of {names}")
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            allow_pickle = any(key.arg == "allow_pickle" for key in node.keywords)
            if called in FORBIDDEN_CALLS or called.endswith("_pickle") or allow_pickle:
                broken.append(f"{where(module, node.lineno)}: {called}(...)")
    assert not broken, "\n".join(broken)


def test_no_global_jax_switch():
    """A library leaves the settings of the program that uses it alone."""
    broken = [
        module.name
        for module in modules().values()
        if re.search(r"jax_enable_x64|JAX_ENABLE_X64", module.path.read_text(encoding="utf-8"))
    ]
    assert not broken


def test_no_jax_arrays_are_made_while_loading():
    """A constant made on import would be float32 and would start JAX."""
    broken = []

    def look(node, module):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                continue
            if isinstance(child, ast.Call):
                called = ast.unparse(child.func)
                if called.startswith(("jnp.", "jax.numpy.", "jax.random.")):
                    broken.append(f"{where(module, child.lineno)}: {called}(...)")
            look(child, module)

    for module in modules().values():
        look(module.tree, module)
    assert not broken, "\n".join(broken)
