"""Tables as text."""

from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from sdvbench.tables import natural_width, rendered

CELLS = st.text("abc .,%", min_size=1, max_size=30).filter(lambda text: text == text.strip())


@given(st.lists(st.lists(CELLS, min_size=20, max_size=20), min_size=1, max_size=3))
def test_nothing_is_cut_off_in_its_natural_width(rows: list[list[str]]) -> None:
    table = Table(box=None, pad_edge=False)
    for number in range(20):
        table.add_column(f"column {number}", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    told = rendered(table, natural_width(table)).splitlines()
    assert len(told) == 1 + len(rows)
    assert all(cell in line for row, line in zip(rows, told[1:], strict=True) for cell in row)
