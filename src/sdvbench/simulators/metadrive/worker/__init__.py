"""What runs inside MetaDrive's own Python environment, in a process of its own.

It is started as ``python -m worker`` there, and imports NumPy and MetaDrive but nothing else of
sdvbench, which that environment does not have.
"""
