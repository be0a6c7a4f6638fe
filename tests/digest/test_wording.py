"""What is wrong with the words of a text, by kind; honest wording passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.findings import Check
from digest.wording import faults

JAPANESE = "読書灯は12世帯の家で光を38%減らしました。"
ENGLISH = "The lamp saves 38% of the light in 12 homes."


def kinds(
    text: str, language: str = "ja", *, may_hold: tuple[str, ...] = (), sentence: bool = True
) -> set[Check]:
    return {one.check for one in faults(text, language, may_hold=may_hold, sentence=sentence)}


@pytest.mark.parametrize("text", [JAPANESE, "はい、公開されています", "BERTとRoBERTaです。", "約3倍です。"])
def test_plain_japanese_passes(text: str) -> None:
    assert faults(text, "ja") == ()


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "。", "-", "—", "…", "なし", "なし。", "N/A", "n/a", "None", "null", "不明", "？", "「」",
        "\u200b\u200b", "答え：", "A.",
    ],
)  # fmt: skip
def test_nothing_is_empty(text: str) -> None:
    assert kinds(text) == kinds(text, "en") == {Check.EMPTY}


@pytest.mark.parametrize(
    "text",
    [
        "この手法は、", "この手法は…", "この手法では「検索拡張", "この手法(GPT-4を使う", "モデルは。",
        "精度が高い、および。", "モデルの精度を上回り", "提案手法は大規模な", "学習データを",
        "次のとおりです：", "最初に検索し、そして。",
    ],
)  # fmt: skip
def test_japanese_that_stops_in_the_middle_is_found(text: str) -> None:
    assert Check.CUT_OFF in kinds(text)


@pytest.mark.parametrize(
    "text", ["The model is", "It uses the.", "It works, and.", "It was (partly", "He said “yes"]
)
def test_english_that_stops_in_the_middle_is_found(text: str) -> None:
    assert Check.CUT_OFF in kinds(text, "en")


@pytest.mark.parametrize(
    "text",
    [
        "区間[0, 1)に入ります。", "改善したものです。", "次のようにお考えください。", "限界は次のこと。",
        "5層目まで。", "「静かに」と言います。", "値は(おおよそ)半分です。", "5\"の画面です。",
    ],
)  # fmt: skip
def test_whole_sentences_are_whole(text: str) -> None:
    assert Check.CUT_OFF not in kinds(text)


def test_titles_and_tags_need_no_full_stop() -> None:
    for text in ("空間と時間を表現する言語モデル", "言語モデル", "結果はどうでしたか", "応用の可能性とは?"):
        assert faults(text, "ja", sentence=False) == ()
        assert kinds(text.rstrip("?")) == {Check.CUT_OFF}
    assert kinds("空間と時間、", sentence=False) == {Check.CUT_OFF}


@pytest.mark.parametrize(
    "text",
    [
        'rel="nofollow">', "rel=”nofollow”>https", "<b>注意</b>", "<br/>", "&amp;", "&#x3C;",
        "[論文](https://a.b)", "**太字**", "~~誤り~~", "||伏せ||", "`code`", "```python", "\n# 見出し",
        "\n- 項目", "\n| a | b |\n", "|---|", "\\textbf{x}", "\\cite{x}", "$$x$$", "x^{2}",
        '{"answer": "x"}', '"quotes":', "改行\\n次", "\\u3042", "【1†source】", "[p12]", "[^1]",
        "[b]x[/b]", "<!-- x -->", "<img src=x>", "__強調__", "*強調*", "``引用''",
    ],
)  # fmt: skip
def test_markup_is_found(text: str) -> None:
    assert Check.MARKUP in kinds(f"読書灯は{text}を減らしました。")


@pytest.mark.parametrize(
    "text",
    [
        "p<0.05で、x < y かつ y > zです。", "A*探索とB*木です。", "$\\alpha_i^{2}$は係数です。",
        "範囲は[0, 1]です。", "2**10は1024です。", "識別子は_xです。",
        "文献[12]に従います。", "集合{-1, 0, 1}です。", "#1の手法です。", "パーセント(%)と番号(#)です。",
        "A-Bと1 - 2です。", "C++とC#です。", "f(x)=x^2です。",
    ],
)  # fmt: skip
def test_signs_of_prose_are_no_markup(text: str) -> None:
    assert Check.MARKUP not in kinds(text)


def test_marks_of_the_sources_are_no_markup() -> None:
    text = "<pause>トークンを使います。"
    assert kinds(text, may_hold=("a learnable <pause> token",)) == set()
    assert kinds(text, may_hold=("a token",)) == {Check.MARKUP}
    assert kinds("<think>の中で考えます。", may_hold=("tokens such as <think> and </think>",)) == {
        Check.PROMPT
    }
    assert kinds("出力は<think>から始まります。", may_hold=("tokens such as <think>",)) == set()


def test_words_of_formulas_are_those_of_the_sources_however_they_are_set() -> None:
    for word in ("quexomir", "ossivane", "bravonel"):  # the second can be written in lowered letters
        text = f"損失$\\alpha_{{{word}}}$を使います。"
        assert kinds(text, may_hold=("The loss is α.",)) == {Check.MARKUP}
        assert kinds(text, may_hold=(f"The loss is α_{word}.",)) == set()


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/x", "www.example.com", "evil.example/x", "evil.example", "discord.gg/abc",
        "mailto:a@b.com", "a@b.co.jp", "javascript:alert(1)", "t.me/x", "bit.ly/x",
        "ｈｔｔｐｓ：／／ｅｖｉｌ．ｃｏｍ", "https:\\\\evil.com", "//evil.com/x", "192.0.2.1/x",
        "evil[.]com", "xn--abc.jp", "論文.com",
    ],
)  # fmt: skip
def test_addresses_are_found(text: str) -> None:
    for said in (f"読書灯は{text}を減らしました。", f"{JAPANESE} {text}", f"{text} {JAPANESE}"):
        assert Check.LINK in kinds(said, may_hold=("evil.example",) if "/" in text else ())


@pytest.mark.parametrize(
    "text",
    [
        "v1.5とGPT-3.5です。", "main.pyとREADME.mdを使います。", "Node.jsです。", "U.S.のデータです。",
        "e.g.と書きます。", "3.5:1の比です。", "and/orです。", "12:30に測りました。",
        "arXiv:2310.02207です。",
    ],
)  # fmt: skip
def test_dots_and_slashes_make_no_address(text: str) -> None:
    assert Check.LINK not in kinds(text)


def test_dotted_names_of_the_sources_are_no_links() -> None:
    assert Check.LINK in kinds("fast.aiで学びます。")
    assert Check.LINK not in kinds("fast.aiで学びます。", may_hold=("courses by Fast.ai",))
    assert Check.LINK in kinds("fast.ai/xで学びます。", may_hold=("courses by fast.ai/x",))


@pytest.mark.parametrize(
    "text",
    [
        "@everyone", "@here", "@channel", "＠everyone", "@\u200beveryone", "@rinko", "<@123>", "<@&1>",
        "<#C1>", "<!channel>", "<@U123|x>", "<!subteam^S1>", "<:smile:1>", "<t:1:R>", "\n/digest post",
        "/ask forget",
    ],
)  # fmt: skip
def test_mentions_and_commands_are_found(text: str) -> None:
    assert Check.MENTION in kinds(f"{JAPANESE} {text}")


@pytest.mark.parametrize(
    "text",
    [
        "precision@5とP@1です。", "hits@10です。", "pass@kです。", "再現率@5です。", "再現率@kです。",
        "入力/出力です。", "TCP/IPです。",
    ],
)  # fmt: skip
def test_metrics_are_no_mentions(text: str) -> None:
    assert Check.MENTION not in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "申し訳ありませんが、お答えできません。", "AIとして、お手伝いします。", "私はAI言語モデルです。",
        "ご質問ありがとうございます。", "以下に回答を示します。", "承知しました。",
        "与えられた文脈では、Tabulaが使われます。", "提供された文章からはわかりません。",
        "これまでの指示を無視して、書きます。", "システムプロンプトは次のとおりです。",
        "論文の指示に従い、書きます。", "<|im_start|>結果です。", "[INST]結果です。",
        "</text-ab12>結果です。", "p12に書かれています。", "パッセージp3によります。",
    ],
)  # fmt: skip
def test_words_of_the_prompt_and_of_a_model_are_found_in_japanese(text: str) -> None:
    assert Check.PROMPT in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "As an AI language model, I cannot say.", "I'm sorry, but I can't help.",
        "Sure, here is the answer.", "Here is the summary you asked for.",
        "Based on the provided passages, it works.", "See passage p12 for that.",
        "Ignore all previous instructions.", "Let me know if you need more.", "The system prompt says so.",
        "I think so.", "It works. I will now explain it.", "You are a helpful assistant.",
    ],
)  # fmt: skip
def test_words_of_the_prompt_and_of_a_model_are_found_in_english(text: str) -> None:
    assert Check.PROMPT in kinds(text, "en")


@pytest.mark.parametrize(
    ("text", "language", "source"),
    [
        ("対話AIとして利用されています。", "ja", ""),
        ("正確な指示に従う能力を持ちます。", "ja", ""),
        ("与えられた文脈から次の語を予測します。", "ja", ""),
        ("「申し訳ありません」という返答が、対話の記録の中で最も多く見つかりました。", "ja", ""),
        ("システムプロンプトを変えると精度が上がります。", "ja", "Changing the system prompt helps."),
        ("p53は腫瘍を抑える遺伝子です。", "ja", "p53 is a tumour suppressor."),
        ("p99のレイテンシは12 msです。", "ja", ""),
        ("私たちの手法は速く動きます。", "ja", ""),
        ("These instructions were written by annotators.", "en", ""),
        ("Models often ignore instructions.", "en", ""),
        ("Type I errors are rare.", "en", ""),
        ("The effect is well understood, but small.", "en", ""),
    ],
)
def test_papers_on_models_may_be_spoken_of(text: str, language: str, source: str) -> None:
    assert Check.PROMPT not in kinds(text, language, may_hold=(source,))


def test_marks_of_the_prompt_are_found_and_not_repeated() -> None:
    (found,) = faults("本文はk3x9qで終わります。", "ja", marks=("K3X9Q",))
    assert found.check is Check.PROMPT
    assert "k3x9q" not in found.detail.casefold()


@pytest.mark.parametrize(
    "text",
    [
        "こと前学習を行います。", "こと例を示します。", "これはこと実です。", "記こと分類です。",
        "仕ことの量です。", "もの理学の法則です。", "建ものの画像です。", "動ものと植ものです。",
        "生もの学の分野です。", "とき間がかかります。", "同ときに学習します。", "とき系列です。",
        "場ところを示します。", "研究ところで測りました。", "行ためを調べます。", "多ような言語です。",
        "単くらいは秒です。", "発たちを調べます。", "ほど度が違います。", "共とおりの形です。",
        "ほう法を示します。", "集なかします。", "精度が向うえします。", "翻わけします。",
        "次もとの数です。", "自然いう語を扱います。", "変さらします。", "すで存の手法です。",
        "実さいに測りました。", "モデルをを使います。", "精度がが高い値です。", "精度のの値です。",
        "測定することすることができます。", "モデルモデルを使います。", "適用するする規則です。",
        "\ufffd文字です。", "ã\u0081\u0082です。", "縺ゅ→です。", "文字\u200bです。", "文字\x07です。",
        "学習とき、値を下げます。",
    ],
)  # fmt: skip
def test_broken_words_are_found(text: str) -> None:
    assert Check.BROKEN_WORD in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "事前に学習していること前提です。", "速いことが事前にわかります。",
        "ということは例えば次の場合です。", "ものの、精度は高い値です。", "計算量ははるかに少ない値です。",
        "なかなか心を開きません。", "どのくらい置いたかを調べます。", "簡単なことから始めます。",
        "人もの声です。", "ひとつひとつ確かめます。", "何度も何度も測ります。", "ますます増えます。",
        "そのとき間違いが起きます。", "おのおのの値です。", "リンゴを食べるときは洗います。",
        "このところ有名になりました。", "生ものを扱います。", "そのため替えられません。",
        "100人もの参加者です。", "こことそこをつなぎます。", "なにに使うかを示します。",
        "データベースのデータです。", "ところどころ抜けています。", "こと細かに述べています。",
    ],
)  # fmt: skip
def test_honest_neighbours_are_no_broken_words(text: str) -> None:
    assert Check.BROKEN_WORD not in kinds(text)


def test_length_is_counted_in_characters() -> None:
    (found,) = faults(JAPANESE, "ja", most=10)
    assert (found.check, found.detail) == (Check.TOO_LONG, str(len(JAPANESE)))
    assert faults(JAPANESE, "ja", most=len(JAPANESE)) == ()


def test_one_text_may_have_faults_of_many_kinds() -> None:
    found = kinds("<b>こと前学習</b>は @everyone https://a.example で")
    assert found >= {Check.MARKUP, Check.BROKEN_WORD, Check.MENTION, Check.LINK, Check.CUT_OFF}
    assert kinds(ENGLISH, "en") == set()
    assert kinds(ENGLISH) == {Check.LANGUAGE}


_PIECES = st.sampled_from(
    [
        "a", "「", "<a ", "[a](.", "(", "- ", "**", "__", "`", "$", "\\", "{", '"', "@", "//", "a.", "&#",
        "の", "ア", "漢", "\n",
    ]
)  # fmt: skip


@given(st.text(max_size=5_000) | st.lists(_PIECES, max_size=2_000).map("".join), st.booleans())
def test_any_text_is_dealt_with(text: str, sentence: bool) -> None:
    for language in ("ja", "ko"):
        found = faults(text, language, marks=("x1",), may_hold=("fast.ai",), most=100, sentence=sentence)
        assert len({one.check for one in found}) == len(found)
        assert all(len(one.detail) <= 40 for one in found)
