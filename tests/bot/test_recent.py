"""What is remembered of what was used last."""

from bot.recent import Recent


def test_the_oldest_is_forgotten_and_so_is_what_is_out_of_date():
    now = [0.0]
    recent = Recent(2, 60, lambda: now[0])
    for key in "abc":
        recent.put(key, key.upper())
    assert [recent.get(key) for key in "abc"] == [None, "B", "C"]
    assert recent.get("b") == "B"
    recent.put("d", "D")
    assert [recent.get(key) for key in "bcd"] == ["B", None, "D"]
    now[0] = 60.0
    assert recent.get("b") == "B"
    now[0] = 60.1
    assert recent.get("b") is None
    recent.put("b", "again")
    assert recent.get("b") == "again"


def test_a_known_no_is_known():
    recent = Recent(2)
    recent.put("a", value=False)
    assert recent.get("a") is False
    assert recent.get("b") is None
