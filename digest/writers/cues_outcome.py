"""How sentences show that they speak of what a paper found, lacks, gives away and plans."""

from __future__ import annotations

from digest.writers.cues import CLOSING, WE, Topic, says

RESULTS = Topic(
    "results",
    says(
        "achiev* improv* outperform* accurac* f1 bleu rouge point points score* gain* increas* reduc* faster"
        " slower"
        " better best worse lower higher drop* result* wins won agree* correct* error_rate* perplexity"
        " recall precision"
        " win_rate percent cut fell rose 精度 正解率 F値 スコア ポイント 向上 改善 上回 達成 低下 高い"
        " 高く 高か"
        " 得られ 結果 減少 減ら 減った 一致 倍", "%"
    ),
    (
        (says("achiev* outperform* improv* reduc* gain* increas* surpass* exceed* obtain* reach* rais* cut"
               " fell drop*"
               " 達成 上回 向上 改善 得られ 低下 減少 短縮"), 1.0),
        (says("", r"\d(?:\.\d+)?\s?(?:%|％|points?\b|ポイント|x\b|倍|点|percent)|\b\d+\.\d+\b"), 0.8),
        (says("our proposed we 提案手法 本手法 本研究"), 0.4),
        (says("compared_to compared_with than over versus against に比べ に対し より",
               r"\bfrom .{1,30} to\b|\bvs\.?\s"), 0.4),
    ),
    says("result* experiment* evaluation abstract finding* performance 結果 実験 評価 概要 " + CLOSING),
    says("ablat* future batch_size learning_rate dropout hidden_size hidden_units epoch epochs 学習率"
          " バッチ 今後"),
    numbers=True,
    abstract=1.3,
)  # fmt: skip

ABLATIONS = Topic(
    "ablations",
    says(
        "",
        r"(?:\bablat\w+|\bremov(?:e|es|ed|ing)\b|\bwithout\b|\bw/o\b|\bomit\w*|\bleaving out\b|\btak(?:ing"
        r"|e) away\b"
        r"|\b(?:effect|impact|contribution|importance|influence) of\b|\bwhen we (?:replace|disable|leave"
        r"|take|shuffle)).{0,160}"
        r"\b(?:drop|decreas|reduc|degrad|hurt|lower|worse|improv|increas|rais|fall|fell|los[est]|cost|most"
        r"|largest|no effect"
        r"|little|helps?|import|gain|signific|crucial)\w*",
        r"\b(?:drop|decreas|degrad|hurt|worse|fall|fell|los[est]|cost)\w*\b.{0,120}\b(?:without|remov(?:ed"
        r"|ing)|omit\w*|ablat\w*)",
        r"\bmost (?:important|helpful|predictive|effective|useful) (?:feature|component|part|factor)",
        r"(?:アブレーション|除(?:い|く|去|外)|用いない|使わない|の(?:影響|効果|有無|寄与)|なしの|取り除"
        r"|外).{0,60}"
        r"(?:低下|悪化|下が|減|向上|寄与|効果|重要|変わら|上が|差)",
    ),
    (
        (says("ablat* アブレーション 除去 取り除 外す"), 1.0),
        (says("", r"\b(?:remov|omit|without|leaving out|disabl)\w*\b.{0,100}\b(?:drop|decreas|reduc|degrad"
                   r"|hurt|lower|worse"
               r"|increas|rais|fall|fell|los[est]|cost"
               r"|perform)\w*", r"除.{0,60}(?:低下|悪化|下が|減)|ない.{0,40}(?:低下|悪化|下が)"), 1.0),
        (says("contributes_most"
               " contribute_most", r"\bmost (?:important|helpful|predictive|effective)\b|最も(?:寄与|効果"
                                   r"|重要)"), 0.8),
        (says("", r"\d(?:\.\d+)?\s?(?:%|points?\b|ポイント|点)"), 0.4),
    ),
    says("ablat* analysis result* sensitivity experiment* effect impact influence アブレーション 分析 結果"
          " 実験 影響 効果 "
          + CLOSING),
    says("future pre-process* we_will we_plan duplicates stopwords punctuation 前処理 重複 今後",
          r"\b(?:present|apply|conduct|perform)\w*\b.{0,30}\bablat|without loss of|\?$"),
    outside=1.0,
    headed=says("ablat* アブレーション"),
)  # fmt: skip

LIMITATIONS = Topic(
    "limitations",
    says(
        "limitation* shortcoming* drawback* caveat* 限界 制限 制約 対象外 留意 苦手 課題が 課題と 課題は",
        WE + r"\b.{0,80}\b(?:do(?:es)? not|did not|cannot|can't|could not|fail\w*|struggl\w*|(?:is|are|was"
              r"|were) (?:limited"
        r"|restricted|unable|not able)|only (?:consider|evaluat|test|cover|stud|address|support|use"
        r"|measur)\w*)",
        r"\bthe (?:model|method|approach|system|dataset|study|classifier)s?\b.{0,40}\b(?:cannot|could not"
        r"|fails?|struggl\w*"
        r"|still|do(?:es)? not (?:handle|cover|account|general|consider|capture))",
        r"\bat the (?:cost|expense) of\b|\bremains? (?:difficult|challenging|unsolved|to be)\b",
        r"でき(?:な|て(?:い)?な)|考慮して(?:い)?な|困難|に限(?:ら|定)|のみを(?:対象|扱)"
        r"|検証して(?:い)?な|失敗",
    ),
    (
        (says("limitation* shortcoming* drawback* caveat* 限界 課題が 課題は 課題と"), 1.2),
        (says("", WE + r"\b.{0,80}\b(?:do(?:es)? not|did not|cannot|could not|fail\w*|limited|only)\b"
               r"|(?:本(?:研究|稿|手法|論文)|提案手法)"), 0.7),
        (says("error* cannot not_able できな できてい 誤り 失敗 考慮して", r"\bfail\w*"), 0.4),
    ),
    says("limit* failure* threats error* 限界 制限 課題 " + CLOSING),
    says("outperform* we_propose we_address we_overcome we_solve to_address to_overcome 無料 従来 aims_to"
          " avoid* strengths"
          " regardless",
          r"\b(?:previous|prior|existing|traditional|other|earlier) (?:\w+ )?(?:work|method|approach|model"
          r"|system|stud)\w*",
          r"do(?:es)? not (?:require|need|affect|hurt|suffer)|\bexplain their|\bet al\b|BIBREF"
          r"|not limited to|\?$"
          r"|^we (?:now )?(?:describe|discuss|present|explain)|not rely on|state-of-the-art"),
    outside=0.9,
    early=-0.8,
    headed=says("limitation* 限界 制限", r"\bdoes not\b|\bcannot\b|できないこと"),
)  # fmt: skip

_SHARED = (
    r"(?:source code|code|data ?sets?|data|models?|weights|corpus|implementation|software|annotations"
    r"|recordings?"
    r"|scripts|checkpoints|benchmark|prompts)"
)
CODE_AND_LICENCE = Topic(
    "code_and_licence",
    says(
        "",
        r"\bwe (?:will |also |have |publicly |openly |freely )*(?:releas|publish"
        r"|open-?sourc)\w*\b.{0,100}\b" + _SHARED,
        r"\bwe (?:will |also |have )*(?:provid|shar|mak|made"
        r"|host)\w*\b.{0,80}\b" + _SHARED + r"\b.{0,60}\b(?:available|online|at http)",
        r"\b(?:our|the|all|this|both"
        r"|its) (?:\w+ ){0,3}?" + _SHARED + r"\b.{0,60}\b(?:is|are|will be|was|were|has been|have been) "
        r"(?:\w+ly |made |now |also |being )*(?:available|released|published|open|licensed|distributed"
        r"|shared)",
        r"\b(?:dataset|corpus|code)\b.{0,60}\bis released\b",
        r"\b(?:released?|distributed|licen[sc]ed|available|published) under\b|\b(?:MIT|Apache|BSD|GPL"
        r"|CC[ -]BY[\w -]*) licen[sc]e",
        r"\b(?:our|code|available|released?)\b.{0,60}github\.com/",
        r"(?:コード|データ(?:セット)?|モデル|実装|コーパス|ソフトウェア|スクリプト).{0,40}(?:を公開|は公開"
        r"|公開して|公開し|公開する|配布|入手できる)|ライセンス(?:で|の下|のもと)",
    ),
    (
        (says("code implementation software scripts licen* weights checkpoints github コード 実装"
               " ライセンス"), 1.0),
        (says("we our 公開する 公開した 公開し 公開予定"), 0.8),
        (says("available 入手", r"https?://|github\.com"), 0.5),
    ),
    says("abstract introduction availability release code reproducib* data licen* 公開 概要"
          " 入手 " + CLOSING),
    says("", r"\bcode-?(?:switch|mix)|\bwe use the\b.{0,60}\bavailable|available (?:training |parallel "
              r"|labell?ed )data for"
          r"|not (?:publicly |made )*(?:available|released)|are not released"),
    headed=says("code licence license licensing", r"\bavailability$|コード|ライセンス"),
)  # fmt: skip

NEXT_STEPS = Topic(
    "next_steps",
    says(
        "future_work future_research future_stud* future_direction* future_extension* future_version*"
        " in_the_future in_future"
        " we_plan we_intend we_hope we_aim_to we_would_like we_wish next_step* open_question* open_problem*"
        " further_work"
        " further_research further_investigation further_study promising_direction* promising_avenue* 今後"
        " 将来 予定である"
        " 展望 発展として",
        r"\bwe (?:will|leave)\b.{0,60}\b(?:explore|investigat|extend|study|future|next|later)\w*"
        r"|\bit would be (?:interesting|useful|worth\w*)|\bremains? (?:an )?open\b",
    ),
    (
        (says("future_work future_research future_direction* in_the_future we_plan we_intend we_would_like"
               " next_step* 予定である",
               r"今後(?:は|の)"), 1.2),
        (says("explor* investigat* extend* improv* apply applied incorporat* study develop test try add"
               " collect measure"
               " 検討 拡張 改善 適用 取り組 検証 調べ 進め 増や 試"), 0.6),
    ),
    says("future limit* 今後 展望 課題 " + CLOSING),
    says("", r"in the near future, the (?:user|system)|future (?:tokens|words|frames|steps|rewards?"
              r"|events?)\b"
          r"|predict(?:ing)? the future"),
    outside=0.6,
    early=-1.2,
    headed=says("", r"^[\d.\s]*(?:future (?:work|directions?)|next steps|outlook)$|^[\d.\s]*今後"),
)  # fmt: skip
