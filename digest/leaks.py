"""Pure: finds what must not leak into a text: links, mentions, commands, words of the prompt."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_EXCERPT = 40


def _any(*ways: str) -> re.Pattern[str]:
    return re.compile("|".join(ways), re.IGNORECASE | re.MULTILINE)


_ADDRESS = _any(
    r"(?:https?|hxxps?|ftps?|wss?|file|ssh|git|slack|discord|tg|ipfs|chrome|about)\s?:\s?[/\\]{1,3}\S",
    r"[a-z][a-z0-9+]{1,15}://|(?<![:\w])//[\w-]{1,60}\.[a-z]{2,}",
    r"www\s?\.\s?\w|(?:mailto|javascript|vbscript):\s?\S|(?<![a-z])(?:tel|sms):\s?\+?\d|data:[a-z]{1,15}/[a-z]",
    r"[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]{1,60}(?:(?:\.|\[\.\]|\(dot\))[a-z]{2,12})+",
    r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}[:/]\w*",
)
_TOP = (
    "com|org|net|io|ai|dev|app|gg|co|edu|gov|mil|info|biz|xyz|site|online|website|club|shop|store|blog|cloud|tech"
    "|wiki|link|click|icu|vip|news|example|invalid|localhost|onion|jp|uk|de|cn|ru|fr|eu|kr|tw|hk|ca|au|nl|ch|br|tv|ly"
)
_TOP_WITH_PATH = (
    "me|to|is|it|in|us|be|so|sh|cc|ws|id|at|st|do|no|se|es|pl|my|am|im|la|li|fm|gl|gd|test|top|page|pro"
    "|live|fun|zip"
)
"""Ends of domains that are also words or endings of file names: only with a path are they links."""
_DOMAIN = _any(
    r"(?<![a-z0-9@.-])(?:[a-z0-9][a-z0-9-]{0,60}(?:\.|\[\.\]|\(dot\))){1,5}"
    rf"(?:(?:{_TOP})(?![a-z0-9-]|\.\w)|(?:{_TOP_WITH_PATH})(?=/\w))(?:[/:?#][!-~]{{0,300}})?",
    r"[\u3041-\u30ff\u3400-\u9fff]\.(?:com|net|org|jp)(?![a-z0-9-])",
)
_MENTION = _any(
    r"@[\s\u200b]{0,2}(?:everyone|here|(?:channel|all|group|team)(?![a-z]))",
    r"<\s?(?:[@#!](?!-)|a?:\w|t:-?\d|id:)[^>\n]{0,120}>?|</[\w -]{1,60}:\d+>",
    r"(?<![a-z])@(?![kn](?![a-z]))[a-z_\u3041-\u30ff\u4e00-\u9fff][\w.-]{0,60}",
    r"^\s?/[a-z][a-z_-]{1,30}(?![\w/.-])",
    r"(?<![\w/.:<])/(?:ask|papers|digest|search|help|rinko|settings|invite|kick|ban|remind|msg|dm|join|leave|topic"
    r"|giphy|shrug|gamerule)(?![\w/.-])",
)
_MODEL_SPEAKS = _any(
    r"(?:^|[.!?,]\s)as an? (?:\w+ ){0,2}(?:ai|artificial intelligence|language model|assistant|llm|chatbot)"
    r"(?: \w+)?(?:,|,? i\b)",
    r"\bi(?:'m| am) (?:sorry|unable|afraid|an? (?:ai|large|language|assistant)|not able|just|here to)",
    r"\bi apologi[sz]e|\bsorry,? (?:but )?i\b",
    r"(?<!type )(?<!phase )(?<!part )\bi (?:cannot|can't|won't|will|must|do not|don't|was told|now say)\b",
    r"\bas instructed (?:in|by) the (?:paper|text|document|user)",
    r"\bmy (?:guidelines|instructions|programming|training data|knowledge)\b|\bhere are my\b",
    r"^\W*(?:understood|sure|certainly|of course|absolutely|okay|great question)[,!.]|^\W*i (?=[a-z])",
    r"^\W*(?:system|assistant|user)\s?:|^\W*here(?:'s| is| are) (?:the|your|a|my)\b",
    r"\b(?:here is|here's|below is) (?:the|your|my|an?) (?:answer|summary|translation|response|json|output)",
    r"\blet me know if\b|\bi hope this\b|\bdeveloper (?:mode|message)\b",
    r"\bbased on the (?:provided|given) (?:passage|context|text|excerpt|document)",
    r"\b(?:provided|given|above) (?:passage|excerpt|context)s? (?:do|does|state|say|mention)",
    r"\byou are an? (?:\w+ ){0,3}(?:editor|assistant|ai|expert)\b",
)
_FIRST_PERSON = re.compile(r"[.!?:,] I (?=[a-z])|\bSYSTEM:")
_AI = r"(?:AI|人工知能|(?:大規模)?言語モデル|AI(?:言語モデル|アシスタント|モデル|チャットボット))"
_MATTER = r"(?:文脈|文章|テキスト|パッセージ|抜粋|情報|資料|コンテキスト)"
_MODEL_SPEAKS_JAPANESE = _any(
    rf"(?:^|[。、「\s])(?:私は、?)?{_AI}(?:の私)?(?:として(?:は)?[、,命お回]|のため、|ですので|なので|です。)",
    r"AI(?:言語モデル|アシスタント)(?:として、|のため|です|なの)|(?<![\u4e00-\u9fff])私(?=[はがのにもへを])|私への指示",
    r"申し訳(?:あり|ござい|ない)|恐れ入り|すみませんが|[おご](?:答え|応え|手伝い|役に立て|案内し|要望に|希望に|依頼に)",
    r"ご(?:質問|依頼|要望|指示|指摘|希望|了承|不明な|覧いただ|確認くださ)|させていただ|回答(?:は|を)?差し控え|回答いたし",
    r"(?:承知|かしこまり|了解)(?:し|いたし)?(?:ました|です。)|もちろんです|ガイドラインにより[^。\n]{0,60}(?:でき|控え)",
    r"以下(?:に|が|は|の(?:通|とお)り)、?(?:回答|お答え|答え|要約し|翻訳し|JSON|説明します)",
    rf"(?:^|。)\s?(?:提供され|提示され|入力され|与えられ)た{_MATTER}(?:で|に|から)は|(?:提供|提示)された(?:パッセージ|抜粋)",
    r"(?:指示|命令)(?:を|は)(?:すべて|全て)?(?:無視して|無視し、|無視しま|無視せよ|取り消され|破棄し|忘れて)",
    r"(?:論文|資料)の(?:指示|命令)に従い|命令を受け取りました|開発者モード",
    r"あなたは[^。\n]{0,30}(?:編集者|アシスタント|AI|です)",
)
_INSTRUCTS = _any(
    r"\b(?:ignore|disregard|forget|override|bypass) (?:all |any |of |the |these |those ){0,4}"
    r"(?:all|your|my|previous|prior|above|earlier|preceding) (?:\w+ )?"
    r"(?:instructions?|prompts?|rules|directions|guidelines)\b",
    r"\bnew instructions (?:follow|:)|<\|[^|<>\n]{1,40}\|>|\[/?INST\]|<</?SYS>>",
    r"^#{1,4}\s?(?:Instruction|Response|System|Human|Assistant|Input)s?:",
)
_SYSTEM_PROMPT = _any(r"\bsystem (?:prompt|message)s?\b|システム(?:プロンプト|メッセージ)")
_FENCE = _any(r"</?(?:passages?|documents?|context|output|text-\w{1,40})\b[^<>\n]{0,60}>")
_THINKING = _any(r"</?(?:think(?:ing)?|reason(?:ing)?|answer)\b[^<>\n]{0,60}>")
_PASSAGE = _any(
    r"\b(?:passage|excerpt)s?\s?(?:p|#|no\.? )?\d{1,4}\b|パッセージ\s?p?\d{1,4}",
    r"(?<![a-z0-9.@-])p\d{1,4}(?![a-z0-9%-]|\.\d)",
)
_LATENCY = _any("percentile|latency|レイテンシ|遅延|応答時間|パーセンタイル")
_QUOTED = re.compile(r"「[^「」\n]{1,80}」|『[^『』\n]{1,80}』|“[^“”\n]{1,120}”")
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def link(text: str, may_hold: Sequence[str] = ()) -> str:
    """The first address of a text; a dotted name that one of `may_hold` has, as `fast.ai`, is none."""
    plain = _plain(text)
    if found := _ADDRESS.search(plain):
        return found[0][:_EXCERPT]
    for found in _DOMAIN.finditer(plain):
        if not re.fullmatch(r"[A-Za-z0-9.-]+", found[0]) or not _stands((found[0],), may_hold):
            return found[0][:_EXCERPT]
    return ""


def mention(text: str) -> str:
    """What of a text a chat platform takes for a mention or a command; else empty."""
    for one in (text, _plain(text)):
        if found := _MENTION.search(one):
            return found[0].strip()[:_EXCERPT]
    return ""


def prompt(text: str, marks: Sequence[str] = (), may_hold: Sequence[str] = ()) -> str:
    """What of a text is of the prompt, or a model speaking of itself; else empty.

    `marks` are those of the prompt. What one of `may_hold` has too, as `<think>` or the words
    "system prompt", is what the paper is about.
    """
    plain = _plain(text)
    if any(mark and mark.casefold() in plain.casefold() for mark in marks):
        return "…"
    unquoted = _QUOTED.sub(" ", plain)
    spoken = unquoted if 2 * len(unquoted) > len(plain) else plain
    for own in (_MODEL_SPEAKS, _FIRST_PERSON, _MODEL_SPEAKS_JAPANESE):
        if found := own.search(spoken):
            return found[0].strip()[:_EXCERPT]
    if found := _INSTRUCTS.search(plain) or _FENCE.search(plain):
        return found[0][:_EXCERPT]
    if (found := _SYSTEM_PROMPT.search(plain)) and not _stands(("system prompt", "system message"), may_hold):
        return found[0]
    for found in _THINKING.finditer(plain):
        if not _stands((found[0],), may_hold) or not plain[: found.start()].strip():
            return found[0][:_EXCERPT]
    for found in _PASSAGE.finditer(plain):
        if not _stands((found[0],), may_hold) and not _LATENCY.search(plain):
            return found[0]
    return ""


def _plain(text: str) -> str:
    """Text without full-width forms and what cannot be seen, which hide what it says."""
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text))


def _stands(ways: Sequence[str], texts: Sequence[str]) -> bool:
    """Whether one of the texts holds one of these, whatever the case."""
    return any(
        way.casefold() in unicodedata.normalize("NFKC", text).casefold() for text in texts for way in ways
    )
