"""What one channel gets of an issue, and what counts as the same digest when it is approved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from digest.compose import Composer
from digest.editions import (
    approve,
    approved,
    basis,
    correct,
    corrected,
    drop_answer,
    drop_paper,
    edition,
    fingerprint,
    put_back,
)
from digest.models import Correction, Issue
from digest.phrases import Phrases, Taxonomy
from digest.places import Layout, Overlay, Part
from digest.posts import Limits
from tests.builders import NOON, entry, issue

WHOLE = issue()
KEYS = [one.paper.key for one in WHOLE.entries]
FIX = Correction("The authors are others.", date(2024, 3, 5), "ann")
ROOMY = Limits(20_000, 200, 8_000)
LAYOUTS: tuple[Layout, ...] = ("qa", "bilingual")


def parts(shown: Issue, phrases: Mapping[str, Phrases], taxonomy: Taxonomy) -> tuple[Part, ...]:
    return Composer(phrases[shown.language], taxonomy, "qa", ROOMY).parts(shown)


def test_an_empty_overlay_changes_nothing() -> None:
    assert edition(WHOLE, Overlay()) == WHOLE


def test_a_dropped_paper_is_nowhere_and_all_counts_are_right(
    phrases: Mapping[str, Phrases], taxonomy: Taxonomy
) -> None:
    shown = edition(WHOLE, drop_paper(Overlay(), KEYS[1]))
    all_parts = parts(shown, phrases, taxonomy)
    assert not [part for part in all_parts if KEYS[1] in part.name]
    assert "This week’s papers: 2." in all_parts[0].post.text
    assert "LampNet 2" not in "\n".join(part.post.text for part in all_parts)
    assert len(WHOLE.entries) == 3, "the issue itself stays"


def test_a_dropped_answer_is_nowhere_and_the_rest_is_counted_anew(
    phrases: Mapping[str, Phrases], taxonomy: Taxonomy
) -> None:
    shown = edition(WHOLE, drop_answer(Overlay(), KEYS[0], "What is asked 1?"))
    by_name = {part.name: part.post.text for part in parts(shown, phrases, taxonomy)}
    assert "What is asked 1?" not in by_name[f"qa/{KEYS[0]}/1"]
    assert "Q&A (1)" in by_name[f"qa/{KEYS[0]}/1"]
    assert "thread: 1" in by_name[f"card/{KEYS[0]}"]
    assert "What is asked 1?" in by_name[f"qa/{KEYS[1]}/1"]


def test_trends_that_count_what_was_dropped_are_left_out_until_made_anew() -> None:
    overlay = drop_paper(Overlay(), KEYS[0])
    left = edition(WHOLE, overlay)
    assert left.overview == ()
    made = replace(overlay, overview=("Two papers.",), overview_of=basis(left))
    assert edition(WHOLE, made).overview == ("Two papers.",)
    assert edition(WHOLE, drop_paper(made, KEYS[1])).overview == ()
    assert edition(WHOLE, put_back(made, KEYS[0])) == WHOLE
    assert edition(WHOLE, correct(Overlay(), KEYS[0], FIX)).overview == WHOLE.overview


def test_a_correction_stands_on_its_card_with_its_day(
    phrases: Mapping[str, Phrases], taxonomy: Taxonomy
) -> None:
    overlay = correct(Overlay(), KEYS[0], FIX)
    for language, label in (("en", "Correction 3/5: "), ("ja", "訂正 3/5: ")):
        for layout in LAYOUTS:
            composer = Composer(phrases[language], taxonomy, layout, ROOMY)
            shown = edition(issue(language=language), overlay)
            cards = [composer.card(one).text for one in shown.entries]
            assert label + FIX.text in cards[0].splitlines()[1]
            assert all(label not in card for card in cards[1:])
    assert edition(WHOLE, correct(overlay, KEYS[0], None)) == WHOLE


def test_corrections_of_several_channels_are_said_once_in_order_of_their_days() -> None:
    later = replace(FIX, text="And the date.", day=date(2024, 3, 6))
    one = correct(correct(Overlay(), KEYS[0], later), KEYS[0], FIX)
    other = drop_paper(correct(Overlay(), KEYS[0], replace(FIX, by="ben")), KEYS[1])
    both = corrected(WHOLE, [one, other])
    assert [found.text for found in both.entries[0].corrections] == [FIX.text, later.text]
    assert len(both.entries) == 3, "what one channel drops is not dropped elsewhere"


def test_doing_a_change_twice_is_doing_it_once() -> None:
    changes = (
        partial(drop_paper, key=KEYS[0]),
        partial(drop_answer, key=KEYS[0], question="What is asked 1?"),
        partial(correct, key=KEYS[0], correction=FIX),
        partial(put_back, key=KEYS[0]),
    )
    for change in changes:
        once = change(Overlay())
        assert change(once) == once


@given(st.integers(0, 2), st.sampled_from(["paper", "answer", "correction", "title", "summary", "overview"]))
def test_any_change_that_readers_see_voids_an_approval(
    phrases: Mapping[str, Phrases], taxonomy: Taxonomy, number: int, what: str
) -> None:
    key, one = KEYS[number], WHOLE.entries[number]
    assert one.writing is not None
    seen = fingerprint(parts(WHOLE, phrases, taxonomy))
    overlay = approve(Overlay(), seen, "ann", NOON)
    assert approved(overlay, fingerprint(parts(edition(WHOLE, overlay), phrases, taxonomy)))
    changed, now = overlay, WHOLE
    match what:
        case "paper":
            changed = drop_paper(overlay, key)
        case "answer":
            changed = drop_answer(overlay, key, "What is asked 2?")
        case "correction":
            changed = correct(overlay, key, FIX)
        case "title":
            other = replace(one, paper=replace(one.paper, title="Another"))
            now = issue([other if found is one else found for found in WHOLE.entries])
        case "summary":
            said = replace(one.writing, summary=replace(one.writing.summary, text="Otherwise."))
            now = issue([replace(one, writing=said) if found is one else found for found in WHOLE.entries])
        case _:
            now = replace(WHOLE, overview=("Otherwise.",))
    assert not approved(changed, fingerprint(parts(edition(now, changed), phrases, taxonomy)))


def test_an_approval_does_not_hang_on_what_readers_do_not_see(
    phrases: Mapping[str, Phrases], taxonomy: Taxonomy
) -> None:
    seen = fingerprint(parts(WHOLE, phrases, taxonomy))
    hidden = [replace(entry(number), chosen_because="by another") for number in (1, 2, 3)]
    assert fingerprint(parts(issue(hidden), phrases, taxonomy)) == seen
