# ruff: noqa: E501 - sentences stand as readers see them
"""Posts as a digest has them, for the local channel's tests: fictitious papers, real shapes."""

from __future__ import annotations

from digest.posts import Block, BlockKind, Button, Post, Span

PAPERS = (
    ("arxiv:2402.91001", "CityPlanner: 都市計画の文書に強い言語モデル", "計画図書の検索と要約を一つのモデルで行い、担当者の作業時間を半分にした。"),
    ("arxiv:2402.91002", "Small Steps: Training Language Models with 1.5-bit Weights", "重みを1.5ビットにしても、同じ大きさのモデルと同等の正答率を保てることを示した。"),
    ("arxiv:2402.91003", "言語モデルのための公開データセットの調査", "444件の公開データセットを、事前学習から評価まで五つの観点で整理した。"),
    ("arxiv:2402.91004", "Portraits in Motion from a Single Voice", "一枚の写真と音声だけから、表情の豊かな動画を生成する。"),
    ("arxiv:2402.91005", "Learning Actions that Agents Can Write Themselves", "行動を固定せず、失敗から新しい行動をコードとして書き足すエージェント。"),
    ("arxiv:2402.91006", "Tables Are Not Text: A Survey of Tabular Reasoning", "表データを扱う言語モデルの手法を、予測・生成・理解に分けてまとめた。"),
    ("arxiv:2402.91007", "開かれた基盤モデルの利点と危険", "公開モデルの影響を、既存の技術と比べた「限界的な危険」で評価する枠組み。"),
    ("arxiv:2402.91008", "Playable Worlds from Unlabelled Video", "操作の記録がない動画から、遊べる世界を学ぶ生成モデル。"),
    ("https://example.org/reports/large-32k", "A 32k-Token Multilingual Model: Technical Report", "五つの言語で訓練した、長い文脈を扱うモデルの技術報告。"),
    ("arxiv:2402.91010", "検索と生成をつなぐ記憶の設計", "会話の記憶を階層に分け、必要なときだけ読み出す。"),
)  # fmt: skip


def block(kind: BlockKind, *spans: Span | str) -> Block:
    return Block(kind, tuple(span if isinstance(span, Span) else Span(span) for span in spans))


def header_post(urls: dict[str, str] | None = None) -> Post:
    items = [
        block(BlockKind.ITEM, Span(title, part=f"card/{key}", strong=True), " — ", gist)
        for key, title, gist in PAPERS
    ]
    post = Post(
        "ja",
        (
            block(BlockKind.TITLE, "今週の論文 2024-W09(2024年2月26日(月)〜2024年3月3日(日))"),
            block(BlockKind.NOTE, "これは見本です。論文・著者・数値はすべて架空のものです。"),
            block(BlockKind.TEXT, "今週の論文10本を紹介します。各カードのスレッドに、本文にもとづくQ&Aを引用とページ番号つきで載せています。"),
            block(BlockKind.HEADING, "今週の傾向"),
            block(BlockKind.TEXT, "重みを数ビットまで減らす研究が続き、省電力での推論が現実に近づきました。"),
            block(BlockKind.TEXT, "エージェントには、行動そのものを学ばせる試みが目立ちます。"),
            block(BlockKind.TEXT, "データセットと評価を見直す調査が、3本並びました。"),
            block(BlockKind.HEADING, "論文一覧"),
            *items,
            block(BlockKind.NOTE, "出典:見本の論文リスト"),
            block(BlockKind.NOTE, "この投稿はRinkoが論文の本文から自動で作成しました。引用は原文のままです。"),
        ),
        notify=True,
    )  # fmt: skip
    return post.linked(urls or {})


def card_post(number: int) -> Post:
    key, title, gist = PAPERS[number]
    url = f"https://arxiv.org/abs/{key[6:]}" if key.startswith("arxiv:") else key
    summary = (
        "重みを三つの値だけで表す学習法を提案する。行列の積が足し算になるため、計算に要する電力が大きく減る。"
        "30億パラメータでは、半精度のモデルと同じ正答率に達し、推論は2.7倍速い。"
    )
    return Post(
        "ja",
        (
            block(BlockKind.TITLE, Span(title, url=url)),
            block(BlockKind.FACT, Span("著者", strong=True), "Haru Aoki、Mina Lindqvist、José Tavares、王 小雨ほか12名"),
            block(BlockKind.FACT, Span("発行日", strong=True), "2024年2月29日(木)"),
            block(BlockKind.FACT, Span("カテゴリ", strong=True), "計算と言語、機械学習"),
            block(BlockKind.FACT, Span("URL", strong=True), Span(url.removeprefix("https://"), url=url)),
            block(BlockKind.HEADING, "概要"),
            block(BlockKind.TEXT, Span(gist, strong=True)),
            block(BlockKind.TEXT, summary),
            block(BlockKind.FACT, Span("さらに読む", strong=True), Span("コード", url="https://example.org/code"), "、", Span("見本のPDF", url="sample:paper-01.pdf#page=2")),
        ),
        (Button(f"「{title}」に質問する", "ask", key),),
    )  # fmt: skip


def qa_post() -> Post:
    return Post(
        "ja",
        (
            block(BlockKind.HEADING, "Q&A(3件)"),
            block(BlockKind.QUESTION, "Q. 何が問題だったのですか。"),
            block(BlockKind.TEXT, "A. 重みを半精度で持つと、読み出しに時間と電力がかかり、端末の上では動かしにくいことです。"),
            block(BlockKind.QUOTE, Span("Reading half-precision weights from memory dominates both latency and energy on small devices.", language="en"), Span("(原文抜粋・英語、p. 2、§1 Introduction)", url="https://arxiv.org/pdf/2402.91002#page=2")),
            block(BlockKind.QUESTION, "Q. 結果はどうでしたか。"),
            block(BlockKind.TEXT, "A. 30億パラメータのモデルで、正答率は半精度と並び、消費エネルギーは$1/3.5$になりました。"),
            block(BlockKind.QUOTE, Span("At 3B parameters the model matches the half-precision baseline while using 3.5 times less energy.", language="en"), Span("(原文抜粋・英語、p. 5、§3)", url="https://arxiv.org/pdf/2402.91002#page=5")),
            block(BlockKind.QUESTION, "Q. 限界は何ですか。"),
            block(BlockKind.QUOTE, "七百億パラメータを超える規模では、まだ確かめられていない。", Span("(原文抜粋、p. 8、§6 限界)", url="https://arxiv.org/pdf/2402.91002#page=8")),
        ),
    )  # fmt: skip


def answer_post(question: str, *, done: bool) -> Post:
    blocks = [
        block(BlockKind.TITLE, Span(PAPERS[1][1], url="https://arxiv.org/abs/2402.91002")),
        block(BlockKind.QUESTION, f"Q. {question}"),
    ]
    if not done:
        return Post("ja", (*blocks, block(BlockKind.NOTE, "論文の中を探しています…")))
    quote = "We evaluate zero-shot accuracy on seven public benchmarks with identical prompts."
    return Post(
        "ja",
        (
            *blocks,
            block(BlockKind.TEXT, "七つの公開ベンチマークで、例を与えずに正答率を測りました。"),
            block(
                BlockKind.QUOTE,
                Span(quote, language="en"),
                Span("(p. 5、§3)", url="https://arxiv.org/pdf/2402.91002#page=5"),
            ),
        ),
    )
