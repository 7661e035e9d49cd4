"""The studies that come with sdvbench, and which of them a run is about."""

import re
from pathlib import Path

import pytest

from sdvbench.claims.entry import KINDS
from sdvbench.claims.paper import STUDIES, read_paper, read_studies
from sdvbench.defaults import FOLDER
from sdvbench.errors import BaselineError
from sdvbench.models import MODELS
from sdvbench.pruning import PRUNINGS
from sdvbench.workflows import WORKFLOWS

DOCS = Path(__file__).parents[2] / "docs"
KNOWN = {name: read_paper(FOLDER, name) for name in STUDIES}
SECOND = KNOWN["jderobot.toml"]
WORDS = {  # between the marks of code in the tables of sentences, beside ids
    "paper.md": {"sdvbench recover", "[paper]", "-m realtime", "W1-int8", "pruning/"},
    "jderobot.md": {"model.predict()"},
}
# Of both tables of the second study, row by row; MSEs without their leading zero.
OFFLINE = """
195 .041 .0364 64.917 .041081 .007914 16.243 .040981 .004902 32.464 .041072 .007941
16.251 .042138 .009551 .042575 .007728 .042607 .004810 16.245 28157.72 .007908 .045071 .007815
.039381 .007680 .043669 .007949 .039242 .007947 .0410325563 .001262 260 .0410325513 .001306
.002180 .001180 6.119 .078836 .002178 1.946 .078410 .003166 1.605 .078818 .002656
1.607 .070805 .002793 6.120 .072949 .002093 .070800 .002151 .067245 .002663
"""
SIMULATED = """
8.386 7.406 5.585 .124 8.534 6.693 58.5 .010 8.536 5.06 73.4 .0063 8.32 4.94 60.3 .0065
8.14 5.39 71.9 .0056 8.01 6.65 59.4 .0067 7.73 17.03 42.9 .0023 7.74 14.15 32.6 .0027
7.94 11.47 26.5 .0188 8.84 4.61 34.4 .0125
"""


@pytest.mark.parametrize(
    ("models", "studies"),
    [
        (["yolov5s"], ["paper.toml"]),
        (["mine"], ["paper.toml"]),
        (["pilotnet"], ["jderobot.toml"]),
        (["pilotnet_tf", "pilotnet"], ["jderobot.toml"]),
        (["pilotnet", "yolov5n"], ["paper.toml", "jderobot.toml"]),
    ],
)
def test_a_run_is_about_the_studies_of_its_models(models, studies, tmp_path):
    assert read_studies(tmp_path, models) == tuple(KNOWN[name] for name in studies)


def test_a_study_that_a_run_is_not_about_may_be_wrong_but_for_its_models(tmp_path):
    file = tmp_path / "jderobot.toml"
    file.write_text('[[claim]]\nid = "tf-trt"\ncolour = "red"\n')
    assert read_studies(tmp_path, ["yolov5s"]) == (KNOWN["paper.toml"],)
    with pytest.raises(BaselineError, match=r"jderobot.toml: claim tf-trt: key 'colour'"):
        read_studies(tmp_path, ["pilotnet"])
    file.write_text('[paper]\nrun_models = ["yolov9"]\n')
    with pytest.raises(BaselineError, match=r"jderobot.toml: \[paper\]: model 'yolov9'"):
        read_studies(tmp_path, ["yolov5s"])


def test_a_folder_changes_one_claim_of_a_study(tmp_path):
    (tmp_path / "jderobot.toml").write_text('[[claim]]\nid = "tf-12x-smaller"\nnumber = 3.0\n')
    (found,) = read_studies(tmp_path, ["pilotnet"])
    changed = [new for new, old in zip(found.claims, SECOND.claims, strict=True) if new != old]
    assert [(one.id, one.number) for one in changed] == [("tf-12x-smaller", 3.0)]


def test_no_two_studies_have_a_claim_of_one_id_and_every_kind_is_used():
    claims = [claim for study in KNOWN.values() for claim in study.claims]
    assert len({claim.id for claim in claims}) == len(claims)
    assert {claim.kind for claim in claims} == set(KINDS)


@pytest.mark.parametrize("claim", SECOND.claims, ids=lambda claim: claim.id)
def test_a_claim_of_the_second_study_names_what_exists(claim):
    if claim.kind == "figures":
        assert all((claim.missing, claim.enable or claim.instead, claim.says))
        return
    assert claim.model in SECOND.run_models
    assert claim.model in MODELS
    assert claim.pairs
    for build in {build for pair in claim.pairs for build in pair}:
        assert build.pruning in PRUNINGS
        assert build.precision in WORKFLOWS[build.workflow].precisions
    for better, worse in claim.pairs:
        assert better != worse


def test_no_claim_asks_for_two_devices_in_one_run():
    for claim in SECOND.claims:
        workflows = {build.workflow for pair in claim.pairs for build in pair}
        assert not (workflows & {"LiteRT", "TorchScript"} and workflows & {"W0", "W2"}), claim.id


def test_a_floor_below_the_speed_of_the_base_says_that_it_is_one():
    slower = [one for one in SECOND.claims if one.kind == "speed" and one.number < 1]
    floors = [one.id for one in slower if f"at least {one.number:g}x" in one.text]
    assert [one.id for one in slower if one.id not in floors] == ["pt-same-scale"]
    assert len(floors) == 14


def test_figures_that_nobody_wrote_down_go_into_the_study_s_own_file(tmp_path):
    """Whichever it is."""
    figures = '[[claim]]\nid = "more"\nkind = "figures"\ntext = "T"\nsource = "S"\nmissing = "M"\n'
    for name, model in (("paper.toml", "yolov5s"), ("jderobot.toml", "pilotnet")):
        (tmp_path / name).write_text(figures)
        (study,) = read_studies(tmp_path, [model])
        assert study.claims[-1].missing == "not at hand: M"
        assert study.claims[-1].enable == f"write them into {name}, each as a claim"


def test_relations_are_those_of_the_study_s_figures():
    """ "16.243 MB, TFLite base 64.917" is a factor of 4, whichever way it is claimed."""
    checked = 0
    for claim in SECOND.claims:
        figures = re.fullmatch(r"([\d.]+)(?: MB| s)?, [^\d]*?([\d.]+)", claim.says)
        both_ways = len({frozenset(pair) for pair in claim.pairs}) < len(claim.pairs)
        if figures and claim.kind in ("size", "speed", "error", "driven") and not both_ways:
            ours, theirs = map(float, figures.groups())
            ratio = claim.number if claim.kind in ("error", "driven") else 1 / claim.number
            if "frequency" in claim.id:
                ratio = claim.number
            assert ratio == pytest.approx(ours / theirs, rel=1e-3), claim.id
            checked += 1
    assert checked > 80


def told_in(name):
    """The last cells of all rows of that document's tables."""
    lines = (DOCS / name).read_text(encoding="utf-8").splitlines()
    return [line.split("|")[-2].strip() for line in lines if line.startswith("| ")]


@pytest.mark.parametrize("name", WORDS)
def test_the_table_of_sentences_has_every_claim_and_no_other(name):
    told, ids = told_in(name), {one.id for one in KNOWN[f"{name[:-3]}.toml"].claims}
    named = [cell.strip("`") for cell in told if re.fullmatch("`[^` ]+`", cell)]
    assert len(named) == len(set(named))
    assert set(named) == ids
    mentioned = set(re.findall("`([^`]+)`", "\n".join(told)))
    assert mentioned <= ids | WORDS[name]


@pytest.mark.parametrize("figures", [OFFLINE, SIMULATED], ids=["offline", "simulated"])
def test_every_figure_of_both_tables_has_a_row(figures):
    numbers = set()
    for line in (DOCS / "jderobot.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and re.search(r"\| `[^` ]+` \|$", line):
            numbers |= set(map(float, re.findall(r"(?<![\w-])\d*\.?\d+", line.split("|")[2])))
    assert set(map(float, figures.split())) <= numbers
