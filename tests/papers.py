"""Short invented papers for tests, as they come from reading, and the pieces to make more."""

from __future__ import annotations

from collections.abc import Sequence

from digest.models import Coverage, Document, Extent, Paper, Passage

PAPER = Paper(
    "arxiv:2401.00001",
    "LampNet: Reading Lamps That Learn",
    "https://arxiv.org/abs/2401.00001",
    categories=("cs.CL", "cs.LG"),
)

ENGLISH = (
    ("Abstract", "We present LampNet, a neural network that learns when readers want more light."),
    ("Abstract", "On 1,200 evenings it reduces wasted light by 31% compared with a timer."),
    (
        "1 Introduction",
        "The problem is that most lamps waste light, and timers fail to follow what readers do.",
    ),
    ("1 Introduction", "However, existing methods are expensive and rarely adapt to a single person."),
    ("2 Method", "LampNet is a recurrent network, and we train it with a loss that punishes darkness twice."),
    ("2 Method", "The model takes the page angle as input and it predicts the light for the next minute."),
    ("3 Data", "We collected 1,200 evenings from 40 households in two cities over one winter."),
    ("3 Data", "Each evening was annotated by the person who had been reading on that evening."),
    ("4 Experiments", "We compare LampNet with two baselines, a timer and a movement sensor."),
    ("5 Results", "LampNet saves 31% of the light, while the movement sensor saves only 12% of it."),
    ("6 Ablation", "Without the page angle the saving drops from 31% to 19%, the largest loss of all."),
    ("7 Limitations", "We did not test LampNet with more than one reader in the same room."),
    ("8 Availability", "The code is released under the MIT licence at https://example.org/lampnet today."),
    ("9 Conclusion", "In future work we plan to study readers who fall asleep over their books."),
)

JAPANESE = (
    ("概要", "本稿では、読書灯の明るさを読み手に合わせて学習する手法「灯網」を提案する。"),
    ("概要", "1,200 晩の実験で、タイマーに比べて無駄な光を 31% 減らした。"),
    ("1 はじめに", "多くの読書灯は光を無駄にしており、読み手に合わせるのが難しいという課題がある。"),
    ("2 提案手法", "提案手法は再帰型のネットワークで、ページの角度を入力として次の一分の明るさを出力する。"),
    ("3 データ", "二つの都市の 40 世帯から、一冬で 1,200 晩の読書の記録を収集した。"),
    ("4 実験", "ベースラインとして、タイマーと人感センサーの二つの手法と比較する。"),
    ("5 限界", "同じ部屋に読み手が二人以上いる場合については検証していない。"),
    ("6 おわりに", "今後は、本を開いたまま眠る読み手についても調べる予定である。"),
)


def document(
    sentences: Sequence[tuple[str, str]] = ENGLISH,
    language: str = "en",
    breaks: Sequence[int] = (),
    size: int = 3,
) -> Document:
    """A document of `(section, sentence)` pairs, passages of up to `size` sentences overlapping by one.

    A new page begins in the middle of each sentence whose number is in `breaks`.
    """
    passages: list[Passage] = []
    start = 0
    while start < len(sentences):
        section = sentences[start][0]
        end = start
        while end < len(sentences) and end - start < size and sentences[end][0] == section:
            end += 1
        passages.append(_passage(f"p{len(passages) + 1}", section, sentences, start, end, breaks))
        more = end < len(sentences) and sentences[end][0] == section
        start = end - 1 if more and end - start > 1 else end
    url = "https://arxiv.org/pdf/2401.00001v1"
    return Document(tuple(passages), language, Coverage(Extent.FULL), "pdf", "v1", url)


def _passage(
    name: str, section: str, sentences: Sequence[tuple[str, str]], start: int, end: int, breaks: Sequence[int]
) -> Passage:
    page = 1 + sum(number < start for number in breaks)
    text = ""
    spans: list[tuple[int, int]] = []
    pages = [(0, page)]
    for number in range(start, end):
        sentence = sentences[number][1]
        text += " " if text else ""
        spans.append((len(text), len(text) + len(sentence)))
        if number in breaks:
            page += 1
            pages.append((len(text) + len(sentence) // 2, page))
        text += sentence
    return Passage(name, text, section, tuple(spans), tuple(pages))
