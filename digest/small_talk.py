"""Pure: which messages plainly ask nothing, where every message of a thread may be a question.

What is in doubt is a question: one that is left unanswered is worse than a thank-you that is answered.
"""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 300
"""Characters; whoever writes more has something to say."""
_SENTENCES = re.compile(r"[.!。！…\n]+")
_PIECES = re.compile(r"[,、，;:~〜ー-]*\s+[,、，;:~〜ー-]*|[,、，;:]+")
_NOISE = re.compile(r"[^\w\s',、，;:+]|_")
"""Emoji, brackets, dashes and what else carries no words."""
_CUES = re.compile(
    r"\b(what|how|why|when|where|which|who|whose|whether|wonder\w*|explain|tell|show|describe|compare|"
    r"summari[sz]e|elaborate|clarify|curious|understand|know|question|please)\b|"
    r"か$|かな|かしら|教え|おしえ|知り|詳しく|くわしく|説明して|ください|下さい|ほしい|欲しい|なぜ|なんで|何|どう|どの|どれ|どこ|"
    r"いつ|だれ|誰|いくら|いくつ|って$|とは$|について$|は$"
)
"""What a sentence holds that may be a question, or a wish for an answer, also without its mark."""

_ENGLISH = """
thanks?( you)?( all| everyone| both| guys| again)*( so| very)?( much)?( a lot)?|many thanks|thx|ty|cheers
(much )?appreciated|ok(ay)?|k|got it|(i )?see|oh|ah|right|alright|indeed|exactly|true|(i )?agreed?|same
yes|yeah|yep|yup|no|nope|sure|fine|noted|done|correct|(that )?makes sense|that'?s (all|it|clear)|me too|\\+1
(so |very |really |quite |how )?(nice|great|cool|neat|clever|funny|good|awesome|amazing|perfect)(NOUN)?
(so |very |really |quite |how )?(interesting|impressive|helpful|useful|fascinating|brilliant)(NOUN)?
wow|whoa|lol|lmao|(ha){2,}h?|hehe|hmm+|yay|oops|sorry|np|no problem|(you'?re )?welcome|well done
good (morning|afternoon|evening|night|job|luck)|hi|hello|hey|bye|see you|congrats|congratulations
(i )?(like|love) (it|this|that|this paper|this one)|there|everyone|all|team|folks
(i'll|i will|will) (read|check|look at|try|have a look at) (it|this|that)?( later| tonight| tomorrow)?
""".replace("NOUN", " (one|paper|work|read|stuff|idea|find|point|question|answer|summary|explanation)")
_JAPANESE = """
(誠に|本当に|ほんとに|どうも|いつも)?(ありがとう|有難う|有り難う)(ございます|ございました|です)?|どうも
(ご|お)?(説明|回答|共有|紹介|質問|返信|返事)(ありがとう|有難う)(ございます|ございました)?|感謝(です|します)?
了解(です|しました|いたしました|っす)?|りょ(うかい)?|承知(です|しました|いたしました)?|かしこまりました
(分|わ)か(りました|った)|なるほど(です)?ね?|たしかに|確かに|(そう)?ですね|そうですか|そっか
(すご(い|すぎ)|凄い|面白(い|かった)|おもしろ(い|かった)|興味深い)(論文|研究|質問|指摘|話)?(です|でした)?(ね|な|よね)?
(良|よ|い|素晴らし|すばらし|うれし|嬉し|かっこい)い(論文|研究|質問|指摘|話)?(です|でした)?(ね|な|よね)?
(とても|すごく|かなり|めっちゃ|超|本当に)(すごい|凄い|面白い|おもしろい|興味深い|良い|いい|便利)(です)?(ね|な)?
いいね|さすが(です)?|便利(です)?ね?|(とても|大変|すごく)?(参考|勉強)に(なります|なりました|なる|なった)
(大変)?(助|たす)か(ります|りました|る|った)|お?(疲|つか)れ(様|さま)(です|でした)?
おはよう(ございます)?|こんにちは|こんばんは|おやすみ(なさい)?|よろしく(お願い|おねがい)?(します)?|お願いします
はい|ええ|うん|いえ|いいえ|いや|大丈夫(です)?|問題ない(です)?|賛成(です)?|同感(です)?|同意(します|です)?
(あとで|後で|今度|また)?(読|よ)(みます|んでみます|んでおきます|もう)|(試|確認|チェック)(して|し)?(みます|ます)
楽しみ(です|にしています)?|おめでとう(ございます)?|失礼(します|しました)|すみません|ごめん(なさい)?
(笑|草|w)+|ふむ+|へ[えぇー]+|ほう+|おお+|わあ+|(みな|皆)さん|\\w{1,12}(さん|様|先生)
"""
_SMALL_TALK = re.compile("|".join((_ENGLISH + _JAPANESE).split("\n")))
_OPENS_THANKS = re.compile(r"(?:many )?(?:thanks|thank you|thx)\b")
_OPINION = re.compile(
    r"(?:i|we) (?:also |really |totally |fully |just |do )?(?:agree|liked?|loved?|enjoyed|read|tried)\b"
)
_ENDS_SAID = re.compile(r"(?:ありがとう(?:ございます|ございました)?|と思い(?:ます|ました)ね?)$")


def asks_nothing(text: str) -> bool:
    """Whether a message is plainly no question: thanks, a greeting, assent, laughter, an opinion."""
    if len(text) > _LONGEST:
        return False
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    if "?" in plain:
        return False
    sentences = [" ".join(_NOISE.sub(" ", part).split()) for part in _SENTENCES.split(plain)]
    return all(_says(sentence) for sentence in sentences if sentence)


def _says(sentence: str) -> bool:
    """Whether a sentence is small talk from end to end, or says something and asks nothing."""
    pieces = [piece for piece in _PIECES.split(sentence) if piece]
    if _SMALL_TALK.fullmatch(sentence) or _runs(pieces):
        return True
    if _CUES.search(sentence):
        return False
    return bool(_OPENS_THANKS.match(sentence) or _OPINION.match(sentence) or _ENDS_SAID.search(sentence))


def _runs(pieces: list[str]) -> bool:
    """Whether the pieces, taken together as far as they make a phrase, are small talk each."""
    at = 0
    while at < len(pieces):
        longest = next(
            (end for end in range(len(pieces), at, -1) if _SMALL_TALK.fullmatch(" ".join(pieces[at:end]))), 0
        )
        if not longest:
            return False
        at = longest
    return bool(pieces)
