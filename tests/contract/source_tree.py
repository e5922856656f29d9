"""The package as a graph of modules and imports, read from its source without running it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "pedozone"


@dataclass(frozen=True)
class Import:
    """One module that another one imports, and whether that happens when it is loaded."""

    module: str
    line: int
    at_load: bool


@dataclass
class Module:
    name: str
    path: Path
    tree: ast.Module
    imports: list[Import] = field(default_factory=list)

    @property
    def room(self) -> str:
        """The folder or file straight under the package; the root itself is ''."""
        return self.name.partition(".")[2].partition(".")[0]


def module_name(path: Path) -> str:
    parts = list(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def guards_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def import_statements(node: ast.AST, at_load: bool = True) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Yield every import below a node and whether loading the module runs it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, at_load
        else:
            deferred = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from import_statements(child, at_load and not deferred and not guards_types(child))


def imported_names(statement: ast.Import | ast.ImportFrom, module: Module) -> Iterator[str]:
    """Yield the dotted names that one statement imports, relative ones made absolute."""
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names)
        return
    base = statement.module or ""
    if statement.level:
        parts = module.name.split(".")
        depth = statement.level - (module.path.name == "__init__.py")
        base = ".".join([*parts[: len(parts) - depth], *([base] if base else [])])
    for alias in statement.names:
        yield f"{base}.{alias.name}"


@cache
def modules() -> dict[str, Module]:
    """Return every module of the package with its imports of other modules of the package."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = module_name(path)
        found[name] = Module(name, path, ast.parse(path.read_text(encoding="utf-8")))
    for module in found.values():
        for statement, at_load in import_statements(module.tree):
            for name in imported_names(statement, module):
                # 'from package import thing': the thing is a module or lives in the package.
                target = name if name in found else name.rpartition(".")[0]
                while target and target not in found:
                    target = target.rpartition(".")[0]
                if target:
                    module.imports.append(Import(target, statement.lineno, at_load))
    return found
