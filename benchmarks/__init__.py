"""What is measured, not tested: `python -m benchmarks.stall`, `python -m benchmarks.store`."""
