from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mathtext import formula, pieces, readable


@pytest.mark.parametrize(
    ("tex", "shown"),
    [
        (r"O(n^2)", "O(n²)"),
        (r"\alpha_i \times 3", "αᵢ × 3"),
        (r"10^{-4}", "10⁻⁴"),
        (r"x_{t+1}", "xₜ₊₁"),
        (r"\mathbb{R}^{d}", "ℝ^d"),
        (r"\frac{a+b}{c}", "(a+b)/c"),
        (r"\frac{1}{2}", "1/2"),
        (r"\sqrt{d_k}", "√dₖ"),
        (r"\text{softmax}(QK^\top/\sqrt{d_k})", "softmax(QKᵀ/√dₖ)"),
        (r"90\%", "90%"),
        (r"\{1, 2\}", "{1, 2}"),
        (r"90^\circ", "90°"),
        (r"w_{max}", "wₘₐₓ"),
        (r"W_{QK}", "W_(QK)"),
        (r"\log n", "log n"),
    ],
)
def test_formulas(tex: str, shown: str) -> None:
    assert formula(tex) == shown


@pytest.mark.parametrize(
    "text", ["It costs $5 and $10.", "a $ b $ c", r"\$3 and \$4", "price: $20", "snake_case and x^2", ""]
)
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert readable(text) == text


def test_running_text_is_cut_into_prose_and_formulas() -> None:
    found = [(piece.text, piece.maths) for piece in pieces("誤差は$10^{-4}$、次元は$$d$$です。")]
    prose, formulas = ("誤差は", "、次元は", "です。"), ("10⁻⁴", "d")
    assert [text for text, maths in found if not maths] == list(prose)
    assert [text for text, maths in found if maths] == list(formulas)
    assert readable("誤差は$10^{-4}$です。") == "誤差は10⁻⁴です。"


@given(st.text(alphabet=r"$\{}^_ab1 frac", max_size=60))
def test_any_text_is_taken(text: str) -> None:
    assert isinstance(readable(text), str)
