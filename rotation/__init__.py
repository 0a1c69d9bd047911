"""The shared core: pandas in, frozen dataclasses out. No I/O, no clock, no chat."""
