"""The ten things a reader would ask of any paper, and how a sentence that answers shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass

Pattern = re.Pattern[str]


@dataclass(frozen=True)
class Topic:
    """One thing to ask. `must` has to be there; each cue a sentence shows adds its weight."""

    name: str
    must: Pattern
    cues: tuple[tuple[Pattern, float], ...]
    sections: Pattern
    """Titles of the sections that speak of it."""
    barred: Pattern
    """What a sentence on something else shows."""
    headed: Pattern | None = None
    """Titles of sections that speak of nothing else, so that any sentence there does."""
    outside: float = 0.0
    """What standing in another section takes away."""
    early: float = 0.0
    """What standing at the document's beginning adds; less than 0 where the end is likelier."""
    abstract: float = 0.0
    """What standing in the abstract adds."""
    numbers: bool = False
    """Whether an answer has to hold a number that is a result."""


def _says(plain: str, *patterns: str) -> Pattern:
    """Any of some words or patterns. In `plain`, `_` is a space and `*` any ending of a word."""
    english: list[str] = []
    other: list[str] = []
    for token in plain.split():
        written = re.escape(token).replace("_", r"\s+").replace(r"\*", r"\w*").replace(r"\-", "-?")
        (english if token.isascii() else other).append(written)
    ways = [rf"\b(?:{'|'.join(english)})\b"] if english else []
    return re.compile("|".join([*ways, *other, *patterns]), re.IGNORECASE)


_WE = r"(?:\b(?:we|I)|\bour\b[^.]{0,40}|\bthis (?:paper|work|study|article|survey)|本(?:稿|研究|論文|手法)|提案手法)"
_OPENING = "abstract introduction motivation background はじめに 序論 概要 背景 まえがき 緒言"
_CLOSING = "conclusion* conclud* discussion outlook summary おわりに 結論 まとめ 考察 議論"
_NAME = r"(?<![\w-])(?-i:(?=\w*[A-Z]\w*[A-Z])[A-Za-z]\w*(?:-\w+)*|[A-Z][a-z]+\d\w*)"

PROBLEM = Topic(
    "problem",
    _says(
        "problem* challeng* difficult* lack lacks lacking costly expensive unclear bottleneck* obstacle* gap"
        " struggl* suffer* hard_to harder_to fail_to fails_to failed_to limited under-explored brittle"
        " little_is_known little_attention little_work no_prior no_previous no_existing vulnerable prone_to"
        " impractical prohibitive* scarce cannot costs"
        " 課題 問題 困難 難し 不足 十分でな 十分ではな 明らかに(?:は|なって) できない できていない 少な 限られ 負担"
    ),
    (
        (_says("", r"\b(?:main|key|major|central|critical) (?:problem|challenge|obstacle|difficulty|bottleneck)",
               r"(?:大きな|重要な|主な)(?:課題|問題)|(?:課題|問題)(?:が|で|と)(?:あ|な|残)"), 1.0),
        (_says("however yet despite although while unfortunately but しかし 一方"), 0.5),
        (_says("existing current previous most many traditional conventional standard typical*"
               " 既存 従来 現在 多く"), 0.4),
    ),
    _says(_OPENING + " problem 問題 課題"),
    _says("we_propose we_introduce we_present we_release we_show we_find we_use we_train future_work baseline*"
          " for_example an_example 提案する 今後", r"\bfirst to\b|\?$"),
    outside=1.2,
    early=1.0,
    headed=_says("", r"^[\d.\s]*(?:(?:the )?problem|motivation)\b|(?:課題|問題)$"),
)  # fmt: skip

IDEA = Topic(
    "idea",
    _says(
        "",
        _WE + r"\b[^.]{0,60}?\b(?:propos|introduc|present|develop|describ|investigat|study|studies|explor|argu"
        r"|show|examin|survey|review|analy[sz]|build|built|aim|ask|test|report|offer)\w*",
        r"\bour (?:key|main|central|core) (?:idea|insight|contribution|hypothesis|goal|observation)",
        r"(?:本(?:稿|研究|論文|手法)|我々|筆者ら).*(?:提案|導入|構築|開発|検討|調査|検証|報告|示す|目的|行う|行った|分析|試み|目指|運用)",
        r"を提案(?:する|した|し)|目的(?:は|とする|とした)",
    ),
    (
        (_says("", r"\b(?:we|I|this (?:paper|work|study|article)) (?:therefore |thus |then |also )?"
               r"(?:propose|introduce|present)s?\b|提案(?:する|した|し)|導入(?:する|した)"), 1.2),
        (_says("idea_is aims_to", r"\bour (?:key|main|central|core) (?:idea|insight|contribution)|目的(?:は|と)"), 1.0),
        (_says("in_this_paper in_this_work in_this_study this_paper this_work 本稿では 本研究では 本論文では"), 0.6),
        (_says("novel new simple first 新た 新し 初めて"), 0.3),
    ),
    _says(_OPENING + " contribution* " + _CLOSING),
    _says("organized_as remainder_of future baseline* 構成は",
          r"\b(?:section|appendix|table|figure|§) ?\d|第?\d節|[図表]\s?\d"),
    outside=1.2,
    early=1.2,
    headed=_says("contributions 貢献"),
    abstract=0.6,
)  # fmt: skip

_WORKS = (
    r"\b(?:our|the) (?:[\w-]+ ){0,2}?(?:model|method|approach|system|framework|architecture|algorithm|network|pipeline|encoder"
    r"|decoder)s?\b.{0,40}\b(?:consists? of|is (?:composed|made up) of|is (?:based|built) on|comprises?|works? by|is trained|takes?|uses?"
    r"|reads?|learns?|predicts?|produces?|has|have|maps?|combines?|adds?|stores?|keeps?)\b"
)
_WE_DO = (
    r"\b(?:we|I) (?:first |then |also |further |next |finally )?(?:use|train|apply|employ|adopt|extract|feed|encode|compute|model|fine-?tune"
    r"|combine|replace|optimi[sz]e|learn|add|split|define|formulate|represent|initiali[sz]e|generate|construct|design|map|project|select"
    r"|score|store|keep|read|mark|divide|give|integrate|treat|build)\b"
)
METHOD = Topic(
    "method",
    _says("構成され 入力とし 出力する 学習させ", _WORKS, _WE_DO, r"\b(?:is|are) (?:then )?fed (?:in)?to\b",
          r"(?:を用い|を利用|を適用|を計算|を抽出|に変換|を生成|に分割|を付与|を選|を入力|から(?:構成|成)|で構成)"),
    (
        (_says("構成され 入力とし 出力する 学習させ", _WORKS, r"から(?:構成|成)|を入力"), 1.3),
        (_says("", _WE_DO, r"(?:提案手法|本手法|本研究|本稿|モデル)(?:は|では|に).*(?:を用い|を利用|を適用|を計算|を抽出|に変換|を生成|に分割|を付与|を選)"), 1.0),
        (_says("layer* encoder decoder network* classifier attention module* embedding* loss representation*"
               " features input output vector* 層 エンコーダ デコーダ 特徴量 損失 ベクトル 埋め込み"), 0.5),
    ),
    _says("method* approach* model* architecture* framework algorithm* proposed design system how_it"
          " 提案 手法 方法 モデル アプローチ 構成 システム"),
    _says("baseline* ablat* annotat* future compare evaluate observe find found show noticed release"
          " outperform* state-of-the-art test_set test_setting borrowed literature in_section"
          " ベースライン 今後 比較 可能性 評価する 評価した 評価用 common_strategy", r"^(?!.*\b(?:we|our)\b).*\bet al"),
    outside=1.0,
    headed=_says("", r"^[\d.\s]*(?:(?:the|our|proposed) )?(?:methods?|approach|how it works)$|提案手法$|^[\d.\s]*(?:手法|方法)$"),
)  # fmt: skip

DATA = Topic(
    "data",
    _says("dataset* data_set* corpus corpora data benchmark* test_set* training_set* データ コーパス ベンチマーク"),
    (
        (_says("consists_of contains contain comprises comprising collected annotated gathered crawled drawn_from"
               " sampled compiled sourced totals includes scraped recorded"
               " 収集 構築 作成 からなる から成る 含む 含まれ 抽出 使用する 使用し 用いた 用いる 注釈 アノテーション"), 1.2),
        (_says("trained_on evaluated_on tested_on",
               r"\bwe (?:use|evaluate on|train on|collect|build|construct|create|test on|experiment (?:on|with))\b",
               r"データ(?:セット)?(?:を|として)(?:用い|使用|構築|作成|収集)"), 1.0),
        (_says("", r"\d[\d,.]*\s?(?:k|m|[a-z-]+ ){0,2}(?:sentences|examples|samples|documents|images|papers|words|tokens"
               r"|questions|tweets|pairs|records|hours|instances|articles|recipes|people|participants|reports|posts"
               r"|users|items|days|accounts|rows|messages|visits|nights|characters)\b",
               r"\d[\d,]*\s?(?:件|文|個|人|名|語|組|枚|問|時間|年分|本|日)"), 1.0),
    ),
    _says("data dataset* corpus corpora material* experiment* set-up setting* データ コーパス 実験"),
    _says("baseline* ablat* future outperform* lack_of privacy data-driven recommend*"
          " 今後 ベースライン 目指", r"publicly available at"),
    headed=_says("", r"\b(?:data|data ?sets?|corpus|corpora|materials?|recordings)$|(?:データ|コーパス|データセット)$"),
)  # fmt: skip

BASELINES = Topic(
    "baselines",
    _says(
        "ベースライン 比較手法 比較対象 比較モデル と比較 従来手法 既存手法",
        r"\bbaselines? (?:is|are|was|were|include|systems?|models?|methods?|that|we)\b|\bas (?:an? |our |the |strong )*"
        r"(?:baselines?|reference|control)\b|\bbaselines?\b.{0,60}" + _NAME + "|" + _NAME + r".{0,60}\bbaselines?\b",
        r"\bcompar(?:e|ed|es|ing)\b.{0,60}\b(?:with|to|against)\b|\btwo (?:\S+ )?baselines|\bbaselines? of\b",
    ),
    (
        (_says("baseline* ベースライン 比較手法 比較対象"), 0.8),
        (_says("we_compare we_also_compare", r"\bcompared? (?:it |our \w+ |them |this |the \w+ )?(?:with|to|against)\b"
               r"|\bbaselines? (?:are|is|include|were|was)\b|\bas (?:an? |our |strong |the )*baselines?\b",
               r"と比較(?:する|した)|を比較(?:手法|対象)|ベースライン(?:と|に|は)"), 1.0),
        (_says("random majority svm logistic_regression lstm rule", _NAME), 0.5),
    ),
    _says("baseline* experiment* set-up setting* comparison* compared evaluation 比較 ベースライン 実験 評価"),
    _says("ablat* future outperform* outperforming improv* better worse higher lower gain* favorabl* competes prefer*"
          " surpass* more_coherent reported_in 今後 上回 向上 高い 低い", r"\d%|\bthis (?:baseline|as|was|is)\b|\bobserve\b|\bimpact\b"),
    outside=0.5,
    headed=_says("", r"\bbaselines?$|\bcompared$|\bcompetitors$|(?:ベースライン|比較対象|比較手法)$"),
)  # fmt: skip

RESULTS = Topic(
    "results",
    _says(
        "achiev* improv* outperform* accurac* f1 bleu rouge point points score* gain* increas* reduc* faster slower"
        " better best worse lower higher drop* result* wins won agree* correct* error_rate* perplexity recall precision"
        " win_rate percent cut fell rose 精度 正解率 F値 スコア ポイント 向上 改善 上回 達成 低下 高い 高く 高か"
        " 得られ 結果 減少 減ら 減った 一致 倍", "%"
    ),
    (
        (_says("achiev* outperform* improv* reduc* gain* increas* surpass* exceed* obtain* reach* rais* cut fell drop*"
               " 達成 上回 向上 改善 得られ 低下 減少 短縮"), 1.0),
        (_says("", r"\d(?:\.\d+)?\s?(?:%|％|points?\b|ポイント|x\b|倍|点|percent)|\b\d+\.\d+\b"), 0.8),
        (_says("our proposed we 提案手法 本手法 本研究"), 0.4),
        (_says("compared_to compared_with than over versus against に比べ に対し より",
               r"\bfrom .{1,30} to\b|\bvs\.?\s"), 0.4),
    ),
    _says("result* experiment* evaluation abstract finding* performance 結果 実験 評価 概要 " + _CLOSING),
    _says("ablat* future batch_size learning_rate dropout hidden_size hidden_units epoch epochs 学習率 バッチ 今後"),
    numbers=True,
    abstract=0.8,
)  # fmt: skip

ABLATIONS = Topic(
    "ablations",
    _says(
        "",
        r"(?:\bablat\w+|\bremov(?:e|es|ed|ing)\b|\bwithout\b|\bw/o\b|\bomit\w*|\bleaving out\b|\btak(?:ing|e) away\b"
        r"|\b(?:effect|impact|contribution|importance|influence) of\b|\bwhen we (?:replace|disable|leave|take|shuffle)).{0,160}"
        r"\b(?:drop|decreas|reduc|degrad|hurt|lower|worse|improv|increas|rais|fall|fell|los[est]|cost|most|largest|no effect"
        r"|little|helps?|import|gain|signific|crucial)\w*",
        r"\b(?:drop|decreas|degrad|hurt|worse|fall|fell|los[est]|cost)\w*\b.{0,120}\b(?:without|remov(?:ed|ing)|omit\w*|ablat\w*)",
        r"\bmost (?:important|helpful|predictive|effective|useful) (?:feature|component|part|factor)",
        r"(?:アブレーション|除(?:い|く|去|外)|用いない|使わない|の(?:影響|効果|有無|寄与)|なしの|取り除|外).{0,60}"
        r"(?:低下|悪化|下が|減|向上|寄与|効果|重要|変わら|上が|差)",
    ),
    (
        (_says("ablat* アブレーション 除去 取り除 外す"), 1.0),
        (_says("", r"\b(?:remov|omit|without|leaving out|disabl)\w*\b.{0,100}\b(?:drop|decreas|reduc|degrad|hurt|lower|worse"
               r"|increas|rais|fall|fell|los[est]|cost|perform)\w*", r"除.{0,60}(?:低下|悪化|下が|減)|ない.{0,40}(?:低下|悪化|下が)"), 1.0),
        (_says("contributes_most contribute_most", r"\bmost (?:important|helpful|predictive|effective)\b|最も(?:寄与|効果|重要)"), 0.8),
        (_says("", r"\d(?:\.\d+)?\s?(?:%|points?\b|ポイント|点)"), 0.4),
    ),
    _says("ablat* analysis result* sensitivity experiment* effect impact influence アブレーション 分析 結果 実験 影響 効果 "
          + _CLOSING),
    _says("future pre-process* we_will we_plan duplicates stopwords punctuation 前処理 重複 今後",
          r"\b(?:present|apply|conduct|perform)\w*\b.{0,30}\bablat|without loss of|\?$"),
    outside=1.0,
    headed=_says("ablat* アブレーション"),
)  # fmt: skip

LIMITATIONS = Topic(
    "limitations",
    _says(
        "limitation* shortcoming* drawback* caveat* 限界 制限 制約 対象外 留意 苦手 課題が 課題と 課題は",
        _WE + r"\b.{0,80}\b(?:do(?:es)? not|did not|cannot|can't|could not|fail\w*|struggl\w*|(?:is|are|was|were) (?:limited"
        r"|restricted|unable|not able)|only (?:consider|evaluat|test|cover|stud|address|support|use|measur)\w*)",
        r"\bthe (?:model|method|approach|system|dataset|study|classifier)s?\b.{0,40}\b(?:cannot|could not|fails?|struggl\w*"
        r"|still|do(?:es)? not (?:handle|cover|account|general|consider|capture))",
        r"\bat the (?:cost|expense) of\b|\bremains? (?:difficult|challenging|unsolved|to be)\b",
        r"でき(?:な|て(?:い)?な)|考慮して(?:い)?な|困難|に限(?:ら|定)|のみを(?:対象|扱)|検証して(?:い)?な|失敗",
    ),
    (
        (_says("limitation* shortcoming* drawback* caveat* 限界 課題が 課題は 課題と"), 1.2),
        (_says("", _WE + r"\b.{0,80}\b(?:do(?:es)? not|did not|cannot|could not|fail\w*|limited|only)\b"
               r"|(?:本(?:研究|稿|手法|論文)|提案手法)"), 0.7),
        (_says("error* cannot not_able できな できてい 誤り 失敗 考慮して", r"\bfail\w*"), 0.4),
    ),
    _says("limit* failure* threats error* 限界 制限 課題 " + _CLOSING),
    _says("outperform* we_propose we_address we_overcome we_solve to_address to_overcome 無料 従来 aims_to avoid* strengths"
          " regardless",
          r"\b(?:previous|prior|existing|traditional|other|earlier) (?:\w+ )?(?:work|method|approach|model|system|stud)\w*",
          r"do(?:es)? not (?:require|need|affect|hurt|suffer)|\bexplain their|\bet al\b|BIBREF|not limited to|\?$"
          r"|^we (?:now )?(?:describe|discuss|present|explain)|not rely on|state-of-the-art"),
    outside=0.9,
    early=-0.8,
    headed=_says("limitation* 限界 制限", r"\bdoes not\b|\bcannot\b|できないこと"),
)  # fmt: skip

_SHARED = (
    r"(?:source code|code|data ?sets?|data|models?|weights|corpus|implementation|software|annotations|recordings?"
    r"|scripts|checkpoints|benchmark|prompts)"
)
CODE_AND_LICENCE = Topic(
    "code_and_licence",
    _says(
        "",
        r"\bwe (?:will |also |have |publicly |openly |freely )*(?:releas|publish|open-?sourc)\w*\b.{0,100}\b" + _SHARED,
        r"\bwe (?:will |also |have )*(?:provid|shar|mak|made|host)\w*\b.{0,80}\b" + _SHARED + r"\b.{0,60}\b(?:available|online|at http)",
        r"\b(?:our|the|all|this|both|its) (?:\w+ ){0,3}?" + _SHARED + r"\b.{0,60}\b(?:is|are|will be|was|were|has been|have been) "
        r"(?:\w+ly |made |now |also |being )*(?:available|released|published|open|licensed|distributed|shared)",
        r"\b(?:dataset|corpus|code)\b.{0,60}\bis released\b",
        r"\b(?:released?|distributed|licen[sc]ed|available|published) under\b|\b(?:MIT|Apache|BSD|GPL|CC[ -]BY[\w -]*) licen[sc]e",
        r"\b(?:our|code|available|released?)\b.{0,60}github\.com/",
        r"(?:コード|データ(?:セット)?|モデル|実装|コーパス|ソフトウェア|スクリプト).{0,40}(?:を公開|は公開|公開して|公開し|公開する|配布|入手できる)|ライセンス(?:で|の下|のもと)",
    ),
    (
        (_says("code implementation software scripts licen* weights checkpoints github コード 実装 ライセンス"), 1.0),
        (_says("we our 公開する 公開した 公開し 公開予定"), 0.8),
        (_says("available 入手", r"https?://|github\.com"), 0.5),
    ),
    _says("abstract introduction availability release code reproducib* data licen* 公開 概要 入手 " + _CLOSING),
    _says("", r"\bcode-?(?:switch|mix)|\bwe use the\b.{0,60}\bavailable|available (?:training |parallel |labell?ed )data for"
          r"|not (?:publicly |made )*(?:available|released)|are not released"),
    headed=_says("code licence license licensing", r"\bavailability$|コード|ライセンス"),
)  # fmt: skip

NEXT_STEPS = Topic(
    "next_steps",
    _says(
        "future_work future_research future_stud* future_direction* future_extension* future_version* in_the_future in_future"
        " we_plan we_intend we_hope we_aim_to we_would_like we_wish next_step* open_question* open_problem* further_work"
        " further_research further_investigation further_study promising_direction* promising_avenue* 今後 将来 予定である"
        " 展望 発展として",
        r"\bwe (?:will|leave)\b.{0,60}\b(?:explore|investigat|extend|study|future|next|later)\w*"
        r"|\bit would be (?:interesting|useful|worth\w*)|\bremains? (?:an )?open\b",
    ),
    (
        (_says("future_work future_research future_direction* in_the_future we_plan we_intend we_would_like next_step* 予定である",
               r"今後(?:は|の)"), 1.2),
        (_says("explor* investigat* extend* improv* apply applied incorporat* study develop test try add collect measure"
               " 検討 拡張 改善 適用 取り組 検証 調べ 進め 増や 試"), 0.6),
    ),
    _says("future limit* 今後 展望 課題 " + _CLOSING),
    _says("", r"in the near future, the (?:user|system)|future (?:tokens|words|frames|steps|rewards?|events?)\b"
          r"|predict(?:ing)? the future"),
    outside=0.6,
    early=-1.2,
    headed=_says("", r"^[\d.\s]*(?:future (?:work|directions?)|next steps|outlook)$|^[\d.\s]*今後"),
)  # fmt: skip

TOPICS = (
    PROBLEM,
    IDEA,
    METHOD,
    DATA,
    BASELINES,
    RESULTS,
    ABLATIONS,
    LIMITATIONS,
    CODE_AND_LICENCE,
    NEXT_STEPS,
)
"""In the order a reader would ask."""
