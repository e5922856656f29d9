"""Sphinx configuration; 'python3 start.py docs' builds with warnings as errors."""

import os
from pathlib import Path

from docutils import nodes
from latex2mathml.converter import convert

from pedozone.version import __version__

project = "pedozone"
author = "The pedozone developers"
copyright = "The pedozone developers, Apache-2.0"
version = release = __version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
]
exclude_patterns = ["_build", "jupyter_execute"]

# Every page with code is run while the documentation is built; a page that fails stops the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True
nb_render_markdown_format = "myst"
# For the pages that run an example.
os.environ["PEDOZONE_REPOSITORY"] = str(Path(__file__).resolve().parents[1])
# Every page is run by a process of its own; what one has compiled the others need not.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(__file__).resolve().parent / "_build" / "compiled"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.2")

myst_enable_extensions = ["amsmath", "dollarmath", "deflist", "colon_fence"]
myst_heading_anchors = 3

autodoc_typehints = "description"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_numpy_docstring = True

html_math_renderer = "mathml"
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["formula.css"]
html_title = f"pedozone {release}"


def render_inline_math(translator, node):
    translator.body.append(convert(node.astext()))
    raise nodes.SkipNode


def render_display_math(translator, node):
    formula = convert(node.astext(), display="block")
    translator.body.append(f'<div class="formula">{formula}</div>')
    raise nodes.SkipNode


def setup(app):
    """Write formulas as MathML, which browsers draw themselves: the pages are whole offline."""
    app.add_html_math_renderer("mathml", (render_inline_math, None), (render_display_math, None))
