from __future__ import annotations

import time
from datetime import date

import pytest

from digest.errors import NotYetListed, SourceError
from digest.models import Week
from digest.reading.fetch import SafeWeb
from digest.sources import feed_items
from digest.sources.feed import FeedSource
from tests.digest.sources.support import StillClock
from tests.servers.pages import WebServer

NEWSLETTER = """
<h2>This week</h2><p>Hello. See <a href="https://news.example/about">about us</a>.</p>
<h3>1. A Heading Names It</h3>
<p>Text about it. <a href="https://arxiv.org/abs/2402.00001v2">Paper</a> |
 <a href="https://github.com/a/b">Code</a> and its <a href="https://arxiv.org/abs/2402.00008">[pdf]</a></p>
<p><strong>Bold Names It</strong> - text
 (<a href="https://openreview.net/forum?id=abc">read the paper →</a>)</p>
<p>Then <a href="https://arxiv.org/pdf/2402.00003">paper</a>, unnamed.</p>
<ul><li><a href="https://lab.example/report.pdf">The Link &amp; Its <em>Own</em> Words</a>: text</li>
<li><a href="https://twitter.com/x/status/1">A Tweet About Nothing</a></li></ul>
<p>Again <a href="https://arxiv.org/abs/2402.00003">Named the Second Time</a>.</p>
<p><a href="javascript:alert(1)">arxiv.org/abs/2402.00009</a><a href="//doi.org/10.1/x"></a></p>
"""


def rss(*items: str) -> str:
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{"".join(items)}</channel></rss>'
    )


def item(title: str, link: str, day: str, text: str = "") -> str:
    return (
        f"<item><title>{title}</title><link>{link}</link><pubDate>{day} 12:00:00 GMT</pubDate>"
        f"<description><![CDATA[{text}]]></description></item>"
    )


@pytest.fixture
def source(server: WebServer, web: SafeWeb, clock: StillClock) -> FeedSource:
    feed = rss(
        item("Weekly #9", "https://news.example/9", "Sun, 03 Mar 2024", NEWSLETTER),
        item(
            "A Paper. (arXiv:2402.17764v1 [cs.CL])",
            "http://arxiv.org/abs/2402.17764v1",
            "Wed, 28 Feb 2024",
            '<p>See also <a href="https://arxiv.org/abs/2301.00001">another</a></p>',
        ),
        item("Old", "https://lab.example/old", "Sun, 18 Feb 2024", "<p>A post of our own.</p>"),
    )
    return FeedSource(web, server.give("/feed.xml", feed, "application/rss+xml"), clock, "News")


async def test_a_newsletter_gives_the_papers_it_links_to(source: FeedSource) -> None:
    (listing,) = await source.listings(Week(2024, 9))
    assert [(c.paper.key, c.paper.title) for c in listing.candidates] == [
        ("arxiv:2402.00001", "A Heading Names It"),
        ("arxiv:2402.00008", "arxiv:2402.00008"),
        ("https://openreview.net/forum?id=abc", "Bold Names It"),
        ("arxiv:2402.00003", "Named the Second Time"),
        ("https://lab.example/report.pdf", "The Link & Its Own Words"),
        ("https://doi.org/10.1/x", "https://doi.org/10.1/x"),
        ("arxiv:2402.17764", "A Paper."),
    ]
    assert (listing.start, listing.end) == (date(2024, 2, 26), date(2024, 3, 3))
    assert listing.candidates[0].paper.version == "v2"
    assert listing.candidates[4].paper.pdf_url == "https://lab.example/report.pdf"


async def test_a_post_without_papers_is_itself_what_there_is_to_read(source: FeedSource) -> None:
    (listing,) = await source.listings(Week(2024, 7))
    (candidate,) = listing.candidates
    assert (candidate.paper.key, candidate.paper.title) == ("https://lab.example/old", "Old")
    assert candidate.description == "A post of our own."


async def test_a_post_about_one_paper_gives_it_its_title(
    server: WebServer, web: SafeWeb, clock: StillClock
) -> None:
    text = '<p>We are glad. <a href="https://arxiv.org/abs/2402.00001v3">our new paper</a></p>'
    feed = rss(item("We Did It", "https://lab.example/it", "Wed, 28 Feb 2024", text))
    source = FeedSource(web, server.give("/feed.xml", feed), clock)
    ((candidate,),) = [listing.candidates for listing in await source.listings(None)]
    assert (candidate.paper.key, candidate.paper.title) == ("arxiv:2402.00001", "We Did It")
    assert candidate.paper.version == "v3"


async def test_weeks_come_newest_first(source: FeedSource) -> None:
    assert [listing.week for listing in await source.listings(None)] == [Week(2024, 9), Week(2024, 7)]


async def test_weeks_the_feed_does_not_have(source: FeedSource) -> None:
    assert await source.listings(Week(2024, 8)) == ()
    with pytest.raises(NotYetListed):
        await source.listings(Week(2024, 10))


async def test_an_item_dated_ahead_does_not_hide_what_is_late(
    server: WebServer, web: SafeWeb, clock: StillClock
) -> None:
    feed = rss(item("Ahead", "https://lab.example/ahead", "Fri, 01 Jan 2100"))
    with pytest.raises(NotYetListed):
        await FeedSource(web, server.give("/feed.xml", feed), clock).listings(Week(2024, 10))


async def test_atom_is_read_too(server: WebServer, web: SafeWeb, clock: StillClock) -> None:
    feed = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://journal.example/"><title>J</title>
      <entry><title type="html">On &lt;i&gt;Tides&lt;/i&gt;</title><id>x</id>
        <link rel="alternate" href="https://doi.org/10.1000/182"/><updated>2024-03-03T23:59:59Z</updated>
        <summary>One.</summary></entry>
      <entry><title>Posted elsewhere in time</title><id>y</id><link href="https://doi.org/10.1000/183"/>
        <published>2024-03-04T08:59:59+09:00</published><updated>2026-01-01T00:00:00Z</updated></entry>
      <entry><title>Undated</title><id>z</id><link href="https://doi.org/10.1000/184"/></entry>
      <entry><title>Badly dated</title><id>z</id><link href="https://doi.org/10.1000/185"/>
        <published>some day</published></entry></feed>"""
    source = FeedSource(web, server.give("/atom.xml", feed, "application/atom+xml"), clock)
    (listing,) = await source.listings(None)
    assert [(c.paper.key, c.paper.title) for c in listing.candidates] == [
        ("https://doi.org/10.1000/182", "On Tides"),
        ("https://doi.org/10.1000/183", "Posted elsewhere in time"),
    ]
    assert listing.week == Week(2024, 9)


async def test_a_page_is_no_feed(server: WebServer, web: SafeWeb, clock: StillClock) -> None:
    source = FeedSource(web, server.give("/page", "<html><body>Hello</body></html>"), clock, "News")
    with pytest.raises(SourceError, match=r"News: there is no feed at .*/page") as caught:
        await source.listings(None)
    assert not isinstance(caught.value, NotYetListed)


async def test_an_empty_feed_may_still_get_something(
    server: WebServer, web: SafeWeb, clock: StillClock
) -> None:
    source = FeedSource(web, server.give("/empty.xml", rss()), clock)
    assert await source.listings(None) == ()
    with pytest.raises(NotYetListed):
        await source.listings(Week(2024, 9))


async def test_nothing_but_the_feed_is_fetched(server: WebServer, web: SafeWeb, clock: StillClock) -> None:
    feed = f"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "{server.url}/entity">
      <!ENTITY % d SYSTEM "{server.url}/dtd"> %d;]>
      <?xml-stylesheet href="{server.url}/style.xsl"?>
      <rss version="2.0"><channel><title>&x;</title>
      {item("&x;", server.url + "/a.pdf", "Wed, 28 Feb 2024", f'<img src="{server.url}/img">')}
      </channel></rss>"""
    await FeedSource(web, server.give("/feed.xml", feed), clock).listings(None)
    assert set(server.asked) == {"/feed.xml"}


async def test_a_feed_that_is_only_an_address_is_not_followed(
    server: WebServer, web: SafeWeb, clock: StillClock
) -> None:
    source = FeedSource(web, server.give("/feed.xml", f"{server.url}/other.xml"), clock)
    with pytest.raises(SourceError):
        await source.listings(None)
    assert set(server.asked) == {"/feed.xml"}


def test_entities_that_multiply_do_not() -> None:
    bomb = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    feed = f'<!DOCTYPE rss [<!ENTITY a0 "ha">{bomb}]>' + rss(
        item("&a11;", "https://a.example", "Wed, 28 Feb 2024")
    )
    started = time.process_time()
    feed_items.parse(feed.encode(), "https://a.example")
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "piece", ["<a href=x ", "<p>", "<strong>", "&lt;", "<a href='https://arxiv.org/abs/1'>"]
)
def test_no_text_however_made_takes_long(piece: str) -> None:
    text = (piece * 200_000)[:900_000]
    started = time.process_time()
    feed_items.parse(
        rss(item("A", "https://a.example", "Wed, 28 Feb 2024", text)).encode(), "https://a.example"
    )
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://arxiv.org/abs/2402.17764", True),
        ("https://huggingface.co/papers/2402.17764", True),
        ("https://www.nature.com/articles/s41586-024-07566-y", True),
        ("https://aclanthology.org/2023.emnlp-main.797/", True),
        ("https://www.biorxiv.org/content/10.1101/2023.09.11.556673v1", True),
        ("https://lab.example/a.PDF", True),
        ("https://aclanthology.org/", False),
        ("https://github.com/a/b", False),
        ("https://www.nature.com/", False),
        ("https://news.example/9", False),
    ],
)
def test_papers_are_known_by_their_addresses(url: str, expected: bool) -> None:
    assert feed_items.is_paper(url) is expected
