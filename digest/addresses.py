"""Pure: what an address or id that someone wrote refers to, and the key of the paper behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

_NEW_ID = r"\d{4}\.\d{4,5}"
_OLD_ID = r"[a-z][a-z-]+(?:\.[A-Za-z-]+)?/\d{7}"
_SUBJECT_CLASS = re.compile(r"\.[A-Za-z-]+(?=/)")
_ARXIV_ID = re.compile(rf"(?P<id>{_NEW_ID}|{_OLD_ID})(?P<version>v[1-9]\d*)?", re.ASCII)
_ARXIV_HOSTS = {"arxiv.org", "www.arxiv.org", "export.arxiv.org", "browse.arxiv.org", "ar5iv.org",
                "ar5iv.labs.arxiv.org", "alphaxiv.org", "www.alphaxiv.org"}  # fmt: skip
_ARXIV_PATH = re.compile(r"/(?:abs|pdf|html|ps|format|overview)/(?P<rest>.+?)(?:\.pdf)?/?$")
_HF_PATH = re.compile(r"/papers/(?P<rest>[^/]+)/?$")
_DOI = re.compile(r"(?:doi:\s*|https?://(?:dx\.)?doi\.org/)?(?P<doi>10\.\d{4,9}/\S+)$", re.IGNORECASE)
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(?P<rest>.+)$", re.IGNORECASE)
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|mc_cid|mc_eid|ref_src", re.IGNORECASE)
_NO_SCHEME = re.compile(r"(?:www\.)?(?:arxiv\.org/(?:abs|pdf|html)|huggingface\.co/papers)/", re.IGNORECASE)
_SITE = "https://arxiv.org"


@dataclass(frozen=True, slots=True)
class Reference:
    """A paper as someone referred to it. `version` is set where an arXiv version was named."""

    key: str
    url: str
    pdf_url: str | None = None
    version: str | None = None


def arxiv_reference(arxiv_id: str, version: str | None = None) -> Reference:
    """The reference to an arXiv paper, with the public addresses of its pages.

    Old ids lose their subject class: arXiv itself knows `math.GT/0309136` as `math/0309136`.
    """
    arxiv_id = _SUBJECT_CLASS.sub("", arxiv_id)
    suffix = arxiv_id + (version or "")
    return Reference(f"arxiv:{arxiv_id}", f"{_SITE}/abs/{arxiv_id}", f"{_SITE}/pdf/{suffix}", version)


def refer(text: str) -> Reference | None:
    """What an arXiv id, a DOI or an http(s) address refers to; None for anything else."""
    try:
        return _refer(text)
    except ValueError:  # what only looks like an address: a bad port, half an IPv6 host, …
        return None


def _refer(text: str) -> Reference | None:
    """As `refer`; raises ValueError where the standard library takes offence at an address."""
    text = text.strip().strip("<>")
    bare = re.sub(r"^arxiv:\s*", "", text, flags=re.IGNORECASE)
    if match := _ARXIV_ID.fullmatch(bare):
        return arxiv_reference(match["id"], match["version"])
    if doi := _DOI.fullmatch(text):
        arxiv = _ARXIV_DOI.fullmatch(unquote(doi["doi"]))
        if arxiv and (match := _ARXIV_ID.fullmatch(arxiv["rest"])):
            return arxiv_reference(match["id"], match["version"])
        address = normalise(f"https://doi.org/{doi['doi']}")
        key = normalise(f"https://doi.org/{doi['doi'].lower()}")  # DOIs do not tell case apart
        return Reference(key, address)
    if _NO_SCHEME.match(text):
        text = f"https://{text}"
    if not re.fullmatch(r"https?://[^\s/?#]\S*", text, re.IGNORECASE):
        return None
    parts = urlsplit(text)
    if match := _ARXIV_ID.fullmatch(_arxiv_path(parts.hostname or "", parts.path)):
        return arxiv_reference(match["id"], match["version"])
    address = normalise(text)
    pdf = address if urlsplit(address).path.lower().endswith(".pdf") else None
    return Reference(address, address, pdf)


def _arxiv_path(host: str, path: str) -> str:
    """What stands where such a site has the arXiv id, or nothing."""
    pattern = _ARXIV_PATH if host in _ARXIV_HOSTS else _HF_PATH if host == "huggingface.co" else None
    match = pattern.match(path) if pattern else None
    return match["rest"] if match else ""


def normalise(url: str) -> str:
    """One spelling for one address: host in lower case, no fragment, no tracking parameters.

    Raises ValueError for what is no address.
    """
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").rstrip(".")
    if not host:
        raise ValueError("an address without a host")
    if ":" in host:
        host = f"[{host}]"
    port = parts.port
    scheme = parts.scheme.lower()
    if port and (scheme, port) not in {("http", 80), ("https", 443)}:
        host = f"{host}:{port}"
    query = urlencode(
        [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(k)]
    )
    path = parts.path if parts.path != "/" else ""
    return urlunsplit((scheme, host, path.rstrip("/") if path.count("/") > 1 else path, query, ""))
