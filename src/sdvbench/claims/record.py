"""What a run tells of a claim, and JSON holds of it."""

from msgspec import Struct

from sdvbench.claims.finding import Status


class ClaimRecord(Struct, frozen=True, kw_only=True):
    """A claim with its finding. hardware: the paper's. ours, paper: figures, for tables. study: its
    title.
    """

    id: str
    text: str
    source: str
    hardware: str
    status: Status
    reason: str
    ours: str
    paper: str
    study: str = ""
