"""Pure: maths written as `$…$` in running text, made readable without a typesetter."""

from __future__ import annotations

import re
from dataclasses import dataclass

# A formula opens before and closes after something that is no space, and no digit follows it:
# so "$5 and $10" are sums of money.
_FORMULA = re.compile(r"(?<![\\$])\$\$?(?![\s$])((?:\\.|[^$\\]){1,400}?)(?<!\s)\$\$?(?![\d$])", re.DOTALL)

_SYMBOLS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "varphi": "φ",
    "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ",
    "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "times": "×", "cdot": "·", "pm": "±",
    "mp": "∓", "div": "÷", "ast": "∗", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠",
    "approx": "≈", "sim": "∼", "equiv": "≡", "propto": "∝", "ll": "≪", "gg": "≫", "infty": "∞", "sum": "∑",
    "prod": "∏", "int": "∫", "partial": "∂", "nabla": "∇", "in": "∈", "notin": "∉", "subset": "⊂",
    "subseteq": "⊆", "cup": "∪", "cap": "∩", "emptyset": "∅", "forall": "∀", "exists": "∃", "neg": "¬",
    "land": "∧", "lor": "∨", "to": "→", "rightarrow": "→", "leftarrow": "←", "Rightarrow": "⇒",
    "leftrightarrow": "↔", "mapsto": "↦", "uparrow": "↑", "downarrow": "↓", "oplus": "⊕", "otimes": "⊗",
    "odot": "⊙", "circ": "∘", "dagger": "†", "star": "⋆", "ldots": "…", "dots": "…", "cdots": "⋯",
    "langle": "⟨", "rangle": "⟩", "ell": "ℓ", "Re": "ℜ", "Im": "ℑ", "mid": "|", "parallel": "∥", "prime": "′",
    "degree": "°", "top": "⊤", "quad": " ", "qquad": " ", "left": "", "right": "", "big": "", "Big": "",
    "limits": "", "displaystyle": "", "nonumber": "", "lVert": "‖", "rVert": "‖", "lfloor": "⌊",
    "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
}  # fmt: skip
_ESCAPES = {r"\%": "%", r"\_": "_", r"\{": "{", r"\}": "}", r"\#": "#", r"\&": "&", r"\$": "$", r"\|": "‖",
            r"\,": " ", r"\;": " ", r"\:": " ", r"\ ": " ", r"\!": "", r"\\": " "}  # fmt: skip
_SUPER = dict(zip("0123456789+-=()niTt*′", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵀᵗ*′", strict=True))
_SUB = dict(zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_BOARD = dict(zip("CHNPQRZEI", "ℂℍℕℙℚℝℤ𝔼𝕀", strict=True))

_GROUP = r"\{((?:[^{}]|\{[^{}]*\})*)\}"
_WRAPPED = re.compile(
    r"\\(?:text|textrm|textbf|textit|mathrm|mathbf|mathit|mathsf|mathtt|mathcal|mathscr|boldsymbol|bm|"
    r"operatorname\*?|hat|bar|tilde|vec|overline|underline|mbox)\s*" + _GROUP
)
_FRACTION = re.compile(r"\\[dt]?frac\s*" + _GROUP + r"\s*" + _GROUP)
_ROOT = re.compile(r"\\sqrt\s*" + _GROUP)
_SCRIPT = re.compile(r"([\^_])(?:" + _GROUP + r"|(.))")
_BRACED = re.compile(r"(?<!\\)[{}]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; `maths` is true for what stood between dollar signs, made readable."""

    text: str
    maths: bool = False


def pieces(text: str) -> tuple[Piece, ...]:
    """Running text cut into prose and formulas, each formula made readable."""
    found: list[Piece] = []
    at = 0
    for match in _FORMULA.finditer(text):
        if match.start() > at:
            found.append(Piece(text[at : match.start()]))
        found.append(Piece(formula(match[1]), maths=True))
        at = match.end()
    if at < len(text):
        found.append(Piece(text[at:]))
    return tuple(found)


def readable(text: str) -> str:
    """Running text with its formulas made readable, for places that cannot set them apart."""
    return "".join(piece.text for piece in pieces(text))


def formula(tex: str) -> str:
    r"""A formula as characters: `O(n^2)` is `O(n²)`, `\alpha_i \times 3` is `αᵢ × 3`.

    What has no such form keeps its own spelling; nothing is left out but typesetting.
    """
    for _ in range(4):  # groups stand within groups, seldom deeper
        before = tex
        tex = _WRAPPED.sub(r"\1", tex)
        tex = _FRACTION.sub(lambda m: f"{_fenced(m[1])}/{_fenced(m[2])}", tex)
        tex = _ROOT.sub(lambda m: f"√{_fenced(m[1])}", tex)
        tex = re.sub(r"\\mathbb\s*\{?([A-Z])\}?", lambda m: _BOARD.get(m[1], m[1]), tex)
        if tex == before:
            break
    tex = re.sub(r"\\([A-Za-z]+)", lambda m: _SYMBOLS.get(m[1], m[1]), tex)
    tex = _SCRIPT.sub(_script, tex)
    tex = _BRACED.sub("", tex)
    tex = re.sub(r"\\[%_{}#&$|,;: !\\]", lambda m: _ESCAPES[m[0]], tex)
    return " ".join(tex.split())


def _fenced(part: str) -> str:
    """A part of a fraction, in brackets where it is more than one term."""
    return f"({part})" if re.search(r"[\s+\-/]", part.strip()) else part.strip()


def _script(match: re.Match[str]) -> str:
    """A raised or lowered group as Unicode where all of it has such a form, else as written."""
    inner = match[2] if match[2] is not None else match[3]
    inner = inner.strip().replace("−", "-")
    forms = _SUPER if match[1] == "^" else _SUB
    if inner and all(character in forms for character in inner):
        return "".join(forms[character] for character in inner)
    if match[1] == "^" and inner in {"∘", "°"}:
        return "°"
    if match[1] == "^" and inner == "⊤":
        return "ᵀ"
    return f"{match[1]}{inner}" if len(inner) == 1 else f"{match[1]}({inner})"
