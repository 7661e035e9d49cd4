"""Treatments of weights: how many are zero, how many values are left, and that shapes stay."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from sdvbench.errors import PruningError
from sdvbench.models import load_model
from sdvbench.models.base import Network
from sdvbench.pruning import PRUNINGS, TREATMENTS, by_default, prune, stored
from sdvbench.pruning.clusters import FEWEST, _shared
from sdvbench.pruning.masks import RisingZeros
from sdvbench.pruning.treatment import layers
from sdvbench.tensors import BATCH, TensorSpec

RATIOS = st.floats(0.01, 0.99)


class Small(Network):
    """A convolution, dense layers of which the last must stay, and a layer of no weights."""

    inputs = (TensorSpec("image", (BATCH, 2, 6, 6)),)

    def __init__(self, name: str = "small") -> None:
        super().__init__(name)
        torch.manual_seed(0)
        self.seen = nn.Conv2d(2, 16, 5)
        self.known = nn.Linear(64, 20)
        self.few = nn.Linear(20, 3)
        self.last = nn.Linear(3, 2)

    def forward(self, image: Tensor) -> Tensor:
        out: Tensor = self.last(self.few(self.known(self.seen(image).relu().flatten(1)).relu()))
        return out

    def unprunable(self) -> list[nn.Module]:
        return [self.last]


class Nothing(Small):
    def unprunable(self) -> list[nn.Module]:
        return [self]


def weights(model: Network) -> dict[str, Tensor]:
    return {name: layer.weight.detach() for name, layer in layers(model).items()}


def zeros(tensor: Tensor) -> int:
    return int((tensor == 0).sum())


def share(ratio: float, tensor: Tensor) -> int:
    return round(ratio * tensor.numel())


def values(tensor: Tensor) -> int:
    return len(np.unique(tensor.numpy()))


@pytest.mark.parametrize("method", TREATMENTS)
@pytest.mark.parametrize("name", ["pilotnet", "yolov5n"])
def test_only_weights_of_layers_that_may_be_treated_change(name: str, method: str) -> None:
    model = load_model(name)
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    treated = prune(model, method)
    assert all(torch.equal(tensor, before[key]) for key, tensor in model.state_dict().items())
    own = {f"{layer}.weight" for layer in layers(model)}
    changed = {k for k, t in treated.state_dict().items() if not torch.equal(t, before[k])}
    assert changed == own
    assert {k: t.shape for k, t in treated.state_dict().items()} == {
        k: t.shape for k, t in before.items()
    }


def test_the_study_s_shares_are_the_defaults() -> None:
    model = load_model("pilotnet")
    for method, conv, dense in [("ML", 0.3, 0.5), ("MP", 0.8, 0.8), ("MP50", 0.5, 0.5)]:
        treated = prune(model, method)
        for name, layer in layers(treated).items():
            ratio = dense if isinstance(layer, nn.Linear) else conv
            assert zeros(layer.weight) == share(ratio, layer.weight), (method, name)
    for method in ("CL", "MP50CL"):
        assert {values(t) for t in weights(prune(model, method)).values()} == {8}


@settings(max_examples=30)
@given(conv=RATIOS, dense=RATIOS)
def test_local_pruning_zeroes_exactly_its_shares(conv: float, dense: float) -> None:
    model = Small()
    treated = prune(model, "ML", ratio=conv, dense=dense)
    for name, tensor in weights(treated).items():
        before = weights(model)[name].abs()
        gone = tensor == 0
        assert int(gone.sum()) == share(conv if name == "seen" else dense, tensor)
        assert torch.equal(tensor[~gone], weights(model)[name][~gone])
        if gone.any() and not gone.all():
            assert before[gone].max() <= before[~gone].min()


@settings(max_examples=30)
@given(ratio=RATIOS)
def test_global_pruning_ranks_all_layers_together(ratio: float) -> None:
    model = Small()
    before = torch.cat([t.flatten() for t in weights(model).values()])
    after = torch.cat([t.flatten() for t in weights(prune(model, "MG", ratio=ratio)).values()])
    gone = after == 0
    assert int(gone.sum()) == share(ratio, before)
    assert before[gone].abs().max() <= before[~gone].abs().min()


@settings(max_examples=30)
@given(initial=RATIOS, final=RATIOS, steps=st.integers(1, 300))
def test_masks_only_grow_and_end_at_their_share(initial: float, final: float, steps: int) -> None:
    initial, final = sorted((initial, final))
    model = prune(Small(), "MP", ratio=initial, initial=initial)
    kept = RisingZeros(model, initial, final)
    generator = torch.Generator().manual_seed(1)
    gone = {name: tensor == 0 for name, tensor in weights(model).items()}
    for step in range(1, steps + 1):
        for tensor in weights(model).values():
            tensor.add_(torch.randn(tensor.shape, generator=generator))
        kept.after_step(model, step, steps)
        for name, tensor in weights(model).items():
            assert not (gone[name] & (tensor != 0)).any()
            gone[name] = tensor == 0
            assert int(gone[name].sum()) <= share(final, tensor)
    for tensor in weights(model).values():
        assert zeros(tensor) == share(final, tensor)


def test_sparsity_rises_along_the_cubic() -> None:
    kept = RisingZeros(prune(Small(), "MP50"), 0.5, 0.8)
    assert [round(kept.sparsity(done), 6) for done in (0, 0.5, 1)] == [0.5, 0.7625, 0.8]


@settings(max_examples=30)
@given(clusters=st.integers(2, 20), ratio=RATIOS, method=st.sampled_from(["CL", "MP50CL"]))
def test_layers_share_as_many_values_as_asked(clusters: int, ratio: float, method: str) -> None:
    given = {"ratio": ratio} if method == "MP50CL" else {}
    model = Small()
    for name, tensor in weights(prune(model, method, clusters=clusters, **given)).items():
        if tensor.numel() < FEWEST * clusters:
            assert given or torch.equal(tensor, weights(model)[name])
        else:
            assert values(tensor) <= clusters
        if given:
            assert zeros(tensor) == share(ratio, tensor)


@settings(max_examples=50)
@given(
    numbers=st.lists(st.floats(-4, 4, width=32), min_size=1, max_size=60),
    clusters=st.integers(1, 9),
)
def test_each_value_becomes_the_mean_of_its_cluster(numbers: list[float], clusters: int) -> None:
    given = np.array(numbers, np.float32)
    shared = _shared(given, clusters)
    assert len(np.unique(shared)) <= clusters
    for value in np.unique(shared):
        assert given[shared == value].mean(dtype=float) == pytest.approx(value, abs=1e-6)
    order = np.argsort(given, kind="stable")
    assert (np.diff(shared[order]) >= 0).all()  # clusters are intervals


def test_clusters_are_the_same_each_time_and_better_than_equal_steps() -> None:
    drawn = np.random.default_rng(0).normal(size=200_000).astype(np.float32)
    shared = _shared(drawn, 8)
    assert np.array_equal(shared, _shared(drawn, 8))
    # The best that 8 values can do for a normal distribution is 0.03454 (Max, 1960).
    assert ((drawn - shared) ** 2).mean() < 0.04


@pytest.mark.parametrize(
    ("method", "given"),
    [
        *((method, {"ratio": ratio}) for method in ("ML", "MG", "MP") for ratio in (0, 1, np.nan)),
        ("ML", {"dense": 1.5}),
        ("MP50", {"initial": 0.6}),
        ("MP50CL", {"ratio": 0}),
        ("CL", {"clusters": 1}),
        ("CL", {"clusters": 7.5}),
        ("CL", {"clusters": 300}),
        ("CL", {"ratio": 0.5}),
    ],
)
def test_wrong_parameters_are_refused(method: str, given: dict[str, float]) -> None:
    with pytest.raises(PruningError):
        prune(Small(), method, **given)


@pytest.mark.parametrize("method", TREATMENTS)
def test_a_model_without_a_layer_to_treat_is_told(method: str) -> None:
    with pytest.raises(PruningError, match="no convolution or dense layer that may be pruned"):
        prune(Nothing(), method)


@pytest.mark.parametrize("method", ["ML", "MG", "MP"])
def test_a_ratio_below_one_weight_is_told(method: str) -> None:
    given = {"dense": 1e-6} if method == "ML" else {"initial": 1e-7} if method == "MP" else {}
    with pytest.raises(PruningError, match="is less than one weight"):
        prune(Small(), method, ratio=1e-6, **given)


def test_layers_that_share_a_weight_go_on_sharing_it() -> None:
    model = Small()
    model.again = nn.Linear(64, 20)
    model.again.weight = model.known.weight
    treated = prune(model, "ML")
    assert treated.again.weight is treated.known.weight
    assert zeros(treated.known.weight) == share(0.5, treated.known.weight)


def test_treatments_are_no_part_of_the_default() -> None:
    assert by_default()[:4] == ["orig", "PL", "PS", "PG"]
    assert not set(by_default()) & set(TREATMENTS)


def test_what_is_a_training_too_is_not_done_by_pruning() -> None:
    with pytest.raises(PruningError, match=r"Prune by ML, and train that by sdvbench recover"):
        prune(Small(), "ML.QAT")


def test_every_file_counts_for_the_prunings_that_use_it() -> None:
    """In the store's keys: a file that only some use is no reason to prune all again."""
    from importlib.util import find_spec
    from pathlib import Path

    own = {module for name in PRUNINGS for module in _modules(name)}
    found = find_spec("sdvbench.pruning")
    assert found
    assert found.origin
    here = {f"sdvbench.pruning.{f.stem}" for f in Path(found.origin).parent.glob("*.py")}
    counted = {*stored.SHARED, *own}
    of_training = {f"sdvbench.pruning.{n}" for n in ("kept", "masks", "shared_values", "silent")}
    neither = {"sdvbench.pruning.__init__", "sdvbench.pruning.profile", *of_training}
    assert here - counted == neither
    assert "sdvbench.pruning.treatment" in _modules("CL")
    assert _modules("PL") == {"sdvbench.pruning.layer"}


def _modules(name: str) -> set[str]:
    return {c.__module__ for c in PRUNINGS[name].__mro__ if c.__module__.startswith("sdvbench")}
