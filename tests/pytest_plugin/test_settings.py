"""Options and configuration files."""

import subprocess
import sys

import pytest

from sdvbench import embedded
from sdvbench.errors import OptionError
from sdvbench.pytest_plugin.options import settings_of


@pytest.fixture
def settings(pytester):
    """Settings as a run with these files and arguments reads them."""

    def read(*arguments, **files):
        for name, content in files.items():
            (pytester.path / f"{name}.toml").write_text(content)
        return settings_of(pytester.parseconfig(*arguments))

    return read


def test_defaults(settings, pytester):
    found = settings()
    assert (found.model, found.imgsz, found.batch) == (("yolov5s",), 640, (1,))
    assert found.baselines == pytester.path / "baselines"


def test_the_command_line_wins_over_sdvbench_toml_over_pyproject(settings):
    found = settings(
        "--sdv-imgsz=320",
        pyproject='[tool.sdvbench]\nimgsz = 128\nmodel = ["yolov5m"]\nbatch = 4\n',
        sdvbench='model = "yolov5n, yolov5l"\n',
    )
    assert found.imgsz == 320
    assert found.model == ("yolov5n", "yolov5l")
    assert found.batch == (4,)


def test_models_and_workflow_options_add_up_and_of_others_the_last_one_counts(settings):
    found = settings("--sdv-option=W1.threads=1,Wd.threads=2", "--sdv-option=Wd.threads=3")
    assert found.option == ("W1.threads=1", "Wd.threads=2", "Wd.threads=3")
    models = ("--sdv-model=yolov5n,a=a.onnx", "--sdv-model=b=b.onnx?float=x|y")
    found = settings(*models)
    assert found.model == ("yolov5n", "a", "b")
    assert found.models["b"].keep == ("x", "y")
    assert settings(*models, sdvbench="model = 'yolov5x'").model == found.model
    assert settings("--sdv-imgsz=320", "--sdv-imgsz=64").imgsz == 64


def test_accuracy_takes_the_embedded_models_unless_told_of_others(pytester):
    def trained(*arguments):
        return settings_of(pytester.parseconfig(*arguments), trained=True)

    found = trained("--sdv-batch=2", "--sdv-imgsz=64")
    assert (found.model, found.weights) == (("yolov5n",), embedded.FOLDER)
    assert (found.batch, found.imgsz) == ((2,), 64)
    for told in ("--sdv-model=yolov5s", "--sdv-data=scenes:16", "--sdv-weights=a.pt"):
        assert trained(told) == settings_of(pytester.parseconfig(told))
    for asked in (trained, lambda *a: settings_of(pytester.parseconfig(*a))):
        found = asked("--sdv-weights=embedded")
        assert (found.model, found.weights) == (("yolov5n",), embedded.FOLDER)
        assert (found.imgsz, found.data) == (320, "scenes")
        assert asked("--sdv-weights=embedded", "--sdv-model=yolov5s").model == ("yolov5s",)


def test_a_camera_has_rates(settings):
    assert settings().rate == (10.0, 15.0, 30.0)
    assert settings("--sdv-rate=7.5, 60").rate == (7.5, 60.0)
    assert settings(sdvbench="rate = [5, 10]\nmisses = 0.02").misses == 0.02
    assert settings("--sdv-quick").frames == 60
    assert settings("--sdv-quick", "--sdv-frames=90").frames == 90


def test_quick_shrinks_the_image_unless_told(settings):
    assert settings("--sdv-quick").imgsz == 320
    assert settings("--sdv-quick", "--sdv-imgsz=640").imgsz == 640


def test_images_are_squares_or_rectangles(settings):
    assert settings("--sdv-imgsz=384x640").imgsz == (384, 640)
    assert settings(sdvbench='imgsz = "64x64"').imgsz == 64


@pytest.mark.parametrize(
    ("arguments", "files", "named"),
    [
        (["--sdv-imgsz=abc"], {}, "--sdv-imgsz"),
        (["--sdv-imgsz=384x"], {}, "'384x': is neither a number of pixels nor HEIGHTxWIDTH"),
        (["--sdv-batch=1,0"], {}, "--sdv-batch"),
        (["--sdv-batch=1,2,1"], {}, "--sdv-batch = '1,2,1': names 1 twice"),
        (["--sdv-model=yolov5n,yolov5n"], {}, "--sdv-model = 'yolov5n,yolov5n': names yolov5n tw"),
        (["--sdv-model=yolov5n"] * 2, {}, "--sdv-model = 'yolov5n,yolov5n': names yolov5n tw"),
        ([], {"sdvbench": 'batch = [1, "1"]'}, "batch in sdvbench.toml = [1, '1']: names 1 twice"),
        ([], {"sdvbench": "rate = [10, 10.0]"}, "rate in sdvbench.toml = [10, 10.0]: names 10.0"),
        ([], {"sdvbench": 'anchor = "W1-fp32,W1-fp32"'}, "names W1-fp32 twice"),
        ([], {"sdvbench": "batch = []"}, "batch in sdvbench.toml = []: is empty"),
        ([], {"sdvbench": "model = []"}, "model in sdvbench.toml = []: is empty"),
        ([], {"sdvbench": "anchor = []"}, "anchor in sdvbench.toml = []: is empty"),
        ([], {"sdvbench": "rate = []"}, "rate in sdvbench.toml = []: is empty"),
        ([], {"sdvbench": 'weights = "~nobody-here/x"'}, "weights in sdvbench.toml"),
        ([], {"sdvbench": f"batch = {'9' * 5000}"}, "is not TOML"),
        (["--sdv-rate=10,0"], {}, "--sdv-rate = '10,0': is not a number above 0"),
        (["--sdv-misses=1"], {}, "--sdv-misses = '1': is not a number between 0 and 1"),
        (["--sdv-frames=none"], {}, "--sdv-frames"),
        ([], {"sdvbench": 'rate = "fast"'}, "rate in sdvbench.toml"),
        ([], {"sdvbench": "imgsize = 640"}, "key 'imgsize' in sdvbench.toml"),
        ([], {"sdvbench": "imgsz = [1"}, "is not TOML"),
        ([], {"sdvbench": 'quick = "yes"'}, "quick in sdvbench.toml"),
        ([], {"pyproject": "[tool]\nsdvbench = 3"}, "pyproject.toml"),
        (["--sdv-model=a=b.onnx?tsk=x"], {}, "--sdv-model a=b.onnx?tsk=x: option 'tsk'"),
        (
            [],
            {"pyproject": "[tool.sdvbench.models]\na = 'b.onnx?tsk=x'"},
            "models.a in pyproject.toml = 'b.onnx?tsk=x': option 'tsk'",
        ),
        (
            [],
            {"sdvbench": "model = 'a=b.onnx?tsk=x'"},
            "model in sdvbench.toml = 'a=b.onnx?tsk=x': option 'tsk'",
        ),
        (
            [],
            {"sdvbench": "model = 'a,a=b.onnx'"},
            "model in sdvbench.toml = 'a=b.onnx': names a twice",
        ),
    ],
)
def test_what_is_wrong_is_named(settings, arguments, files, named):
    with pytest.raises(OptionError) as error:
        settings(*arguments, **files)
    assert named in str(error.value)


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        ("--sdv-model=yolov9", "model 'yolov9': is not known. Choose from yolov5n"),
        ("--sdv-policy=newest", "camera policy 'newest': is not known. Choose drop-oldest or"),
        ("--sdv-imgsz=x", "--sdv-imgsz = 'x': is neither a number of pixels nor"),
        ("--sdv-weights=a.pt", "cannot belong to 2 models"),
    ],
)
def test_a_wrong_option_ends_the_run_before_it_begins(suites, argument, told):
    result = suites("perf", "--sdv-model=yolov5n,yolov5s", argument)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert told in result.stdout.str() + result.stderr.str()


def test_other_people_s_runs_load_nothing_heavy(pytester):
    pytester.makepyfile(
        "import sys\n"
        "def test_light():\n"
        "    assert not {'torch', 'onnx', 'numpy', 'cv2'} & set(sys.modules)\n"
    )
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:hypothesispytest"],
        cwd=pytester.path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in run.stdout, run.stdout
