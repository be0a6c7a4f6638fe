"""Words that deny, and words that say the opposite of each other, in English and Japanese."""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


NEGATIONS = _set("not no never none nor neither without hardly barely nothing nobody nowhere")
"""English words that deny."""

_OPPOSED = """
effective ineffective | possible impossible | able unable | significant insignificant
significantly insignificantly | successful unsuccessful | successfully unsuccessfully
sufficient insufficient | important unimportant | available unavailable | likely unlikely | easy difficult
easy hard | easily hardly | similar different | same different | all none | all no | some no | any no
every no | agree disagree | agrees disagrees | success failure | successes failures | succeed fail
succeeds fails | succeeded failed | include exclude | includes excludes | included excluded
including excluding | always never | often rarely | often seldom | usually rarely | frequently rarely
with without | many few | much little | necessary unnecessary | dependent independent
consistent inconsistent | reliable unreliable | stable unstable | supervised unsupervised
labeled unlabeled | labelled unlabelled | known unknown | seen unseen | related unrelated | accept reject
accepts rejects | accepted rejected | true false | correct incorrect | correctly incorrectly
accurate inaccurate | positive negative | present absent | support contradict | supports contradicts
supported contradicted | confirm refute | confirms refutes | helps fails | help fail | help hurt
helps hurts | helpful harmful | can cannot | solvable unsolvable | relevant irrelevant
appropriate inappropriate | efficient inefficient | complete incomplete | valid invalid | visible invisible
open closed | public private | free paid | safe unsafe | robust brittle | sensitive insensitive
feasible infeasible | useful useless | strong weak | clear unclear | allow forbid | allows prevents
allow prevent | enable prevent | enables prevents | permitted prohibited | allowed prohibited
allowed forbidden | require avoid | keep discard | kept discarded | still no | only never
satisfied dissatisfied | like dislike | yes no | manage fail | manages fails | managed failed
remains vanishes | certain uncertain | expected unexpected | surprising unsurprising | limited unlimited
"""
_COMPARED = """
higher lower | high low | highly poorly | more less | more fewer | better worse | best worst
highest lowest | most least | most fewest | larger smaller | large small | largest smallest
greater smaller | greater lesser | greater less | greatest smallest | bigger smaller | big small
biggest smallest | faster slower | fast slow | fastest slowest | quicker slower | increase decrease
increases decreases | increased decreased | increasing decreasing | increase reduce | increases reduces
increased reduced | increasing reducing | increase drop | increases drops | increased dropped
outperform underperform | outperforms underperforms | outperformed underperformed
outperforming underperforming | improve degrade | improves degrades | improved degraded
improving degrading | improve worsen | improves worsens | improved worsened | improving worsening
improvement degradation | improvement deterioration | improvements degradations | improve hurt
improves hurts | improved hurt | improve reduce | improves reduces | improved reduced | gain loss
gains losses | gain drop | gains drops | above below | over under | superior inferior
superiority inferiority | stronger weaker | strong weak | strongest weakest | longer shorter | long short
longest shortest | before after | earlier later | maximum minimum | maximal minimal | maximize minimize
maximizes minimizes | maximise minimise | rise fall | rises falls | rose fell | risen fallen | rise drop
rises drops | rose dropped | upper lower | raise lower | raises lowers | raised lowered | exceed trail
exceeds trails | exceeded trailed | surpass trail | surpasses trails | surpassed trailed | win lose
wins loses | won lost | beat lose | up down | upward downward | deeper shallower | deep shallow
cheaper costlier | cheaper pricier | easier harder | easiest hardest | majority minority | boost reduce
boosts reduces | boost hurt | boosts hurts | enhance degrade | enhances degrades | enhanced degraded
grow shrink | grows shrinks | grew shrank | growth decline | expand shrink | gain lose | gains loses
gained lost | closer farther | nearer farther | wider narrower | broader narrower | heavier lighter
richer poorer | older younger | warmer colder | hotter colder | advantage disadvantage
advantages disadvantages | benefit harm | benefits harms | first last | ahead behind | top bottom | good bad
well poorly | well badly | favorably unfavorably | pros cons | exceeds below | outperforms trails
leads lags | lead lag | higher worse | faster longer | accelerate slow | accelerates slows
speedup slowdown | increase fall | increases falls | increased fell | climb fall | climbed fell
"""


def _pairs(table: str) -> frozenset[tuple[str, str]]:
    pairs = [tuple(pair.split()) for pair in table.replace("\n", " | ").split("|") if pair.strip()]
    return frozenset({(one, other) for one, other in pairs} | {(other, one) for one, other in pairs})


OPPOSED = _pairs(_OPPOSED)
"""Pairs of English words of which one denies the other, both ways round."""
COMPARED = _pairs(_COMPARED)
"""Pairs of English words that turn a comparison around, both ways round."""

DENYING = NEGATIONS | _set(
    "fail fails failed failing lack lacks lacked lacking unable impossible absence absent neglect"
    " neglects prevents prevent prohibited forbidden"
)
"""English words that deny, or say that something is not there or not done."""

HINTS = (
    r"\b(?:not|no|never|none|nor|neither|without|fail\w*|lack\w*|absen\w+|cannot|can't|hardly|barely|rarely|seldom"
    r"|scarce\w*|few|fewer|little|less|least|only|mere\w*|sole\w*|limit\w*|difficult\w*|hard|harder|challeng\w*"
    r"|despite|although|though|while|whereas|however|but|rather|instead|unless|until|otherwise|except\w*|exclu\w+|omit\w*"
    r"|ignor\w+|skip\w*|drop\w*|avoid\w*|prevent\w*|remov\w+|discard\w*|eliminat\w+|reject\w*|refus\w+"
    r"|den(?:y|ies|ied)|within|under|up to|at most|eas(?:y|ily)|prohibit\w*|forbid\w*|restrict\w*|unable"
    r"|impossible|independent\w*|regardless|irrespective|constant|stable"
    r"|fixed|frozen|same|equal\w*|identical\w*|unchanged|free|missing|beyond|too|before|yet|insufficient|weak\w*|poor\w*|low"
    r"|lower|worse|below|minor|marginal|negligible|blind|stop\w*|future|gap|neglect\w*|question\w*|unclear|alone|just"
    r"|simply|must|need\w*|should|have to|has to|requir\w+|may|might|could|perhaps|potential\w*|essential"
    r"|crucial|necessary|indispensable|closed|shortage|zero|nothing|away|against|contra\w+|oppos\w+|unlike"
    r"|other than|apart"
    r"|barrier|obstacle|problem\w*|bottleneck|suffer\w*|degrad\w+|hurt\w*|harm\w*|decreas\w+|declin\w+|reduc\w+"
    r"|loss|los[et]|minus|negativ\w+|false|wrong\w*|error\w*|mistak\w+|flaw\w*|defici\w+|still|remain\w*|keep\w*"
    r"|preserv\w+|maintain\w*|retain\w*|invarian\w+|un(?!der|it|if|iver|ion|iq)[a-z]{3,}|non-?[a-z]+|mis[a-z]+"
    r"|in(?:valid|correct|complete|effective|efficient|accurate|feasible|visible|consistent|accessible)|anti-?[a-z]+"
    r"|im(?:possib|precis|perfect|plausib|practical)\w*|ir(?:relevan|regular)\w*|[a-z]+less|[a-z]+-free"
    r"|dis(?:agree|connect|abl|advantag|regard|prov|join|allow)\w*)\b"
)
"""English words that an honest Japanese sentence may render as a denial."""

_VERBS = r"""
改善|向上: improv\w*|increas\w*|boost\w*|enhanc\w*|better|gain\w*|rais\w+
有効|効果的|効果があ: effective\w*|useful|helps?|helped|benefi\w+|efficac\w*
でき|可能: can|able|allow\w*|enabl\w+|possible|capab\w+|support\w*|succe\w+|handl\w+|permit\w*
使え|扱え: can|able|allow\w*|works?|support\w*|handl\w+|usable|appl(?:y|ied|ies)|applicable
必要: requir\w*|need\w*|necess\w*
汎化|一般化: generali[sz]\w*
上回|優れ|勝: outperform\w*|exceed\w*|surpass\w*|beats?|better|superior
公開|入手: releas\w*|publish\w*|publicly|availab\w*
使|用い|利用: us(?:e|es|ed|ing)|employ\w*|utili[sz]\w*|leverag\w*|adopt\w*|appl(?:y|ied|ies)
含: includ\w*|contain\w*|consist\w*|cover\w*|compris\w*
依存: depend\w*|rel(?:y|ies|ied)
収束: converg\w*
一致: agree\w*|match\w*|coincid\w*|align\w*
相関: correlat\w*
見られ|観察|確認: observ\w*|f(?:ind|ound)|see|saw|notic\w*|confirm\w*
有意: significan\w*
考慮: consider\w*|account\w*
評価|測: evaluat\w*|assess\w*|measur\w*
比較: compar\w*
学習|訓練: train\w*|learn\w*
減: reduc\w*|decreas\w*|cuts?
増: increas\w*|grow\w*
支持|裏付: support\w*|confirm\w*
達成|到達|達し: achiev\w*|reach\w*|attain\w*
調べ|検討|分析: stud(?:y|ied|ies)|investigat\w*|examin\w*|explor\w*|analy[sz]\w*
再現: reproduc\w*|replicat\w*
保証: guarantee\w*|ensur\w*
十分: sufficient\w*|enough|adequate\w*
正し: correct\w*|accurate\w*
対応: support\w*|cover\w*|handl\w*
寄与|貢献|役立: contribut\w*|helps?|helped|useful|benefi\w+
許可|許され: allow\w*|permit\w*
変わ|変化|影響: chang\w*|affect\w*|influenc\w*|alter\w*
"""
VERBS = tuple((japanese.strip(), english.strip()) for japanese, _, english in
              (row.partition(":") for row in _VERBS.strip().splitlines()))  # fmt: skip
"""Japanese words, as a pattern, beside the English ones they render."""
