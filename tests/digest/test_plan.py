"""What comes next, decided from what is wanted, known and found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from digest.places import Message, Part, PartKey, PartRow, PartState
from digest.plan import (
    Adopt,
    Asker,
    Edit,
    Forget,
    Look,
    Retire,
    Send,
    Wait,
    content_hash,
    kept_copy,
    next_action,
)
from digest.posts import Post
from tests.builders import NOON, PLACE, WEEK
from tests.digest.channel import digest, post

LEASE = timedelta(minutes=2)
PARTS = digest(("a",))
HEADER, CARD, ANSWER = PARTS
ME = Asker("me", NOON, LEASE)


def message(name: str, replies: int = 0) -> Message:
    return Message(name, PLACE, url=f"/{name}", replies=replies)


def row(part: Part, state: PartState = PartState.SENT, **changes: object) -> PartRow:
    whole = PartRow(
        PartKey(PLACE, WEEK, part.name), state, content_hash(part.post), NOON, "other", message(part.name)
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # fields by name


def sending(part: Part, **changes: object) -> PartRow:
    return row(part, PartState.SENDING, **{"message": None, **changes})


def rows(*known: PartRow) -> dict[str, PartRow]:
    return {one.key.name: one for one in known}


def test_what_is_not_known_is_sent_in_posting_order() -> None:
    assert next_action(PARTS, {}, {}, ME) == Send(HEADER)
    assert next_action(PARTS, rows(row(HEADER)), {}, ME) == Send(CARD)
    assert next_action(PARTS, rows(row(HEADER), row(CARD), row(ANSWER)), {}, ME) is None


def test_edits_come_after_all_sending() -> None:
    old = row(HEADER, content="older")
    assert next_action(PARTS, rows(old, row(CARD)), {}, ME) == Send(ANSWER)
    assert next_action(PARTS, rows(old, row(CARD), row(ANSWER)), {}, ME) == Edit(HEADER, message("header"))


def test_a_thread_that_must_wait_holds_nothing_else_up() -> None:
    both, later = digest(("a", "b")), {"card/a": NOON + LEASE}
    known = [row(HEADER, content="older"), row(CARD)]
    assert next_action(both, rows(*known), {}, ME, later) == Send(both[3])
    known += [row(both[3]), row(both[4])]
    assert next_action(both, rows(*known), {}, ME, later) == Edit(both[0], message("header"))
    known[0] = row(both[0])
    assert next_action(both, rows(*known), {}, ME, later) == Wait(NOON + LEASE)
    assert next_action(both, rows(*known), {}, Asker("me", NOON + LEASE, LEASE), later) == Send(ANSWER)


def test_what_stands_in_the_channel_waits_in_its_turn() -> None:
    later = {"card/a": NOON + LEASE}
    assert next_action(digest(("a", "b")), rows(row(HEADER)), {}, ME, later) == Wait(NOON + LEASE)


def test_a_live_lease_of_another_is_waited_for_and_a_lapsed_one_looked_into() -> None:
    until = NOON + timedelta(seconds=1)
    alive = rows(sending(HEADER, lease_until=until))
    assert next_action(PARTS, alive, {}, ME) == Wait(until)
    assert next_action(PARTS, alive, {}, Asker("other", NOON, LEASE)) == Look("header", None)
    assert next_action(PARTS, alive, {}, Asker("me", until, LEASE)) == Look("header", None)
    under = rows(row(HEADER), row(CARD), sending(ANSWER))
    assert next_action(PARTS, under, {}, ME) == Look("qa/a/1", "card/a")


def test_what_was_looked_for_is_adopted_or_sent_again() -> None:
    unclear = rows(sending(HEADER))
    assert next_action(PARTS, unclear, {"header": ()}, ME) == Send(HEADER, sending(HEADER))
    copies = (message("first"), message("second", replies=1), message("third"))
    assert next_action(PARTS, unclear, {"header": copies}, ME) == Adopt(
        "header", copies[1], (copies[0], copies[2])
    )


def test_what_is_no_longer_wanted_is_put_aside_once() -> None:
    stray = row(Part("qa/a/2", post("more"), under="card/a"))
    settled = rows(row(HEADER), row(CARD), row(ANSWER))
    assert next_action(PARTS, {**settled, "qa/a/2": stray}, {}, ME) == Retire(stray)
    aside = replace(stray, state=PartState.RETIRED)
    assert next_action(PARTS, {**settled, "qa/a/2": aside}, {}, ME) is None
    unclear = replace(stray, state=PartState.SENDING, message=None)
    known = {**settled, "qa/a/2": unclear}
    assert next_action(PARTS, known, {}, ME) == Look("qa/a/2", "card/a")
    assert next_action(PARTS, known, {"qa/a/2": ()}, ME) == Forget("qa/a/2")


def test_what_hung_under_a_forgotten_part_is_forgotten_before_that_is_sent_again() -> None:
    orphan = rows(row(HEADER), row(ANSWER))
    assert next_action(PARTS, orphan, {}, ME) == Forget("qa/a/1")
    held = rows(row(HEADER), sending(ANSWER, lease_until=NOON + LEASE))
    assert next_action(PARTS, held, {}, ME) == Wait(NOON + LEASE)


def test_of_copies_that_nobody_replied_to_the_oldest_is_kept() -> None:
    copies = (message("first"), message("second"))
    assert kept_copy(copies) == copies[0]


def test_the_hash_tells_apart_what_a_reader_would() -> None:
    plain = post("text")
    hashes = {
        content_hash(one)
        for one in (plain, replace(plain, notify=True), replace(plain, language="ja"), post("text", "a link"))
    }
    assert len(hashes) == 4
    assert content_hash(Post("en", plain.blocks)) == content_hash(plain)
