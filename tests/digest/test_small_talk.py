"""What plainly asks nothing is told from questions, those without a question mark among them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.small_talk import asks_nothing


@pytest.mark.parametrize(
    "text",
    [
        "thanks!", "Thank you so much 🙏", "Thanks, Ann!", "thx", "OK", "ok, got it", "I see.",
        "Got it, thanks!", "nice paper!", "Very interesting.", "lol", "haha", "+1", "👍",
        "Makes sense. Thanks everyone!", "I agree", "Thanks for the explanation.",
        "Thank you, that helps a lot!", "Good morning all", "I'll read it later.",
        "I really liked the second experiment.", "wow, great work", "sorry", "Yes.", "Hi there", "…",
        "ありがとう！", "ありがとうございます🙇", "ありがとうございました。助かりました！",
        "ご説明ありがとうございます。", "丁寧なご回答ありがとうございます", "了解です", "承知しました。",
        "なるほど", "なるほどですね、ありがとうございます", "わかりました！", "すごい", "面白いですね",
        "とても参考になりました", "勉強になります。", "お疲れさまです", "笑", "www", "草", "はい",
        "確かに！", "そうですね", "後で読みます", "いい論文ですね", "田中さん、ありがとうございます",
        "おはようございます", "この結果は妥当だと思います。", "ＯＫ", "いいね👍",
    ],
)  # fmt: skip
def test_small_talk_asks_nothing(text: str) -> None:
    assert asks_nothing(text)


@pytest.mark.parametrize(
    "text",
    [
        "Why?", "ok?", "thanks, how large is the data", "Thanks. What about the baseline",
        "explain the loss", "the learning rate", "limitations", "tell me more", "more details please",
        "training data size", "I wonder whether it scales", "I don't understand figure 3",
        "I'd like to know the license", "Compare it with LoRA", "and on Japanese", "which GPUs",
        "no idea what the loss is", "code available", "Thank you! Now the ablation",
        "thanks for explaining. could you summarize section 3", "なぜ？", "データの規模", "もっと詳しく",
        "限界は", "学習率について", "どのくらい速いですか", "図3がわかりません",
        "ありがとうございます。では学習データはどうですか", "コードは公開されていますか",
        "ベースラインとの差", "手法を説明して", "LoRAとの違いを教えてください", "GPUは何枚",
        "つまり2倍速いということですね",
        "なるほど、では精度は", "日本語でも使えるのかな", "ライセンスが知りたいです",
    ],
)  # fmt: skip
def test_questions_without_a_mark_are_questions(text: str) -> None:
    assert not asks_nothing(text)


@given(st.text(max_size=200))
def test_whatever_has_a_question_mark_is_a_question(text: str) -> None:
    assert not asks_nothing(f"{text}?")
