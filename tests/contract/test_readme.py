"""The Python example of the README runs as it stands there."""

import re
import shutil
import subprocess
import sys


def test_the_example_runs(repository, tmp_path):
    text = (repository / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    shutil.copytree(repository / "examples", tmp_path / "examples")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "boundary_depth" in done.stdout and "budget_residual" in done.stdout
    assert (tmp_path / "grassland.nc").stat().st_size > 0
    assert (tmp_path / "boundary.png").stat().st_size > 0
