"""``pedozone data``: the registry, and sets fetched from a server on this machine or taken from a folder."""

import builtins
import hashlib
import io
import json
import zipfile

import pytest
from file_server import file_server

from pedozone.cli.app import start
from pedozone.drivers.atmosphere import Curve
from pedozone.observations.errors import ObservationError
from pedozone.observations.public_sets.curves import curve_tables
from pedozone.observations.public_sets.fetching import PINS
from pedozone.observations.public_sets.registry import REGISTRY, load_registry
from pedozone.observations.reading import read_profiles

pytest.importorskip("pooch")
DATA = bytes(range(256)) * 4000
NEXT = "pedozone profiles import {file} --name soils"


@pytest.fixture
def served(monkeypatch):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    with file_server() as found:
        found.files["soils.csv"] = DATA
        yield found


@pytest.fixture
def place(tmp_path):
    return tmp_path / "data"


def entry(address, hash="none-verified", name="soils.csv", more="", of_file=""):
    return (
        f'[soils]\ntitle = "Soils"\nversion = "1"\nlicence = "CC BY 4.0"\ncitation = "Nobody (2020)"\n'
        f'page = "https://example.org/soils"\nuse = "{NEXT}"\n{more}\n'
        f'[[soils.files]]\nname = "{name}"\naddress = "{address}/{name}"\nhash = {json.dumps(hash)}\n{of_file}\n'
    )


@pytest.fixture
def get(tmp_path, place, served, capsys):
    """Run 'pedozone data get soils'; gives exit status, what is on the two streams."""

    def run(*options, text=None, **given):
        file = tmp_path / "registry.toml"
        file.write_text(text or entry(served.address, **given), encoding="utf-8")
        words = ["data", "get", "soils", "--registry", str(file), "--folder", str(place), *map(str, options)]
        status = start(words)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return status, said.out, said.err

    return run


def kept(place):
    return sorted(p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file())


def test_the_registry_says_what_has_to_be_said():
    known = load_registry()
    assert {"israd", "wosis", "sodah", "rothamsted-highfield", "intcal20", "hua2021", "graven2017"} <= set(known)
    for public in known.values():
        assert public.version and public.doi and public.use
        assert not public.mapping or (REGISTRY.parent / public.mapping).exists()
        assert all(file.address.startswith("https://") for file in public.files)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('licence = "CC BY 4.0"', "", "licence"),
        ('"none-verified"', '"md5:12"', "none-verified"),
        ('"none-verified"', '""', "hash"),
        ('name = "soils.csv"', 'name = "../soils.csv"', "name"),
        ("https://x", "ftp://x", "address"),
        ('version = "1"', 'verison = "1"', "verison"),
        ('version = "1"', 'curve = "own"', "curve"),
        ('version = "1"', 'doi_status = "guessed"', "doi_status"),
        ("[[soils.files]]", "[[soils.other]]", "soils.other"),
        ("[soils]", "[soils", "TOML"),
    ],
)
def test_a_wrong_registry_is_named(tmp_path, old, new, named):
    text = entry("https://x")
    assert old in text
    file = tmp_path / "registry.toml"
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(ObservationError, match=named):
        load_registry(file)


def test_a_set_is_fetched_once_and_checked(get, served, place):
    right = "sha256:" + hashlib.sha256(DATA).hexdigest()
    status, out, err = get(hash=["md5:" + "0" * 32, right])
    assert status == 0
    path = place / "soils" / "soils.csv"
    assert path.read_bytes() == DATA
    assert out == f"{path}\n"
    for words in ("the publisher's", "CC BY 4.0", "Nobody (2020)", f"Next: {NEXT.format(file=path)}"):
        assert words in err
    assert get(hash=right)[0] == 0
    assert len(served.asked) == 1, "what is here is not fetched again"
    path.write_bytes(DATA[:-1])
    assert get(hash=right)[0] == 0
    assert path.read_bytes() == DATA, "a damaged copy is fetched anew"
    assert kept(place) == ["soils/soils.csv"]


def test_what_is_not_the_publishers_is_not_kept(get, place):
    status, out, err = get(hash="md5:" + "0" * 32)
    assert (status, out) == (2, "")
    assert hashlib.md5(DATA).hexdigest() in err and "example.org" in err
    assert kept(place) == []


def test_without_a_hash_the_first_copy_is_pinned(get, served, place):
    status, _, err = get()
    assert status == 0 and "first copy is pinned" in err
    assert hashlib.sha256(DATA).hexdigest() in err
    pin = json.loads((place / PINS).read_text())["soils/soils.csv"]
    assert pin["sha256"] == hashlib.sha256(DATA).hexdigest() and pin["bytes"] == len(DATA)
    assert "same as the first copy" in get()[2]
    served.files["soils.csv"] = b"another"
    (place / "soils" / "soils.csv").unlink()
    status, _, err = get()
    assert status == 2 and "changed since the first copy" in err and "--replace" in err
    assert kept(place) == [PINS]
    assert get("--replace")[0] == 0
    assert (place / "soils" / "soils.csv").read_bytes() == b"another"
    assert "same as the first copy" in get()[2]


def test_what_was_cut_off_goes_on(get, served, place):
    served.cut, served.times = 300_000, 2
    right = "md5:" + hashlib.md5(DATA).hexdigest()
    assert get(hash=right)[0] == 0
    starts = [int(asked.strip("bytes=-") or 0) for _, asked in served.asked]
    assert len(starts) == 3 and starts[0] == 0 and 280_000 < starts[1] <= 300_000 and starts[2] > 560_000
    assert (place / "soils" / "soils.csv").read_bytes() == DATA


def test_what_stays_cut_off_is_kept_for_later_unless_the_file_changes(get, served, place):
    served.cut = 100_000
    status, _, err = get()
    assert status == 3 and "goes on from there" in err and "--from FOLDER" in err
    assert (place / "soils" / ".soils.csv.part").stat().st_size > 360_000
    assert not (place / "soils" / "soils.csv").exists()
    served.cut, served.files["soils.csv"] = None, DATA[::-1]
    assert get()[0] == 0
    assert (place / "soils" / "soils.csv").read_bytes() == DATA[::-1], "two versions are never mixed"
    assert kept(place) == [PINS, "soils/soils.csv"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": 503}, "try again later"),
        ({"status": 403}, "does not give it"),
        ({"status": 404}, "no longer there"),
        ({"kind": "text/html; charset=utf-8"}, "a web page"),
    ],
)
def test_a_server_that_does_not_give_it_ends_with_3(get, served, place, change, said):
    for name, value in change.items():
        setattr(served, name, value)
    status, out, err = get(of_file='address_status = "recalled"')
    assert (status, out) == (3, "")
    assert said in err and "https://example.org/soils" in err and "recalled, not verified" in err
    assert kept(place) == []


def test_without_a_network_the_folder_serves(get, tmp_path, place):
    text = entry("http://127.0.0.1:9", of_file='also_named = ["Soils (1).csv"]')
    status, _, err = get(text=text)
    assert status == 3 and "no connection to 127.0.0.1" in err
    hand = tmp_path / "downloads"
    assert get("--from", hand, text=text)[0] == 2
    hand.mkdir()
    assert "downloads" in get("--from", hand, text=text)[2]
    (hand / "other.csv").write_bytes(b"no")
    (hand / "soils (1).CSV").write_bytes(DATA)
    assert get("--from", hand, text=text)[0] == 0
    assert (place / "soils" / "soils.csv").read_bytes() == DATA
    # With a hash any name will do, and a wrong file of the right name is refused.
    right = "sha256:" + hashlib.sha256(b"no").hexdigest()
    assert get("--from", hand, "--replace", text=entry("http://127.0.0.1:9", hash=right))[0] == 0
    assert (place / "soils" / "soils.csv").read_bytes() == b"no"
    (hand / "other.csv").unlink()
    (hand / "soils.csv").write_bytes(b"wrong")
    status, _, err = get("--from", hand, "--replace", text=entry("http://127.0.0.1:9", hash=right))
    assert status == 2 and "another version" in err
    assert (place / "soils" / "soils.csv").read_bytes() == b"no"


def zipped(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return stream.getvalue()


def test_archives_give_what_is_needed_of_them(get, served, place):
    served.files["soils.zip"] = zipped({"a/../../flat_layer_1.csv": "x\n1\n", "readme.txt": "no", "b/all.xlsx": "no"})
    given = {"name": "soils.zip", "of_file": 'unpack = ["flat_layer_*.csv"]'}
    status, out, err = get(**given)
    assert status == 0
    assert out == f"{place / 'soils' / 'flat_layer_1.csv'}\n" and out.strip() in err
    assert kept(place) == [PINS, "soils/flat_layer_1.csv", "soils/soils.zip"]
    served.files["soils.zip"] = zipped({"flat_layer_1.csv": "x\n2\n"})
    assert get("--replace", **given)[0] == 0
    assert (place / "soils" / "flat_layer_1.csv").read_text() == "x\n2\n", "of the same size, but another"
    status, _, err = get(name="soils.zip", of_file='unpack = ["none*.csv"]')
    assert status == 2 and "arranged it anew" in err
    served.files["soils.zip"] = b"<html>"
    assert "no zip archive" in get("--replace", **given)[2]
    assert (place / "soils" / "soils.zip").read_bytes() != b"<html>"


def test_without_pooch_the_extra_is_named(get, tmp_path, monkeypatch):
    plain = builtins.__import__

    def without(name, *rest):
        if name == "pooch":
            raise ImportError(name)
        return plain(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    status, _, err = get()
    assert status == 2 and "pedozone[data]" in err
    (tmp_path / "soils.csv").write_bytes(DATA)
    assert get("--from", tmp_path)[0] == 0


def test_sets_are_listed_with_licence_and_state(get, place, capsys, monkeypatch):
    monkeypatch.setenv("PEDOZONE_CACHE_DIR", str(place.parent))
    assert start(["data", "list"]) == 0
    said = capsys.readouterr().out
    for words in ("wosis", "CC BY 4.0", "Lawrence et al. (2020)", "address not verified", "not here"):
        assert words in said
    get()
    assert start(["data", "list", "--registry", str(place.parent / "registry.toml")]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "pinned on 20" in said and "here:" in said
    assert start(["data", "get", "isra"]) == 2
    assert "israd" in capsys.readouterr().err


def test_the_mapping_reads_highfield(tmp_path):
    file = tmp_path / "soil_data.csv"
    file.write_text(
        "sample_year,sub-plot,sample_date,soil_weight,bulk_density,soil_pH,%N,N_stock,%SOC,SOC_stock,note_id\n"
        '1959,1,1959-12-15,2.172,0.944,6.310,0.296,6.429,2.849,61.880,"1,2"\n'
        "2014,1,2014-09-08,2.864,1.245,5.600,0.104,2.970,0.999,28.623,*\n"
    )
    layer = read_profiles(file, REGISTRY.parent / "rothamsted-highfield.toml").profiles.layer
    stock = layer["soc_percent"] * layer["bulk_density_g_cm3"] * (layer["bottom_cm"] - layer["top_cm"])
    assert stock.tolist() == pytest.approx([61.880, 28.623], rel=1e-3), "t/ha, as published"


def test_published_curves_become_tables(tmp_path):
    intcal = tmp_path / "intcal20.14c"
    intcal.write_text(
        "##Atmospheric\n# CAL BP, 14C age,Sigma,Delta 14C,Sigma\n55000,50100,1024,528.5,193.9\n0,199,11,-24.9,1.4\n"
    )
    (table,) = curve_tables("intcal20", intcal)
    curve = Curve.from_csv(table)
    assert curve.years.tolist() == [-53050, 1950] and curve.delta14c(1950) == pytest.approx(-24.9)
    graven = tmp_path / "TableS1.csv"
    graven.write_text(
        "Table S1,,,,\n,,,,\nDate,NH Delta14co2,Tropics Delta14co2,SH Delta14co2,Global delta13co2\n,permil,,,permil\n"
        "1850.5,-2.3,-4.0,-5.8,-6.6\n1851.5,-2.6,-4.3,-6.0,-6.6\n"
    )
    tables = curve_tables("graven2017", graven)
    assert [table.name for table in tables] == ["graven2017-NH.csv", "graven2017-Tropics.csv", "graven2017-SH.csv"]
    assert Curve.from_csv(tables[2]).delta14c(1850.5) == pytest.approx(-5.8)
    graven.write_text("<html>")
    with pytest.raises(ObservationError, match="arranged it anew"):
        curve_tables("graven2017", graven)
