"""Paths that a file of settings gives, checked while their keys can still be named."""

from sdvbench.errors import OptionError, StoreError
from sdvbench.session.settings import Settings
from sdvbench.store import Store


def check_paths(settings: Settings, store: Store) -> None:
    """Raises where a file names weights that are not there, or nothing could be built into the
    store. An option's weights are named as they were given wherever they are read.
    """
    if settings.in_file("weights") and settings.weights and not settings.weights.exists():
        problem = "there is no such file or folder"
        remedy = "Fix the path; a relative one starts at the folder of that file"
        raise OptionError(settings.named("weights"), problem, remedy)
    try:
        store.check_writable()
    except StoreError as error:
        if not settings.in_file("store"):
            raise
        raise OptionError(settings.named("store"), error.problem, error.remedy) from error
