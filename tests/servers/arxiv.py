"""A local server that speaks as arXiv does: its API, and the pages and files of its papers."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from aiohttp import web

_ID = re.compile(r"(?:\d{4}\.\d{4,5}|[a-z-]+/\d{7})(?:v\d+)?")
_DATES = re.compile(r"submittedDate:\[(\d{12}) TO (\d{12})\]")
_CATEGORY = re.compile(r"cat:([\w.-]+)")


@dataclass(frozen=True)
class ServedPaper:
    """A paper on the server; `id` is without version, and version n was posted at `versions[n - 1]`."""

    id: str
    title: str = "A Paper"
    authors: tuple[str, ...] = ("Hanako Yamada", "Ada Example")
    abstract: str = "We show\n  that it works."
    categories: tuple[str, ...] = ("cs.CL", "cs.AI")
    primary: str = "cs.CL"
    versions: tuple[datetime, ...] = (datetime(2024, 2, 27, 12, 0, tzinfo=UTC),)
    pdf: bytes | None = None
    html: str | None = None
    listed_pdf: bool = True
    published_as: str | None = None
    """What the API gives as the date, where that should be wrong."""


@dataclass
class ArxivServer:
    """Serves `papers`; `faults` are given first, one for each request to the API."""

    papers: dict[str, ServedPaper] = field(default_factory=dict)
    faults: deque[tuple[int, Mapping[str, str]] | str] = field(default_factory=deque)
    """A status with headers, or a whole answer given in place of the right one."""
    poisoned: set[str] = field(default_factory=set)
    """Ids that look right and that the API refuses all the same."""
    queries: list[dict[str, str]] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    url: str = ""
    _runner: web.AppRunner | None = None

    def add(self, *papers: ServedPaper) -> None:
        """Put papers on the server."""
        self.papers.update({paper.id: paper for paper in papers})

    @property
    def api_url(self) -> str:
        """The address of the API."""
        return f"{self.url}/api/query"

    async def start(self) -> None:
        """Listen on a free port of the loopback."""
        app = web.Application()
        app.router.add_get("/api/query", self._query)
        app.router.add_get(r"/{kind:abs|pdf|html}/{id:.+}", self._page)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop listening."""
        assert self._runner
        await self._runner.cleanup()

    # ------------------------------------------------------------------------- the API

    async def _query(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        self.queries.append(asked)
        self.agents.append(request.headers.get("User-Agent", ""))
        if self.faults:
            fault = self.faults.popleft()
            if isinstance(fault, str):
                return web.Response(text=fault, content_type="application/atom+xml")
            status, headers = fault
            return web.Response(status=status, headers=dict(headers), text="Rate exceeded.")
        ids = [name for name in asked.get("id_list", "").split(",") if name]
        for name in ids:
            if not _ID.fullmatch(name) or name in self.poisoned:
                return _error(f"incorrect id format for {name}")
        found = self._by_id(ids) if ids else self._search(asked.get("search_query", ""))
        start, most = int(asked.get("start", 0)), int(asked.get("max_results", 10))
        return _feed([_entry(*each) for each in found[start : start + most]], len(found))

    def _by_id(self, names: list[str]) -> list[tuple[ServedPaper, int]]:
        found = []
        for name in names:
            bare, _, version = name.partition("v") if re.search(r"v\d+$", name) else (name, "", "")
            if paper := self.papers.get(bare):
                number = int(version or len(paper.versions))
                if number <= len(paper.versions):
                    found.append((paper, number))
        return found

    def _search(self, query: str) -> list[tuple[ServedPaper, int]]:
        found = [(paper, len(paper.versions)) for paper in self.papers.values()]
        if dates := _DATES.search(query):
            first, last = dates.groups()
            found = [(p, n) for p, n in found if first <= f"{p.versions[0]:%Y%m%d%H%M}" <= last]
        if category := _CATEGORY.search(query):
            found = [(p, n) for p, n in found if category[1] in p.categories]
        return found

    # ----------------------------------------------------------------------- the pages

    async def _page(self, request: web.Request) -> web.Response:
        kind, name = request.match_info["kind"], request.match_info["id"].removesuffix(".pdf")
        self.asked.append(f"{kind}/{name}")
        paper = self.papers.get(re.sub(r"v\d+$", "", name))
        if paper is None:
            raise web.HTTPNotFound
        if kind == "pdf" and paper.pdf is not None:
            return web.Response(body=paper.pdf, content_type="application/pdf")
        if kind == "html" and paper.html is not None:
            return web.Response(text=paper.html, content_type="text/html")
        if kind == "abs":
            page = f"<title>{escape(paper.title)}</title><h1>{escape(paper.title)}</h1>"
            return web.Response(text=f"{page}<p>{escape(paper.abstract)}</p>", content_type="text/html")
        raise web.HTTPNotFound


def _entry(paper: ServedPaper, version: int) -> str:
    """One entry of the API's answer, with the line breaks arXiv puts into texts."""
    name = f"{paper.id}v{version}"
    authors = "".join(f"<author><name>{escape(author)}</name></author>" for author in paper.authors)
    categories = "".join(f'<category term="{code}"/>' for code in paper.categories)
    pdf = f'<link href="http://arxiv.org/pdf/{name}" rel="related" type="application/pdf" title="pdf"/>'
    return f"""<entry>
      <id>http://arxiv.org/abs/{name}</id>
      <updated>{paper.versions[version - 1]:%Y-%m-%dT%H:%M:%SZ}</updated>
      <published>{paper.published_as or f"{paper.versions[0]:%Y-%m-%dT%H:%M:%SZ}"}</published>
      <title>{escape(paper.title)}</title>
      <summary>  {escape(paper.abstract)}
      </summary>
      {authors}
      <link href="http://arxiv.org/abs/{name}" rel="alternate" type="text/html"/>
      {pdf if paper.listed_pdf else ""}
      <arxiv:primary_category term="{paper.primary}"/>
      {categories}
    </entry>"""


def _feed(entries: list[str], total: int, status: int = 200) -> web.Response:
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
    <feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom"
          xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">
      <id>http://arxiv.org/api/local</id>
      <updated>2024-03-05T00:00:00Z</updated>
      <opensearch:totalResults>{total}</opensearch:totalResults>
      <opensearch:startIndex>0</opensearch:startIndex>
      {"".join(entries)}
    </feed>"""
    return web.Response(text=text.strip(), status=status, content_type="application/atom+xml")


def _error(message: str) -> web.Response:
    """What arXiv answers to an id it cannot read: an entry that is an error, and HTTP 400."""
    entry = f"""<entry><id>http://arxiv.org/api/errors#{escape(message).replace(" ", "_")}</id>
      <title>Error</title><summary>{escape(message)}</summary>
      <updated>2024-03-05T00:00:00Z</updated></entry>"""
    return _feed([entry], 1, status=400)
