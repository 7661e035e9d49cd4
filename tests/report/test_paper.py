"""A run in the layout of the paper's tables."""

import pytest
from msgspec.structs import replace

from sdvbench.report.markdown import markdown
from sdvbench.report.paper import paper_tables
from sdvbench.report.rows import rows_of
from tests.report.made_up import SIZES, cells, figure, figures, run

WHOLE = [record for cell in cells() for record in figures(cell)]


def tables(records):
    found = paper_tables(rows_of(records))
    return {one.title.split(":")[0]: one for one in found.tables}, found.note


def columns(table, *heads):
    """By row, the texts of the columns with these headings."""
    places = [table.heads.index(head) for head in heads]
    return [tuple(line[place] for place in places) for line in table.rows]


def test_table_v_has_a_row_a_pruning_with_the_paper_s_figure_beside_each():
    table = tables(WHOLE)[0]["Table V"]
    assert table.rows[1][:5] == ["PL", "7.600735", "7.600735", "0.006718", "0.006718"]
    assert table.rows[3][:5] == ["PG", "6.243600", "-", "0.005263", "-"]
    accuracy = columns(table, "pruning", "mAP50", "paper, COCO")
    assert accuracy[0] == ("orig", "0.700", ".731")
    assert accuracy[3] == ("PG", "0.670", ".695")
    assert {table.heads[column] for _, column in table.ours} == {
        *("MACs (G)", "parameters (G)", "mAP50", "memory")
    }
    memory = [line[9:] for line in table.rows]  # headings come twice
    assert memory[0] == ["420", "1224", "1224", "1228"]
    assert memory[2] == ["400", "824", "820", "820"]


def test_a_network_for_another_task_has_no_table_of_the_paper():
    """In a file, its name says nothing; of old records that name no task, it is taken as before."""
    measured = [replace(one, cell=f"mine{one.cell.removeprefix('yolov5s')}") for one in WHOLE]
    driving = [replace(one, task="driving") for one in measured]
    assert paper_tables(rows_of(driving)) is None
    assert paper_tables(rows_of(measured)) is not None


def test_a_workflow_s_table_has_this_run_above_the_paper_s_rows():
    found, _ = tables(WHOLE)
    assert list(found) == ["Table V", "Table VII"]  # W0 and W2 were not run
    table = found["Table VII"]
    assert len(table.heads) == 2 + 13
    assert [line[:2] for line in table.rows] == [
        ["(i) mAP50", "here"],
        *(["(i) mAP50", f"paper, {name}"] for name in ("COCO(50)", "KITTI", "BDD100K")),
        ["(ii) memory", "here"],
        *(["(ii) memory", f"paper, {name}"] for name in ("COCO(50)", "KITTI", "BDD100K")),
    ]
    assert {row for row, _ in table.ours} == {0, 4}
    int8 = columns(table, "Yolo", "PL.pt", "PL-W1 FP32", "PL-W1 INT8")
    assert int8[0] == ("0.700", "0.690", "0.690", "0.659")
    assert int8[1] == (".731", ".720", ".720", ".687")
    assert int8[5] == ("1224", "1008", "998", "712")


def test_a_part_that_nothing_measured_is_left_out():
    drops = [record for record in WHOLE if record.metric == "map_drop"]
    found, note = tables(drops)
    assert {line[0] for line in found["Table VII"].rows} == {"(i) mAP50"}
    assert "memory was not measured" in note
    latency = [replace(record, size={}) for record in WHOLE if record.metric == "latency"]
    assert paper_tables(rows_of(latency)) is None


def test_a_gpu_s_memory_goes_before_the_host_s():
    cell = cells()[5]
    record = figure(cell, "memory", private_memory_mb=90.0, gpu_memory_mb=512.0)
    found, note = tables([record])
    assert columns(found["Table VII"], "PL-W1 FP32")[0] == ("512",)
    assert "what NVML says" in note


@pytest.mark.parametrize("size", [{}, {"params": 3}, {"macs": 0}])
def test_a_size_that_was_not_counted_is_none(size):
    record = replace(figure(cells()[0], "memory", private_memory_mb=90.0), size=size)
    assert tables([record])[0]["Table V"].rows[0][1] == "-"


def test_markdown_has_the_tables_with_this_run_in_bold():
    text = markdown(run(), [])
    assert "| **(i) mAP50** | **here** | **0.700** |" in text
    assert "| (i) mAP50 | paper, COCO(50) | .731 | .720 | .720 | .718 | .687 |" in text
    assert f"| PL | **{SIZES['PL']['macs'] / 1e9:.6f}** | 7.600735 | **0.006718** |" in text


def test_models_have_tables_of_their_own():
    text = markdown(run(cells(("yolov5n", "yolov5s"))), [])
    assert "Tables of the paper: yolov5n, batch 1" in text
    assert "Tables of the paper: yolov5s, batch 1" in text


def test_a_network_that_the_paper_does_not_have_is_not_set_beside_it():
    driving = [replace(one, cell=one.cell.replace("yolov5s", "pilotnet")) for one in WHOLE]
    assert paper_tables(rows_of(WHOLE)) is not None
    assert paper_tables(rows_of(driving)) is None
