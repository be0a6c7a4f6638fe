"""The language of questions, and what of a text is not in the language it should be in."""

from __future__ import annotations

import subprocess
import sys

import pytest

from digest.language import foreign, of_question


@pytest.mark.parametrize(
    ("question", "fallback", "language"),
    [
        ("どのデータを使いましたか?", "en", "ja"),
        ("BERTのF1は?", "en", "ja"),
        ("BERT-large-uncased-whole-word-maskingとの比較は?", "en", "ja"),
        ("What does もの mean in this paper?", "ja", "en"),
        ("이 논문의 방법은 무엇입니까?", "ja", "ko"),
        ("性能比較", "ja", "ja"),
        ("性能比較", "en", "zh"),
        ("这篇论文的方法是什么", "ja", "zh"),
        ("What is BitNet?", "ja", "en"),
        ("latency", "ja", "en"),
        ("Compare BLEU scores", "ja", "en"),
        ("Quels jeux de données ont été utilisés ?", "ja", "fr"),
        ("Was ist der Unterschied zu BERT?", "en", "de"),
        ("Кто авторы?", "en", "ru"),
        ("BERT", "ja", "ja"),
        ("123?", "ja", "ja"),
        ("", "en", "en"),
    ],
)
def test_a_question_tells_its_language(question: str, fallback: str, language: str) -> None:
    assert of_question(question, fallback) == language


def test_plain_questions_are_told_apart_without_the_slow_model() -> None:
    asked = ["どの手法ですか?", "How many parameters does the model have?", "GPT-4?", "이 논문은?", "方法は?"]
    script = (
        "import sys; from digest.language import of_question; "
        f"[of_question(text, 'ja') for text in {asked!r}]; print('py3langid' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("BERT、RoBERTa、ALBERTと比べています。", "ja"),
        ("「Attention Is All You Need」で提案されたTransformerを使っています。", "ja"),
        ("GPT-4 Turbo、Claude 3 Opus、Gemini 1.5 Proの3つです。", "ja"),
        ("Retrieval-Augmented Generation(RAG)は、検索した文書を生成に使います。", "ja"),
        ("Large Language Models are Few-Shot Learnersという論文です。", "ja"),
        ("It is called “輪講”, a reading circle.", "en"),
        ("The model beats 3 of 4 baselines.", "en"),
        ("Das Modell ist besser als alle anderen Modelle, die wir geprüft haben.", "de"),
        ("이 모델은 Transformer와 BERT를 사용합니다.", "ko"),
        ("该模型使用 Transformer 和 BERT。", "zh"),
    ],
)
def test_text_in_its_language_passes(text: str, language: str) -> None:
    assert foreign(text, language) == ""


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The model is better than all of the others in this study.", "ja"),
        ("モデルの精度です。This is because the model was trained on more data than before.", "ja"),
        ("该模型在所有任务中都优于其他模型，这是因为使用了更多的数据。", "ja"),
        ("이 모델은 다른 모델보다 정확합니다.", "ja"),
        ("Модель точнее других.", "ja"),
        ("この手法は精度を上げます。", "en"),
        ("The method 提案手法 improves accuracy.", "en"),
        ("On a constaté que personne ne voulait reprendre l'ancienne lampe dans la maison.", "en"),
        ("The model is better than all of the others in this study.", "ko"),
        ("この手法は精度を上げます。とても良い方法です。", "zh"),
        ("The lamp is switched on when readers need more light in the evening.", "de"),
    ],
)
def test_text_in_another_language_is_found(text: str, language: str) -> None:
    assert foreign(text, language)


def test_titles_may_do_without_kana() -> None:
    assert foreign("自然言語処理", "ja", sentence=False) == ""
    assert foreign("大規模言語処理技術研究動向調査報告", "ja", sentence=False) == ""
    assert foreign("大语言模型的新方法是这样", "ja", sentence=False)


def test_names_of_the_sources_may_be_in_another_script() -> None:
    question = "What problem does うなずき address?"
    assert foreign(question, "en", sentence=False)
    assert foreign(question, "en", may_hold=("うなずき 120M：相づち予測モデル",), sentence=False) == ""
