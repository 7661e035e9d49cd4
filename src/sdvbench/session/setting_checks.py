"""What of a run's settings fits together, before anything is opened, loaded or built."""

from sdvbench.errors import OptionError
from sdvbench.models import MODELS
from sdvbench.models.given_files import EXAMPLE
from sdvbench.pruning import PRUNINGS, QAT
from sdvbench.realtime.camera import checked_policy
from sdvbench.session.settings import Settings
from sdvbench.simulators import SIMULATORS
from sdvbench.simulators.opening import read_simulator
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import check_device


def check_settings(settings: Settings) -> None:
    """Raises OptionError for a model, pruning, anchor, device, simulator or camera policy that is
    not known, for wrong options of a simulator, and for weights that cannot be those of the models.
    """
    for name in settings.model:
        if name not in MODELS and name not in settings.models:
            known = ", ".join([*MODELS, *settings.models])
            remedy = f"Choose from {known}, or name a file: {EXAMPLE.partition('?')[0]}"
            raise OptionError(f"model {name!r}", "is not known", remedy)
    for name in settings.pruning or ():
        if name not in PRUNINGS:
            choice = f"Choose from {', '.join(PRUNINGS)}; each also with {QAT} after its name"
            raise OptionError(f"pruning {name!r}", "is not known", choice)
    files = [name for name in settings.model if name in settings.models]
    if settings.weights and files:
        raise OptionError(
            settings.named("weights"),
            f"means nothing for {', '.join(files)}, whose file holds its weights",
            "Leave it out, or run the other models by themselves",
        )
    one = settings.weights and not settings.weights.is_dir()
    if one and len(settings.model) > 1:
        raise OptionError(
            settings.named("weights"),
            f"cannot belong to {len(settings.model)} models",
            "Name one with --sdv-model, or a folder of weights",
        )
    for choice in settings.anchor:
        _check_anchor(choice, settings.sources.get("anchor", "--sdv-anchor"))
    _check_simulator(settings)
    check_device(settings.device)
    checked_policy(settings.policy)


def _check_anchor(choice: str, source: str) -> None:
    workflow, _, precision = choice.partition("-")
    if workflow not in WORKFLOWS:
        remedy = f"Write WORKFLOW-PRECISION, and choose the workflow from {', '.join(WORKFLOWS)}"
        raise OptionError(f"{source} {choice}", f"names no workflow ({workflow!r})", remedy)
    precisions = WORKFLOWS[workflow].precisions
    if precision not in precisions:
        known = ", ".join(f"{workflow}-{one}" for one in precisions)
        problem = f"names no precision of {workflow} ({precision!r})"
        raise OptionError(f"{source} {choice}", problem, f"Choose from {known}")


def _check_simulator(settings: Settings) -> None:
    simulator, options, _ = settings.simulator.partition("?")
    if simulator not in SIMULATORS:
        choice = f"Choose from {', '.join(SIMULATORS)}"
        raise OptionError(settings.named("simulator"), "is not known", choice)
    if not options:  # as nearly always: a listing imports no simulator
        return
    try:
        read_simulator(settings.simulator)
    except OptionError as error:
        own = "" if error.thing == settings.simulator else f"{error.thing} "
        named = settings.named("simulator")
        raise OptionError(named, f"{own}{error.problem}", error.remedy) from error
