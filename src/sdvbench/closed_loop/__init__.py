"""Driving networks that drive: what they see depends on what they did."""
