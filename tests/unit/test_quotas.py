"""How much of a flood is read."""

from oyez.mqtt.quotas import BURST, OTHERS, PIECE_BURST, PIECE_RATE, RATE, TOPICS, Quotas

SAY = "oyez/kitchen/say"


def admitted(quotas, topic, payload, now, count):
    return sum(quotas.admit(topic, payload, now) for _ in range(count))


def test_a_burst_is_read_and_after_it_so_many_a_second():
    quotas = Quotas()
    assert admitted(quotas, SAY, b"x", 100.0, 1000) == BURST
    assert admitted(quotas, SAY, b"x", 101.0, 1000) == RATE
    assert quotas.told() == {SAY: 2000 - BURST - RATE}
    assert quotas.told() == {}
    assert admitted(quotas, SAY, b"x", 200.0, 1000) == BURST


def test_what_comes_slowly_is_never_refused():
    quotas = Quotas()
    assert all(quotas.admit(SAY, b"x", number / RATE) for number in range(1000))


def test_a_flood_leaves_other_topics_and_what_has_a_priority_their_quotas():
    quotas = Quotas()
    admitted(quotas, SAY, b"x", 100.0, 1000)
    assert quotas.admit("oyez/kitchen/stop", b"", 100.0)
    assert quotas.admit("oyez/attic/say", b"x", 100.0)
    assert admitted(quotas, SAY, b"[[urgent]] Fire!", 100.0, 1000) == BURST
    assert not quotas.admit(SAY, b'{"text": "Fire!", "priority": 10}', 100.0)


def test_topics_without_end_share_a_quota_and_are_forgotten():
    quotas = Quotas()
    read = sum(admitted(quotas, f"oyez/{number}/say", b"x", 100.0, 2) for number in range(1000))
    assert read == 2 * TOPICS + BURST
    assert list(quotas.told()) == [OTHERS]
    assert admitted(quotas, "oyez/1001/say", b"x", 200.0, 1000) == BURST


def test_pieces_of_a_text_come_as_fast_as_a_language_model_writes():
    quotas = Quotas()
    piece = b'{"id": "t", "text": "urgent ", "more": true}'
    assert all(quotas.admit(SAY, piece, number / PIECE_RATE) for number in range(1000))
    assert admitted(quotas, SAY, piece, 100.0, 1000) == PIECE_BURST
    assert admitted(quotas, SAY, b"x", 100.0, 1000) == BURST
