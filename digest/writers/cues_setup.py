"""How sentences show that they speak of a paper's problem, idea, method, data or baselines."""

from __future__ import annotations

from digest.writers.cues import CLOSING, NAME, OPENING, WE, Topic, says

PROBLEM = Topic(
    "problem",
    says(
        "problem* challeng* difficult* lack lacks lacking costly expensive unclear bottleneck* obstacle* gap"
        " struggl* suffer* hard_to harder_to fail_to fails_to failed_to limited under-explored brittle"
        " little_is_known little_attention little_work no_prior no_previous no_existing vulnerable prone_to"
        " impractical prohibitive* scarce cannot costs"
        " 課題 問題 困難 難し 不足 十分でな 十分ではな 明らかになって 明らかでは できない できていない 少な"
        " 限られ 負担"
    ),
    (
        (says("problem_is", r"\b(?:main|key|major|central|critical) (?:problem|challenge|obstacle|difficulty"
                   r"|bottleneck)",
               r"(?:大きな|重要な|主な)(?:課題|問題)|(?:課題|問題)(?:が|で|と)(?:あ|な|残)"), 1.0),
        (says("however yet despite although while unfortunately but しかし 一方"), 0.5),
        (says("existing current previous most many traditional conventional standard typical*"
               " 既存 従来 現在 多く"), 0.4),
    ),
    says(OPENING + " problem 問題 課題"),
    says("we_propose we_introduce we_present we_release we_show we_find we_use we_train future_work"
          " baseline*"
          " for_example an_example 提案する 今後", r"\bfirst to\b|\?$"),
    outside=1.2,
    early=1.0,
    headed=says("", r"^[\d.\s]*(?:(?:the )?problem|motivation)\b|(?:課題|問題)$"),
)  # fmt: skip

IDEA = Topic(
    "idea",
    says(
        "",
        WE + r"\b[^.]{0,60}?\b(?:propos|introduc|present|develop|describ|investigat|study|studies|explor"
              r"|argu"
        r"|show|examin|survey|review|analy[sz]e|build|built|aim|ask|test|report|offer)\w*",
        r"\bour (?:key|main|central|core) (?:idea|insight|contribution|hypothesis|goal|observation)",
        r"(?:本(?:稿|研究|論文|手法)|我々|筆者ら).*(?:提案|導入|構築|開発|検討|調査|検証|報告|示す|目的|行う"
        r"|行った|分析|試み|目指|運用)",
        r"を提案(?:する|した|し)|目的(?:は|とする|とした)",
        r"^[「『]?[^、。]{1,24}?は、?.{4,}(?:モデル|手法|システム|枠組み|データセット|ベンチマーク)(?:である|です)",
        r"^(?-i:[A-Z])[\w -]{1,30} is an? (?:[\w-]+ ){0,8}?(?:model|system|framework|method|benchmark"
        r"|data ?set|corpus|tool|library|approach|checker|filter)\b",
    ),
    (
        (says("", r"\b(?:we|I|this (?:paper|work|study|article)) (?:therefore |thus |then |also )?"
               r"(?:propose|introduce|present)s?\b|提案(?:する|した|し)|導入(?:する|した)"), 1.2),
        (says("idea_is aims_to", r"\bour (?:key|main|central|core) (?:idea|insight|contribution)"
                                  r"|目的(?:は|と)"), 1.0),
        (says("in_this_paper in_this_work in_this_study this_paper this_work 本稿では 本研究では"
               " 本論文では"), 0.6),
        (says("novel new simple first 新た 新し 初めて"), 0.3),
    ),
    says(OPENING + " contribution* " + CLOSING),
    says("organized_as remainder_of future baseline* 構成は",
          r"\b(?:section|appendix|table|figure|§) ?\d|第?\d節|[図表]\s?\d"),
    outside=1.2,
    early=1.2,
    headed=says("contributions 貢献"),
    abstract=0.6,
)  # fmt: skip

_WORKS = (
    r"\b(?:our|the) (?:[\w-]+ ){0,2}?(?:model|method|approach|system|framework|architecture|algorithm"
    r"|network|pipeline|encoder"
    r"|decoder)s?\b.{0,40}\b(?:consists? of|is (?:composed|made up) of|is (?:based|built) on|comprises?"
    r"|works? by|is trained|takes?|uses?"
    r"|reads?|learns?|predicts?|produces?|has|have|maps?|combines?|adds?|stores?|keeps?)\b"
)
_WE_DO = (
    r"\b(?:we|I) (?:first |then |also |further |next |finally )?(?:use|train|apply|employ|adopt|extract|feed"
    r"|encode|compute|model|fine-?tune"
    r"|combine|replace|optimi[sz]e|learn|add|split|define|formulate|represent|initiali[sz]e|generate"
    r"|construct|design|map|project|select"
    r"|score|store|keep|read|mark|divide|give|integrate|treat|build)\b"
)
METHOD = Topic(
    "method",
    says("構成され 入力とし 出力する 学習させ", _WORKS, _WE_DO, r"\b(?:is|are) (?:then )?fed (?:in)?to\b",
          r"(?:を用い|を利用|を適用|を計算|を抽出|に変換|を生成|に分割|を付与|を選|を入力|から(?:構成|成)"
          r"|で構成)"),
    (
        (says("構成され 入力とし 出力する 学習させ", _WORKS, r"から(?:構成|成)|を入力"), 1.3),
        (says("", _WE_DO, r"(?:提案手法|本手法|本研究|本稿|モデル)(?:は|では|に).*(?:を用い|を利用|を適用"
                           r"|を計算|を抽出|に変換|を生成|に分割|を付与|を選)"), 1.0),
        (says("layer* encoder decoder network* classifier attention module* embedding* loss representation*"
               " features input output vector* 層 エンコーダ デコーダ 特徴量 損失 ベクトル 埋め込み"), 0.5),
    ),
    says("method* approach* model* architecture* framework algorithm* proposed design system how_it"
          " 提案 手法 方法 モデル アプローチ 構成 システム"),
    says("baseline* ablat* annotat* future compare evaluate observe find found show noticed release"
          " outperform* state-of-the-art test_set test_setting borrowed literature in_section"
          " ベースライン 今後 比較 可能性 評価する 評価した 評価用"
          " common_strategy", r"^(?!.*\b(?:we|our)\b).*\bet al"),
    outside=1.0,
    headed=says("", r"^[\d.\s]*(?:(?:the|our|proposed) )?(?:methods?|approach|how it works)$|提案手法$"
                     r"|^[\d.\s]*(?:手法|方法)$"),
)  # fmt: skip

DATA = Topic(
    "data",
    says("dataset* data_set* corpus corpora data benchmark* test_set* training_set* データ コーパス"
          " ベンチマーク"),
    (
        (says("consists_of contains contain comprises comprising collected annotated gathered crawled"
               " drawn_from"
               " sampled compiled sourced totals includes scraped recorded holds"
               " 収集 構築 作成 からなる から成る 含む 含まれ 抽出 使用する 使用し 用いた 用いる 注釈"
               " アノテーション"), 1.2),
        (says("trained_on evaluated_on tested_on",
               r"\bwe (?:use|evaluate on|train on|collect|build|construct|create|test on|experiment (?:on"
               r"|with))\b",
               r"データ(?:セット)?(?:を|として)(?:用い|使用|構築|作成|収集)"), 1.0),
        (says("", r"\d[\d,.]*\s?(?:k|m|[a-z-]+ ){0,2}(?:sentences|examples|samples|documents|images|papers"
                   r"|words|tokens"
               r"|questions|tweets|pairs|records|hours|instances|articles|recipes|people|participants"
               r"|reports|posts"
               r"|users|items|days|accounts|rows|messages|visits|nights|characters)\b",
               r"\d[\d,]*\s?(?:件|文|個|人|名|語|組|枚|問|時間|年分|本|日)"), 1.0),
    ),
    says("data dataset* corpus corpora material* experiment* set-up setting* データ コーパス 実験"),
    says("baseline* ablat* future outperform* lack_of privacy data-driven recommend*"
          " 今後 ベースライン 目指 除外 checked", r"publicly available at"),
    outside=0.5,
    headed=says("", r"\b(?:data|data ?sets?|corpus|corpora|materials?|recordings)$|(?:データ|コーパス"
                     r"|データセット)$"),
)  # fmt: skip

BASELINES = Topic(
    "baselines",
    says(
        "ベースライン 比較手法 比較対象 比較モデル と比較 従来手法 既存手法",
        r"\bbaselines? (?:is|are|was|were|include|systems?|models?|methods?|that|we)\b|\bas (?:an? |our "
        r"|the |strong )*"
        r"(?:baselines?|reference|control)\b"
        r"|\bbaselines?\b.{0,60}" + NAME + "|" + NAME + r".{0,60}\bbaselines?\b",
        r"\bcompar(?:e|ed|es|ing)\b.{0,60}\b(?:with|to|against)\b|\btwo (?:\S+ )?baselines|\bbaselines? of\b",
    ),
    (
        (says("baseline* ベースライン 比較手法 比較対象"), 0.8),
        (says("we_compare"
               " we_also_compare", r"\bcompared? (?:it |our \w+ |them |this |the \w+ )?(?:with|to|against)\b"
               r"|\bbaselines? (?:are|is|include|were|was)\b|\bas (?:an? |our |strong |the )*baselines?\b",
               r"と比較(?:する|した)|を比較(?:手法|対象)|ベースライン(?:と|に|は)"), 1.0),
        (says("random majority svm logistic_regression lstm rule", NAME), 0.5),
    ),
    says("baseline* experiment* set-up setting* comparison* compared evaluation 比較 ベースライン"
          " 実験 評価"),
    says("ablat* future outperform* outperforming improv* better best worse higher lower gain* favorabl*"
          " competes prefer*"
          " surpass* more_coherent reported_in 今後 上回 向上"
          " 高い 低い", r"\d%|\bthis (?:baseline|as|was|is)\b|\bobserve\b|\bimpact\b"),
    outside=0.5,
    headed=says("", r"\bbaselines?$|\bcompared$|\bcompetitors$|(?:ベースライン|比較対象|比較手法)$"),
)  # fmt: skip
