"""The site files of the examples; that their years run is tested in test_simulate.py, where the model is compiled."""

import pytest
from example_sites import PATHS, name

import pedozone
from pedozone.cli import main


def test_there_are_examples():
    assert len(PATHS) >= 11


@pytest.mark.parametrize("path", PATHS, ids=name)
def test_the_site_file_holds_and_says_where_its_figures_come_from(path, capsys):
    assert main(["validate", str(path)]) == 0
    said = capsys.readouterr().out
    assert "no effect" not in said
    assert "the run ends in the middle" not in said
    assert pedozone.load_site(path).climate.source


def test_every_page_is_in_the_index_and_has_its_example(repository):
    index = (repository / "docs" / "index.md").read_text(encoding="utf-8")
    pages = sorted((repository / "docs" / "examples").glob("*.md"))
    assert len(pages) >= 8
    for page in pages:
        assert f"examples/{page.stem}\n" in index
        assert (repository / "examples" / page.stem / "site.toml").exists()
