"""Pure: the two sides of an English comparison, and whether they have changed places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_VERBS = _set(
    "outperform outperforms outperformed outperforming underperform underperforms underperformed beat"
    " beats exceed exceeds exceeded surpass surpasses surpassed trail trails trailed dominate"
    " dominates lags"
)
_LITTLE = _set(
    "a an the of in on at by for to from with and or our its their this that these those is are was"
    " were be been we it they as all both on over also even much far still more most less other than"
    " results result score scores performance performs perform accuracy model models method methods"
    " system systems approach significantly consistently clearly slightly"
)
_REACH = 14


Parts = tuple[tuple[str, ...], str, tuple[str, ...]]


def parted(words: Sequence[str], like: str = "") -> Parts | None:
    """What stands before and after a word that compares, with that word; None where nothing compares.

    Of several such words it is the one that is `like` another, or else the first.
    """
    found = list(_comparisons(words))
    return next((parts for parts in found if parts[1] == like), found[0] if found else None)


def _comparisons(words: Sequence[str]) -> Iterator[Parts]:
    for place, word in enumerate(words):
        if word in _VERBS:
            yield _around(words, place, place, word)
        elif word == "than" and place > 1:
            before = range(place - 1, max(-1, place - 8), -1)
            start = next((at for at in before if _comparative(words[at])), None)
            if start is not None:
                yield _around(words, start, place, words[start])


def _comparative(word: str) -> bool:
    return word in {"more", "less", "better", "worse", "fewer", "superior", "inferior"} or (
        word.endswith("er")
        and len(word) > 4
        and word not in {"number", "rather", "other", "transformer", "paper"}
    )


def _around(words: Sequence[str], start: int, end: int, word: str) -> Parts:
    return tuple(words[max(0, start - _REACH) : start]), word, tuple(words[end + 1 : end + 1 + _REACH])


def crossed(said: Sequence[str], quoted: Sequence[str]) -> bool:
    """Whether what stands on one side of a comparison in one sentence stands on the other in the other."""
    one = parted(said)
    two = parted(quoted, one[1]) if one else None
    if one is None or two is None:
        return False
    left, right = _telling(one[0], one[2]), _telling(one[2], one[0])
    left_quoted, right_quoted = _telling(two[0], two[2]), _telling(two[2], two[0])
    over = len(left & right_quoted), len(right & left_quoted)
    straight = len(left & left_quoted) + len(right & right_quoted)
    return min(over) > 0 and sum(over) >= straight


def _telling(words: Sequence[str], others: Sequence[str]) -> frozenset[str]:
    return frozenset(words) - _LITTLE - frozenset(others)
