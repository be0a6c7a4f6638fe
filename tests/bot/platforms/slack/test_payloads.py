"""What Slack's texts and ids mean."""

from __future__ import annotations

import json

import pytest

from bot.platforms.slack.payloads import Pressed, Where, brought, carried, link_of, words_of


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ("<@UBOT> 何が新しい？", "何が新しい？"),
        ("<@UBOT|rinko>何が新しい？", "何が新しい？"),
        ("これ<@UBOT>は？", "これ は？"),
        ("<https://arxiv.org/abs/2402.17764|論文> は？", "https://arxiv.org/abs/2402.17764 は？"),
        ("<https://a.example/?a=1&amp;b=2>", "https://a.example/?a=1&b=2"),
        ("<mailto:a@b.example|a@b.example> <tel:+81|+81>", "a@b.example +81"),
        ("p &lt; 0.05 &amp;&amp; q &gt; 3", "p < 0.05 && q > 3"),
        ("p <0.05 and q> 3", "p <0.05 and q> 3"),
        (
            "<#C1|papers> <#C2|> <@U2|kato> <@U3> <!here> <!subteam^S1|@team>",
            "#papers #C2 @kato @U3 @here @team",
        ),
        ("&lt;@UBOT&gt; &amp;lt;", "<@UBOT> &lt;"),
        ("／papers 量子化", "/papers 量子化"),
        ("  ", ""),
    ],
)
def test_a_text_is_read_as_it_was_written(stored: str, words: str) -> None:
    assert words_of(stored, "UBOT") == words


def test_people_are_called_by_their_names() -> None:
    assert (
        words_of("<@UBOT> <@U2> さんの質問は <@U3>？", "UBOT", {"U2": "加藤"}) == "@加藤 さんの質問は @U3？"
    )


def test_the_first_address_of_a_message_is_found() -> None:
    assert (
        link_of("見て <@U1> <https://a.example/?a=1&amp;b=2|ここ> <https://b.example>")
        == "https://a.example/?a=1&b=2"
    )
    assert link_of("a.example &lt;https://a.example&gt;") is None


@pytest.mark.parametrize("value", ["", "arxiv:2402.17764", "値" * 2000, '"\\\n' * 600])
def test_what_a_modal_carries_fits_and_comes_back(value: str) -> None:
    where = Where("C1", "1.1", None)
    sent = Pressed(where, "U1", "ask", value, "T", "https://hooks.slack.example/" + "x" * 200, replaces=True)
    metadata = carried(sent)
    assert len(metadata) <= 3_000 or len(json.dumps(value)) > 2_700  # Slack takes no longer values than 2,000
    view = {
        "id": "V1",
        "hash": "h",
        "private_metadata": metadata,
        "state": {"values": {"b": {"q": {"value": " ? "}}}},
    }
    begun, filled = brought({"view": view, "user": {"id": "U2"}})
    assert (begun.user, begun.action, begun.value, begun.where) == ("U2", "ask", value, where)
    assert begun.replaces == bool(begun.url)
    assert filled == {"q": "?"}
