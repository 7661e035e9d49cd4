"""The proof of the gate: trials with a known truth, beside scripted neighbours."""
