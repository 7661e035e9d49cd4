"""The reader of paper.toml: what it reads, and how it refuses the rest."""

import pytest

from sdvbench.claims.paper import read_paper
from sdvbench.claims.table import paper_s_figure
from sdvbench.defaults import FOLDER
from sdvbench.errors import BaselineError

HEADER = '[paper]\ntitle = "T"\nhardware = "H"\nmodels = "M"\ndata_sets = "D"\n'
SPEED = """
[[claim]]
id = "one"
kind = "speed"
text = "it is fast"
source = "Table I"
pairs = ["W1-int8 over Wd-fp32"]
prunings = ["PL", "PG"]
metric = "latency"
number = 3
within = 0.1
"""
COST = """
[[claim]]
id = "two"
kind = "cost"
text = "it is small"
source = "Table I"
model = "yolov5s"
pruning = "PL"
figure = "macs"
number = 7.6
decimals = 1
within = 0.0
"""
BALANCE = """
[[claim]]
id = "three"
kind = "balance"
text = "it is best"
source = "Table I"
pairs = ["PG-Wd-fp32 over PL-Wd-fp32", "PL-Wd-fp32 over PS-Wd-fp32"]
points = 0.02
margin = 0.02
"""
LOST = """
[[claim]]
id = "four"
kind = "lost"
text = "little is lost"
source = "Table VII"
table = "VII"
rows = ["COCO", "KITTI"]
columns = ["pt", "INT8"]
prunings = ["PL"]
"""
SIZE = """
[[claim]]
id = "five"
kind = "size"
text = "it is small"
source = "Table I"
model = "pilotnet"
pairs = ["orig-LiteRT-dyn8 over orig-LiteRT-fp32"]
number = 4
within = 0.05
"""
ERROR = SIZE.replace('"size"', '"error"') + 'metric = "mse"\nrelation = "at most"\n'
DRIVEN = ERROR.replace('"error"', '"driven"').replace('metric = "mse"', 'score = "speed_mps"')
FIGURES = SIZE.partition("model")[0].replace('"size"', '"figures"') + 'missing = "all"\n'
SAVED = LOST.replace('"lost"', '"saved"').replace('"pt", ', "") + "within = 0.1\n"
CLAIMS = read_paper(FOLDER).claims


@pytest.fixture
def read(tmp_path):
    def of(text):
        (tmp_path / "paper.toml").write_text(text)
        return read_paper(tmp_path)

    return of


def test_a_pair_without_a_pruning_stands_for_each(read):
    paper = read(HEADER + SPEED + COST)
    one, two = paper.claims
    assert [f"{fast} over {slow}" for fast, slow in one.pairs] == [
        "PL-W1-int8 over PL-Wd-fp32",
        "PG-W1-int8 over PG-Wd-fp32",
    ]
    assert one.limit == pytest.approx(2.7)
    assert (two.pruning, two.decimals, two.pairs) == ("PL", 1, ())
    assert (paper.title, paper.hardware) == ("T", "H")


def test_engines_get_the_paper_s_options(read):
    options = '[options]\nW1-int8 = { quantization = "paper", threads = 2 }\n'
    ((fast, slow), _) = read(HEADER + options + SPEED).claims[0].pairs
    assert fast.options == (("quantization", "paper"), ("threads", 2))
    assert slow.options == ()


def test_one_side_may_name_its_own(read):
    (one,) = read(HEADER + SPEED.replace("over Wd", "over orig-Wd")).claims
    assert {str(slow) for _, slow in one.pairs} == {"orig-Wd-fp32"}


def test_a_claim_may_be_about_a_training(read):
    (one,) = read(HEADER + SPEED.replace('"PL", "PG"', '"MP50CL.QAT"')).claims
    assert {str(fast) for fast, _ in one.pairs} == {"MP50CL.QAT-W1-int8"}


WRONG = {
    "claim one: key 'colour' is not known": SPEED + 'colour = "red"\n',
    "claim two: key 'up_to' is not known": COST + "up_to = true\n",
    "claim number 1: key 'id' is missing": SPEED.replace('id = "one"', ""),
    "claim one: key 'within' is missing": SPEED.replace("within = 0.1", ""),
    "claim one: kind 'magic' is not known": SPEED.replace('"speed"', '"magic"'),
    "claim one: kind None is not known": SPEED.replace('kind = "speed"', ""),
    "claim one: there are two of this id": SPEED + SPEED,
    "claim one: pruning 'PX' is not known": SPEED.replace('"PL"', '"PX"'),
    "claim one: workflow 'W9' is not known": SPEED.replace("W1-int8", "W9-int8"),
    "claim one: Wd has no precision 'int8'": SPEED.replace("Wd-fp32", "Wd-int8"),
    "claim one: 'W1-int8' in pairs has no pruning": SPEED.replace('prunings = ["PL", "PG"]', ""),
    "claim one: 'W1-int8 < Wd' in pairs is not BUILD": SPEED.replace("over Wd-fp32", "< Wd"),
    "claim one: prunings is not a list of texts": SPEED.replace('["PL", "PG"]', '"PL"'),
    "claim one: pairs is not a list of texts": SPEED.replace('["W1-int8 over Wd-fp32"]', "[]"),
    "claim one: number is not a number": SPEED.replace("= 3\n", '= "3"\n'),
    "claim one: number is not a number of 0": SPEED.replace("= 3\n", "= true\n"),
    "claim one: within is not a number of 0 or more": SPEED.replace("0.1", "-0.1"),
    "claim one: within is a share below 1": SPEED.replace("0.1", "1.0"),
    "claim one: metric 'mood' is not known": SPEED.replace('"latency"', '"mood"'),
    "claim one: up_to is neither true nor false": SPEED + "up_to = 1\n",
    "claim one: text is not a text": SPEED.replace('"it is fast"', '""'),
    "claim two: model 'yolov9' is not known": COST.replace("yolov5s", "yolov9"),
    "claim two: pruning 'PX' is not known": COST.replace('"PL"', '"PX"'),
    "claim two: decimals is not a whole number": COST.replace("decimals = 1", "decimals = 1.0"),
    "claim three: pairs hold several things": BALANCE,
    "claim four: there is no table 'IX'": LOST.replace('"VII"\nrows', '"IX"\nrows'),
    "claim four: Table VII has no accuracy of PL Yolo in a row 'Mars'": LOST.replace(
        "KITTI", "Mars"
    ),
    "claim four: Table VII has no accuracy of PL FP64": LOST.replace("INT8", "FP64"),
    "claim four: Table VII has no accuracy of orig": LOST.replace('"PL"', '"orig"'),
    "claim four: pruning 'PX' is not known": LOST.replace('"PL"', '"PX"'),
    "claim four: rows is not a list of texts": LOST.replace('["COCO", "KITTI"]', "[]"),
    "claim four: W1 has no precision 'int4'": LOST + 'precision = "int4"\n',
    "claim one: data set 'mars' is not known": SPEED + 'data = ["mars"]\n',
    "claim one: data is not a list of texts": SPEED + "data = 1\n",
    "claim five: key 'model' is missing": SIZE.replace('model = "pilotnet"', ""),
    "claim five: model 'pilotnot' is not known": SIZE.replace("pilotnet", "pilotnot"),
    "claim five: key 'relation' is not known": SIZE + 'relation = "at most"\n',
    "claim five: LiteRT has no precision 'int4'": SIZE.replace("dyn8", "int4"),
    "claim five: key 'metric' is missing": ERROR.replace('metric = "mse"', ""),
    "claim five: metric 'latency' is not known": ERROR.replace('"mse"', '"latency"'),
    "claim one: metric 'mse' is not known": SPEED.replace('"latency"', '"mse"'),
    "claim five: relation 'keeps' is not known": ERROR.replace("at most", "keeps"),
    "claim five: key 'score' is missing": DRIVEN.replace('score = "speed_mps"', ""),
    "claim five: score 'inference_ms' is not known": DRIVEN.replace("speed_mps", "inference_ms"),
    "claim five: relation 'below' is not known": DRIVEN.replace("at most", "below"),
    "claim five: up_to is neither true nor false": DRIVEN + "up_to = 1\n",
    "claim five: enable is not a text": FIGURES + "enable = 1\n",
    "[options]: is not a table of tables": SPEED + "[options]\nW1-int8 = 1\n",
    "[options]: workflow 'W9' is not known": SPEED + "[options]\nW9-int8 = { threads = 1 }\n",
    "[options]: W1 has no precision 'int4'": SPEED + "[options]\nW1-int4 = { threads = 1 }\n",
    "[options]: option 'mood' of W1 is not known": SPEED + "[options]\nW1-int8 = { mood = 1 }\n",
    "[options]: option W1.quantization=1 is not": SPEED + "[options]\nW1-int8.quantization = 1\n",
}


@pytest.mark.parametrize("problem", WRONG)
def test_what_is_wrong_is_named_with_its_claim(read, problem):
    with pytest.raises(BaselineError) as caught:
        read(HEADER + WRONG[problem])
    assert problem in str(caught.value)
    assert "paper.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[paper\n", "cannot be read"),
        (HEADER, "the file: key 'claim' is missing"),
        (HEADER + "year = 2025\n" + SPEED, r"\[paper\]: key 'year' is not known"),
        (HEADER.replace('models = "M"\n', "") + SPEED, r"\[paper\]: key 'models' is missing"),
        (HEADER.replace('"H"', "1") + SPEED, r"\[paper\]: hardware is not a text"),
        (HEADER + "run_models = 1\n" + SPEED, r"\[paper\]: run_models is not a list of texts"),
        (HEADER + "run_models = ['x']\n" + SPEED, r"\[paper\]: model 'x' is not known"),
        ("claim = [1]\n" + HEADER, "claim number 1: is not a table"),
        ("claim = 1\n" + HEADER, r"has no \[paper\] or no \[\[claim\]\]"),
    ],
)
def test_a_wrong_file_is_named(read, text, problem):
    with pytest.raises(BaselineError, match=problem):
        read(text)


def test_without_a_title_the_paper_that_comes_with_sdvbench_is_changed_key_by_key(read, tmp_path):
    default = read_paper(tmp_path)
    told = '[paper]\nhardware = "mine"\n[[claim]]\nid = "table-V-PL-macs"\nwithin = 0.5\n'
    paper = read(told + SPEED)
    assert (paper.title, paper.hardware) == (default.title, "mine")
    *claims, added = paper.claims
    assert added.id == "one"
    changed = {new.id: new for new, old in zip(claims, default.claims, strict=True) if new != old}
    assert [(name, new.within) for name, new in changed.items()] == [("table-V-PL-macs", 0.5)]
    with pytest.raises(BaselineError, match=r"claim table-V-PL-macs: key 'wthin' is not known"):
        read(told.replace("within", "wthin"))


def test_the_paper_is_read_whole():
    paper = read_paper(FOLDER)
    machine = ("RTX 2080 Ti", "E5-2690 v4", "CUDA 12.1", "TensorRT 8.6.5", "batches of 128")
    assert all(part in paper.machine for part in machine)
    assert "GPUtil" in paper.memory
    quantized = [
        build
        for claim in paper.claims
        for pair in claim.pairs
        for build in pair
        if (build.workflow, build.precision) == ("W1", "int8")
    ]
    assert {build.options for build in quantized} == {
        (("calibration_method", "minmax"), ("quantization", "paper"))
    }
    sources = {claim.source for claim in paper.claims}
    assert {f"Observation {number}" for number in (1, 2, 3)} <= sources


def test_every_factor_of_an_observation_over_the_original_is_an_up_to():
    claims = [one for one in CLAIMS if one.source.startswith("Observation")]
    over = [one for one in claims if "over-original" in one.id]
    assert len(over) == 17  # 8 factors of latency and of throughput, and one more as int16
    assert all(one.up_to and len(one.pairs) == 3 for one in over)
    up_to = {one.id for one in claims if one.up_to and "over-pruned" in one.id}
    assert up_to == {"W2-int8-over-pruned", "W2-int8-over-pruned-throughput"}


@pytest.mark.parametrize(
    ("name", "number", "says", "pairs"),
    [
        ("PL-W0-int8-over-pruned", 5.0, "nearly 5x", ["PL-W0-int8 over PL-Wd-fp32"]),
        ("PL-W0-int8-over-original", 6.0, "6x", ["PL-W0-int8 over orig-Wd-fp32"]),
        ("PS-W2-int8-over-original-throughput", 17.0, "over 17x", ["PS-W2-int8 over orig-Wd-fp32"]),
        ("PG-W1-int8-over-original-BDD100K", 4.7, "nearly 4.7x", ["PG-W1-int8 over orig-Wd-fp32"]),
    ],
)
def test_factors_of_the_running_text(name, number, says, pairs):
    (found,) = [one for one in CLAIMS if one.id == name]
    assert (found.number, paper_s_figure(found)) == (number, says)
    assert [f"{fast} over {slow}" for fast, slow in found.pairs] == pairs
    assert (found.within == 0) == says.startswith("over")


def test_what_a_table_says_becomes_pairs_with_their_shares(read):
    paper = read(HEADER + LOST)
    (found,) = paper.claims
    assert [f"{worse} over {reference}" for worse, reference in found.pairs] == [
        "PL-Wd-fp32 over orig-Wd-fp32",
        "PL-W1-int8 over PL-Wd-fp32",
    ]
    # Of two rows the larger: KITTI's of PL.pt, and COCO's of INT8; 0.001 may be rounding.
    assert found.shares == pytest.approx((0.015 / 0.878, 0.034 / 0.720))
    saved = read(HEADER + SAVED).claims[0]
    assert (saved.memory, saved.shares) == ("device", pytest.approx((288 / 1004,)))
    assert saved.limits == pytest.approx((0.9 * saved.shares[0],))
    int16 = read(HEADER + LOST.replace('"pt", "INT8"', '"FP16"') + 'precision = "int16"\n').claims[
        0
    ]
    assert str(int16.pairs[0][0]) == "PL-W1-int16"


def test_data_may_be_one_text_or_a_list(read):
    for written in ('"kitti"', '["kitti"]'):
        assert read(HEADER + SPEED + f"data = {written}\n").claims[0].data == ("kitti",)
