"""Rules that several tests share."""

FORBIDDEN = ("target", "targets", "buy", "sell", "will", "inevitable", "inevitably")
"""Words that no template may hold: no price target, no advice, no promise."""
