"""What holds for every pruning method, and what each does to the channels."""

import contextlib
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from sdvbench.errors import OptionError, PruningError
from sdvbench.models import Detector, load_model
from sdvbench.models.digest import model_digest
from sdvbench.pruning import PRUNINGS, prune

IMAGE = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(2))
METHODS = ("PL", "PS", "PG")


def parameters(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def convolutions(model: Detector) -> dict[str, nn.Conv2d]:
    """Those that may be pruned."""
    return {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, nn.Conv2d) and not name.startswith("model.24.")
    }


def test_the_papers_methods_are_registered() -> None:
    assert set(PRUNINGS) >= {"orig", *METHODS}


@pytest.mark.parametrize("method", ["orig", *METHODS])
def test_the_argument_is_untouched_and_the_result_runs(nano: Detector, method: str) -> None:
    before = model_digest(nano)
    pruned = prune(nano, method, imgsz=64)
    assert model_digest(nano) == before
    assert pruned is not nano
    assert (model_digest(pruned) == before) == (method == "orig")
    assert not pruned.training
    with torch.inference_mode():
        outputs = pruned(IMAGE)
    assert outputs.shape == (1, 252, 85)
    assert outputs.isfinite().all()


@pytest.mark.parametrize("method", METHODS)
def test_the_detection_layer_keeps_its_outputs(nano: Detector, method: str) -> None:
    pruned = prune(nano, method, imgsz=64)
    for before, after in zip(nano.model[24].m, pruned.model[24].m, strict=True):
        assert after.out_channels == before.out_channels
        assert torch.equal(after.bias, before.bias)


def test_layer_pruning_removes_the_weakest_channel(nano: Detector) -> None:
    model = prune(nano, "orig", imgsz=64)
    stem, user = model.model[0], model.model[1]
    with torch.no_grad():
        for weights in (stem.conv.weight[5], stem.bn.weight[5], user.conv.weight[:, 5]):
            weights.mul_(0.1)
    others = [channel for channel in range(16) if channel != 5]
    after = prune(model, "PL", imgsz=64)  # one step of six towards a fifth of 16: one channel
    assert torch.equal(after.model[0].conv.weight, stem.conv.weight[others])
    assert after.model[1].conv.in_channels == 15


def test_further_steps_remove_more(nano: Detector) -> None:
    one, three, six = (parameters(prune(nano, "PL", imgsz=64, steps=n)) for n in (1, 3, 6))
    assert parameters(nano) > one > three > six
    # Both the inputs and the outputs of a convolution shrink by a fifth.
    assert six / parameters(nano) == pytest.approx(0.8**2, abs=0.03)


def test_soft_pruning_silences_a_fifth_of_every_convolution(nano: Detector) -> None:
    pruned = prune(nano, "PS", imgsz=64)
    assert {n: t.shape for n, t in pruned.state_dict().items()} == {
        n: t.shape for n, t in nano.state_dict().items()
    }
    silent: dict[str, Tensor] = {}

    def watch(name: str) -> Callable[[nn.Module, object, Tensor], None]:
        return lambda _m, _i, out: silent.__setitem__(name, (out == 0).all(dim=3).all(dim=2)[0])

    blocks = {name.removesuffix(".conv") for name in convolutions(pruned)}
    for name in blocks:
        pruned.get_submodule(name).register_forward_hook(watch(name))
    with torch.inference_mode():
        pruned(IMAGE)
    assert silent.keys() == blocks
    for name, channels in silent.items():
        assert 0.2 <= float(channels.float().mean()) < 0.3, name


def test_soft_pruning_silences_what_layer_pruning_would_remove(nano: Detector) -> None:
    soft = prune(nano, "PS", imgsz=64).model[0].conv.weight
    kept = soft[soft.flatten(1).any(dim=1)]
    removed = prune(nano, "PL", imgsz=64, planned_steps=1)
    assert torch.equal(kept, removed.model[0].conv.weight)


def test_group_pruning_takes_a_fifth_of_the_filters_it_visits(nano: Detector) -> None:
    pruned = prune(nano, "PG", imgsz=64)
    # The stem and the first downsampling are coupled with no other visited convolution.
    assert pruned.model[0].conv.out_channels == 16 - int(16 * 0.2)
    assert pruned.model[1].conv.out_channels == 32 - int(32 * 0.2)
    for before, after in zip(nano.pruning_order(), pruned.pruning_order(), strict=True):
        assert after.out_channels < before.out_channels


@pytest.mark.parametrize("method", ["PL", "PG"])
@settings(max_examples=4)
@given(ratios=st.tuples(st.floats(0.01, 0.6), st.floats(0.01, 0.6)))
def test_a_larger_ratio_never_leaves_more(
    nano: Detector, method: str, ratios: tuple[float, float]
) -> None:
    gentle, harsh = (parameters(prune(nano, method, imgsz=64, ratio=r)) for r in sorted(ratios))
    assert harsh <= gentle < parameters(nano)


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("method", METHODS)
def test_pruning_does_not_depend_on_the_gradient_mode(
    nano: Detector, method: str, context: Callable[[], contextlib.AbstractContextManager[None]]
) -> None:
    expected = model_digest(prune(nano, method, imgsz=64))
    with context():
        assert model_digest(prune(nano, method, imgsz=64)) == expected


def test_a_model_made_in_inference_mode_can_be_pruned() -> None:
    with torch.inference_mode():
        model = load_model("yolov5n")
        pruned = prune(model, "PL", imgsz=64)
    assert parameters(pruned) < parameters(model)
    pruned.model[0].conv.weight.sum().backward()  # and be fine-tuned afterwards


@pytest.mark.parametrize("method", ["orig", *METHODS])
def test_frozen_layers_are_pruned_and_stay_frozen(nano: Detector, method: str) -> None:
    frozen = prune(nano, "orig", imgsz=64)
    frozen.model[0].requires_grad_(False)
    pruned = prune(frozen, method, imgsz=64)
    assert model_digest(pruned) == model_digest(prune(nano, method, imgsz=64))
    for name, parameter in pruned.named_parameters():
        assert parameter.requires_grad == (not name.startswith("model.0.")), name


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ratio", [0, 1, -0.1, 1.5, float("nan"), float("inf"), "0.2", None])
def test_a_ratio_outside_0_to_1_is_refused(nano: Detector, method: str, ratio: float) -> None:
    with pytest.raises(PruningError):
        prune(nano, method, imgsz=64, ratio=ratio)


@pytest.mark.parametrize(
    "parameters",
    [{"steps": 0}, {"steps": -1}, {"steps": 7}, {"steps": 1.5}, {"planned_steps": 0}],
)
def test_a_schedule_that_takes_no_whole_step_is_refused(
    nano: Detector, parameters: dict[str, float]
) -> None:
    with pytest.raises(PruningError, match="Choose whole numbers, 1 <= steps <= planned_steps"):
        prune(nano, "PL", imgsz=64, **parameters)


@pytest.mark.parametrize("method", ["orig", *METHODS])
def test_an_unknown_parameter_is_named(nano: Detector, method: str) -> None:
    with pytest.raises(PruningError, match=f"pruning {method}: .*'ratoi'"):
        prune(nano, method, imgsz=64, ratoi=0.2)


def test_unknown_method_and_image_size_are_refused(nano: Detector) -> None:
    with pytest.raises(OptionError, match=r"pruning 'PX': is not known\. Choose from orig, PL"):
        prune(nano, "PX")
    for imgsz in (0, -32, 100):
        with pytest.raises(OptionError, match="is not a positive multiple of 32"):
            prune(nano, "PL", imgsz=imgsz)


class Kept(Detector):
    """A detector of which nothing may be pruned."""

    def __init__(self) -> None:
        super().__init__("kept", 1)
        self.head = nn.Conv2d(3, 6, 1)

    def forward(self, images: Tensor) -> Tensor:
        maps: Tensor = self.head(images)
        return maps.flatten(2).transpose(1, 2)

    def unprunable(self) -> list[nn.Module]:
        return [self.head]

    def pruning_order(self) -> list[nn.Conv2d]:
        return []


@pytest.mark.parametrize("method", METHODS)
def test_nothing_to_prune_is_told(method: str) -> None:
    with pytest.raises(PruningError, match="model kept: has no convolution that may be pruned"):
        prune(Kept(), method, imgsz=32)


def test_a_ratio_below_one_channel_is_told(nano: Detector) -> None:
    with pytest.raises(PruningError, match=r"PG with ratio=0\.001: is less than one channel"):
        prune(nano, "PG", imgsz=64, ratio=0.001)
