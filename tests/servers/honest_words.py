"""What the stand-in for a good model says: sentences to put terms of a paper into."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_COMMON = """
    a about above across after again against all also although am among an and any are as at be because been
    before being below between both but by can cannot could did do does doing done down during each either
    else even ever every few for from further had has have having he her here hers him his how however i if in
    instead into is it its itself just less like made make makes many may me might more most much must my
    neither never no none nor not now of off often on once one only onto or other others our ours out over own
    per rather same several shall she should since so some still such than that the their them then there
    therefore these they this those though through thus to too toward towards under until up upon us use used
    uses using very via was we were what when where whether which while who whom whose why will with within
    without would yet you your et al e.g i.e fig figure table section first second third two three four five
    six seven eight nine ten new lower higher better worse best worst larger smaller faster slower fewer
    greater least half twice double triple fails fail failed lack lacks without n't
"""
COMMON = frozenset(_COMMON.split())
"""Words of grammar, and those that deny or compare, which a term had better not hold."""

_ASIDE = "paper papers authors author study work tell explain describe please 論文 著者 研究"
ASIDE = frozenset(_ASIDE.split())
"""What every question about a paper may hold."""

OFF_TOPIC = (
    "weather", "recipe", "joke", "capital of", "lottery", "horoscope", "poem about", "football",
    "天気", "レシピ", "料理", "冗談", "首都", "宝くじ", "占い", "サッカー",
)  # fmt: skip


@dataclass(frozen=True)
class Topic:
    """One thing readers ask: the words it shows in, and how to ask for it and to tell it."""

    words: re.Pattern[str]
    question: Mapping[str, str]
    answer: Mapping[str, str]


def _topic(words: str, ja: tuple[str, str], en: tuple[str, str]) -> Topic:
    return Topic(re.compile(words, re.IGNORECASE), {"ja": ja[0], "en": en[0]}, {"ja": ja[1], "en": en[1]})


TOPICS = (
    _topic(
        r"\bproblem|\bchalleng|\bdifficult|\bmotivat|課題|問題|困難|難し",
        ("出発点となった課題は何ですか?", "「{0}」をめぐる事情が出発点で、「{1}」が焦点です。"),
        ("What problem starts this work?", "It starts from “{0}”, with “{1}” at the centre."),
    ),
    _topic(
        r"\bpropos|\bpresent|\bintroduc|\bidea|提案|考え|着想",
        ("中心となる着想を教えてください。", "核になるのは「{0}」で、これを「{1}」に結びつけています。"),
        ("Which idea lies at the core?", "At its core is “{0}”, tied to “{1}”."),
    ),
    _topic(
        r"\bmethod|\bmodel|\bnetwork|\btrain|\barchitect|手法|方法|仕組み|モデル|学習",
        ("手法はどのように組み立てられていますか?", "「{0}」を土台に、「{1}」を組み込んだ構成です。"),
        ("How is the method built?", "It is built on “{0}” and works with “{1}”."),
    ),
    _topic(
        r"\bdata\b|\bdata ?set|\bcorpus|\bcollect|\bannotat|データ|コーパス|収集",
        ("どのようなデータを用いましたか?", "材料となったのは「{0}」です。あわせて「{1}」も扱っています。"),
        ("What data does it rest on?", "The material is “{0}”, together with “{1}”."),
    ),
    _topic(
        r"\bbaseline|\bcompar|\bversus|比較|ベースライン",
        ("何と比べて評価しましたか?", "評価の物差しには「{0}」を置き、「{1}」と突き合わせました。"),
        ("Against what is it measured?", "The yardstick is “{0}”, set beside “{1}”."),
    ),
    _topic(
        r"\bresult|\bachiev|\breduc|\bimprov|\bsav(?:e|es|ing)\b|\bscore|\baccura|%|結果|達成|向上|精度",
        ("得られた成果を教えてください。", "成果は「{0}」という記述に表れ、「{1}」がその中身です。"),
        ("What came out of it?", "The outcome shows in “{0}”, and concerns “{1}”."),
    ),
    _topic(
        r"\bablat|\bremov|\bcomponent|\beffect of|\bdrop|アブレーション|要素|影響",
        ("どの要素が結果を左右しましたか?", "効き目を調べた要素は「{0}」で、「{1}」にも目を配っています。"),
        ("Which part matters to the outcome?", "The part examined is “{0}”, next to “{1}”."),
    ),
    _topic(
        r"\blimit|\bfuture\b|\bplan to|\bremain|限界|制約|今後",
        ("残された限界や今後の予定は何ですか?", "積み残しとして「{0}」があり、「{1}」が話題に上っています。"),
        ("What is left open?", "Left open is “{0}”, along with “{1}”."),
    ),
    _topic(
        r"\bcode\b|\blicen[cs]e|\breleas|\bavailab|\bopen[- ]source|コード|ライセンス|公開",
        (
            "コードやライセンスはどうなっていますか?",
            "入手の手がかりは「{0}」で、条件には「{1}」が関わります。",
        ),
        ("Is there code, and on what terms?", "The way in is “{0}”; the terms involve “{1}”."),
    ),
    _topic(
        r"\bappl|\bpractic|\buser|\bdeploy|\breal[- ]world|応用|利用者|実用|現場",
        (
            "どのような場面で使えますか?",
            "想定される使い道は「{0}」で、相手や場所としては「{1}」が登場します。",
        ),
        ("Where could it be put to use?", "A use in sight is “{0}”, for instance with “{1}”."),
    ),
)

MORE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "ja": (
        ("「{0}」は何と関わりますか?", "つながりが深いのは「{0}」、および「{1}」です。"),
        ("「{0}」の話で押さえるべき語は何ですか?", "まず「{0}」、その次に「{1}」を押さえるとよいでしょう。"),
        ("「{0}」のところには何が出てきますか?", "登場するのは「{0}」、そして「{1}」です。"),
        (
            "「{0}」を読むときの手がかりは何ですか?",
            "読み解く糸口として「{0}」を挙げ、「{1}」を添えておきます。",
        ),
        (
            "「{0}」の周辺で注目すべき点はどこですか?",
            "目を留めたいのは「{0}」で、並んで「{1}」も見どころです。",
        ),
        ("「{0}」と一緒に語られるものは何ですか?", "一緒に語られるのが「{0}」、背景にあるのが「{1}」です。"),
        ("「{0}」から何へ話が進みますか?", "話は「{0}」へ進み、やがて「{1}」に行き着きます。"),
        ("「{0}」を支えるものは何ですか?", "支えになるのは「{0}」であり、脇を固めるのは「{1}」です。"),
        (
            "「{0}」について確かめられることは何ですか?",
            "確かめられるのは「{0}」という点、さらに「{1}」という点です。",
        ),
        ("「{0}」の説明に欠かせない言葉は何ですか?", "説明の要は「{0}」で、補いとなるのは「{1}」です。"),
    ),
    "en": (
        ("What is “{0}” bound up with?", "It is bound up with “{0}” and “{1}”."),
        ("Which terms go with “{0}”?", "Begin with “{0}”; after that comes “{1}”."),
        ("What turns up around “{0}”?", "What turns up is “{0}”, then “{1}”."),
        ("What helps to read about “{0}”?", "A clue is “{0}”, and “{1}” adds to it."),
        ("What stands out near “{0}”?", "“{0}” stands out, as does “{1}” beside it."),
        ("What is told together with “{0}”?", "“{0}” belongs to that story; “{1}” is its background."),
        ("Where does “{0}” lead?", "The thread leads on to “{0}” and ends at “{1}”."),
        ("What supports “{0}”?", "Support comes from “{0}”, backed by “{1}”."),
        ("What can be confirmed on “{0}”?", "The text confirms “{0}” there, and also “{1}”."),
        ("Which words explain “{0}”?", "The explanation hinges on “{0}”, with “{1}” as a complement."),
    ),
}
"""Questions on whatever a sentence is about, for papers whose topics do not give enough."""

GIST = {
    "ja": "「{0}」から出発し、「{1}」を明らかにした研究です。",
    "en": "This work sets out from “{0}” and sheds light on “{1}”.",
}
SUMMARY = {
    "ja": (
        "提案の柱は「{0}」で、「{1}」がそれに続きます。",
        "手法の面では「{0}」と「{1}」を用いています。",
        "検証の材料は「{0}」で、「{1}」も含まれます。",
        "評価では「{0}」と「{1}」を並べています。",
        "最後に「{0}」を示し、「{1}」に触れています。",
    ),
    "en": (
        "What it proposes is “{0}”, followed by “{1}”.",
        "Its method draws on “{0}” and “{1}”.",
        "The evidence comes from “{0}”, including “{1}”.",
        "The evaluation sets “{0}” beside “{1}”.",
        "In the end it shows “{0}” and touches on “{1}”.",
    ),
}
TITLE = "論文「{0}」の紹介"
ABSTRACT = "この要旨は、取り組んだ課題とその背景を述べ、続いて手法と得られた成果をまとめています。"
ANSWERS = {
    "ja": (
        "要点は「{0}」で、「{1}」がそこに関わります。",
        "これとは別に「{0}」も取り上げられ、「{1}」に結びつけられています。",
        "加えて、手がかりとなるのが「{0}」や「{1}」です。",
    ),
    "en": (
        "The point is “{0}”, which involves “{1}”.",
        "Apart from that, “{0}” comes up in connection with “{1}”.",
        "Further clues are “{0}” and “{1}”.",
    ),
}
LINES = {
    "ja": (
        "「{0}」と「{1}」のように、身近な対象から出発する研究が並びました。",
        "「{0}」や「{1}」では、手もとの材料を生かす工夫が見られます。",
        "「{0}」と「{1}」は、検証のしかたにも力を入れています。",
    ),
    "en": (
        "Work such as “{0}” and “{1}” starts from things close at hand.",
        "In “{0}” and “{1}”, authors make the most of the material they have.",
        "Both “{0}” and “{1}” put effort into how claims are tested.",
    ),
}
