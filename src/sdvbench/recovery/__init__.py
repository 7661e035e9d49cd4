"""Winning back the accuracy that pruning and quantization cost: training."""
