"""One paper has one key, however somebody refers to it, and no text makes `refer` fail."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.addresses import arxiv_reference, refer


@pytest.mark.parametrize(
    "text",
    [
        "2402.17764", "arXiv:2402.17764", "arxiv: 2402.17764v2", "<https://arxiv.org/abs/2402.17764>",
        "https://arxiv.org/abs/2402.17764", "http://www.arxiv.org/abs/2402.17764v1",
        "arxiv.org/abs/2402.17764",
        "https://arxiv.org/pdf/2402.17764", "https://arxiv.org/pdf/2402.17764v2.pdf",
        "https://arxiv.org/html/2402.17764v1/", "https://export.arxiv.org/abs/2402.17764?context=cs#top",
        "https://ar5iv.labs.arxiv.org/html/2402.17764", "https://huggingface.co/papers/2402.17764",
        "huggingface.co/papers/2402.17764", "https://www.alphaxiv.org/abs/2402.17764",
        "10.48550/arXiv.2402.17764", "doi:10.48550/arxiv.2402.17764",
        "https://doi.org/10.48550/arXiv.2402.17764", " HTTPS://ARXIV.ORG/abs/2402.17764\n",
    ],
)  # fmt: skip
def test_every_form_of_an_arxiv_id_is_one_paper(text: str) -> None:
    found = refer(text)
    assert found is not None
    assert found.key == "arxiv:2402.17764"
    assert found.url == "https://arxiv.org/abs/2402.17764"


@pytest.mark.parametrize(
    "text",
    [
        "math/0309136", "math.GT/0309136", "arXiv:math.GT/0309136v1", "https://arxiv.org/abs/math/0309136",
        "https://arxiv.org/abs/math.GT/0309136v1", "https://arxiv.org/pdf/math/0309136.pdf",
        "https://doi.org/10.48550/arXiv.math/0309136", "10.48550/arXiv.math.GT/0309136",
    ],
)  # fmt: skip
def test_an_old_id_is_one_paper_with_its_subject_class_and_without(text: str) -> None:
    found = refer(text)
    assert found is not None
    assert found.key == "arxiv:math/0309136"
    assert found.url == "https://arxiv.org/abs/math/0309136"


def test_old_ids_of_archives_with_hyphens_are_kept_apart() -> None:
    keys = {
        found.key
        for text in ("hep-th/9901001", "hep-ph/9901001", "cond-mat.mtrl-sci/9901001", "cs.CL/9901001")
        if (found := refer(text))
    }
    assert keys == {
        "arxiv:hep-th/9901001",
        "arxiv:hep-ph/9901001",
        "arxiv:cond-mat/9901001",
        "arxiv:cs/9901001",
    }


def test_the_version_that_was_named_is_kept_beside_the_key() -> None:
    named = refer("https://arxiv.org/abs/2402.17764v2")
    assert named == arxiv_reference("2402.17764", "v2")
    assert named is not None
    assert (named.version, named.pdf_url) == ("v2", "https://arxiv.org/pdf/2402.17764v2")


def test_a_doi_is_one_paper_in_capitals_or_not() -> None:
    forms = ("10.1145/AbC.123", "doi:10.1145/abc.123", "https://dx.doi.org/10.1145/ABC.123")
    assert {found.key for text in forms if (found := refer(text))} == {"https://doi.org/10.1145/abc.123"}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("https://Example.ORG:443/Paper/", "https://example.org/Paper"),
        ("http://example.org:80", "http://example.org"),
        ("https://example.org/", "https://example.org"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("https://example.org./a#part", "https://example.org/a"),
        ("https://example.org/a?utm_source=x&id=3&fbclid=y", "https://example.org/a?id=3"),
        ("https://user:secret@example.org/a", "https://example.org/a"),
        ("https://[2001:DB8::1]/a", "https://[2001:db8::1]/a"),
    ],
)
def test_an_address_has_one_spelling(text: str, key: str) -> None:
    found = refer(text)
    assert found is not None
    assert found.key == found.url == key


def test_an_address_of_a_pdf_says_so() -> None:
    found = refer("https://example.org/deep/paper.PDF?x=1")
    assert found is not None
    assert found.pdf_url == "https://example.org/deep/paper.PDF?x=1"


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "lamps that learn", "2402.176", "24021.7764", "file:///etc/passwd", "ftp://example.org/a",
        "javascript:alert(1)", "https://", "http:///path",
        "http://:", "http://./a", "https://?q", "http://[::1", "http://[zz]/a",
        "http://example.org:99999/", "http://example.org:port/", "http://ex ample.org/", "http://a.org/b c",
        "https://arxiv.org:abs/2402.17764", "http://\u2100.example/", "file:0123-4567", "2402.17764v0",
        "../2402.17764", "２４０２.１７７６４",
    ],
)  # fmt: skip
def test_what_refers_to_no_paper_is_none(text: str) -> None:
    assert refer(text) is None


hostile = st.one_of(
    st.text(),
    st.text(st.characters(categories=["Cs", "Cc", "Cf", "Po", "Nd", "Lu"])),
    st.builds(
        "{}{}".format, st.sampled_from(["http://", "https://arxiv.org/abs/", "doi:10.1000/"]), st.text()
    ),
    st.from_regex(r"https?://[\[\]a-z0-9.:@%]{0,20}(/[\w%?#&=;.]{0,20}){0,3}", fullmatch=True),
)


@given(hostile)
@example("http://example.org/\ud800")
@example("https://example.org/?\udfff=1")
@example("http://example.org:\u0661/")
def test_no_text_makes_it_fail_and_a_key_refers_to_itself(text: str) -> None:
    found = refer(text)
    if found is not None:
        again = refer(found.key)
        assert again is not None
        assert again.key == found.key
        assert found.url.startswith(("http://", "https://"))
