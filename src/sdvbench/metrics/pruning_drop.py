"""What pruning and the build lose together of mAP50-95, against PyTorch fp32 of the unpruned."""

from sdvbench.metrics.base import Column, Metric
from sdvbench.metrics.map_drop import MAP, MEAN_AVERAGE_PRECISION, loss_of_map

PRUNING_DROP = Metric(
    "pruning_drop",
    "mAP50-95",
    values=(loss_of_map("pruning_drop", pruned=True),),
    columns=(Column("below unpruned", "pruning_drop", "{:+.4f}"),),
    legend=(MAP,),
    limited={"map": "loss of mAP50-95 against the unpruned model"},
    scores=MEAN_AVERAGE_PRECISION,
)
