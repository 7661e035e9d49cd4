"""The figures of the paper's tables."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.claims.figures import figures_of_the_paper, read_figures
from sdvbench.errors import BaselineError

ROW = '"COCO(50)" = { Yolo = 0.8, PL = [0.7, 0.6] }\n'
TABLE = (
    '[I]\nworkflow = "W1"\ncolumns = ["pt", "INT8"]\n'
    f"[I.accuracy]\n{ROW}[I.memory_mb]\nCOCO = {{ Yolo = 1000, PL = [800, 600] }}\n"
)
TABLES = figures_of_the_paper()


@pytest.fixture
def read(tmp_path):
    def of(text):
        (tmp_path / "paper_tables.toml").write_text(text)
        return read_figures(tmp_path)

    return of


def test_what_the_tables_say_of_an_engine(read):
    table = read(TABLE)["I"]
    assert table.lost("COCO", "PL", "INT8") == pytest.approx(0.101 / 0.7)
    assert table.lost("COCO", "PL", "pt") == pytest.approx(0.101 / 0.8)
    assert table.saved("COCO", "PL", "INT8") == pytest.approx(0.25)
    assert table.saved("COCO", "PL", "pt") == pytest.approx(0.2)


def test_the_paper_s_own_examples():
    assert TABLES["VI"].saved("COCO", "PL", "INT8") == pytest.approx(0.147, abs=5e-4)  # "about 15%"
    assert TABLES["VII"].value("accuracy", "COCO", "PL", "INT8") == 0.687
    assert TABLES["VII"].value("memory_mb", "KITTI", "PS", "FP16") == 772
    assert TABLES["VIII"].value("memory_mb", "BDD100K", "PG", "INT8") == 818


@given(st.sampled_from(sorted(TABLES)), st.sampled_from(["COCO", "KITTI", "BDD100K"]))
def test_every_table_has_every_cell(name, row):
    table = TABLES[name]
    for pruning in ("PL", "PS", "PG"):
        values = [table.value("accuracy", row, pruning, c) for c in ("Yolo", *table.columns)]
        assert values == sorted(values, reverse=True)  # each step of the paper's loses something
        assert table.value("memory_mb", row, pruning, "INT8") < 900


def test_a_cell_that_is_not_there_is_named(read):
    table = read(TABLE)["I"]
    for row, pruning, column in (("X", "PL", "pt"), ("COCO", "PX", "pt"), ("COCO", "PL", "FP64")):
        with pytest.raises(BaselineError, match=f"no accuracy of {pruning} {column} in a row"):
            table.value("accuracy", row, pruning, column)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[I\n", "cannot be read as TOML"),
        (TABLE.replace('"W1"', "1"), r"\[I\]: workflow is not a text"),
        (TABLE.replace('["pt", "INT8"]', "[]"), "columns is not a list of texts"),
        (TABLE.replace("I.accuracy", "I.speed"), r"\[I.accuracy\]: is not a table of rows"),
        (TABLE.replace("Yolo = 0.8", "Yolo = 0"), "Yolo is not a number above 0"),
        (TABLE.replace("Yolo = 0.8", "Yolo = nan"), "Yolo is not a number above 0"),
        (TABLE.replace("[0.7, 0.6]", "[0.7]"), "PL is not a list of 2 numbers above 0"),
        (TABLE.replace("[0.7, 0.6]", '[0.7, "x"]'), "PL is not a list of 2 numbers"),
    ],
)
def test_a_wrong_file_is_named(read, text, problem):
    with pytest.raises(BaselineError, match=problem) as caught:
        read(text)
    assert "paper_tables.toml" in str(caught.value)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


@given(st.integers(0, len(TABLE)), st.integers(0, 12), st.text(max_size=6))
def test_any_change_of_a_file_gives_figures_or_an_error_of_sdvbench(folder, start, length, new):
    text = TABLE[:start] + new + TABLE[start + length :]
    (folder / "paper_tables.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    with suppress(BaselineError):
        for table in read_figures(folder).values():
            assert table.lost("COCO", "PL", "INT8") < 1.01


def test_without_a_file_of_one_s_own_the_paper_s_are_read(tmp_path):
    assert read_figures(tmp_path).keys() == TABLES.keys() == {"VI", "VII", "VIII"}
