"""How CRMs spell stages, yes and no, consent, languages and time zones."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import TypeVar

from models.lead import ConsentState, LeadStage
from resolvers.given import ZONES

T = TypeVar("T")


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Letters and digits alone, without case and accents: "Prénom " and "PRENOM" are equal."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if c.isalnum()).casefold()


def _table(spellings: dict[T, str]) -> dict[str, T]:
    """Each spelling, folded, with what it means; spellings are separated by bars."""
    return {folded(s): value for value, line in spellings.items() for s in line.split("|")}


# HubSpot's lead status and lifecycle stage, Salesforce's and Zoho's lead status, Pipedrive's deal
# status and labels, Apollo's contact stage.
_STAGES = _table(
    {
        LeadStage.NEW: "new|new lead|open|open - not contacted|not contacted|uncontacted|untouched"
        "|to contact|subscriber|lead|raw lead|cold|cold lead|marketing qualified lead|mql|fresh"
        "|unassigned|imported",
        LeadStage.IN_PROGRESS: "in progress|working|working - contacted|contacted|connected|active"
        "|attempted to contact|attempted|attempting|approaching|contact in future|nurture"
        "|nurturing|engaged|replied|warm|warm lead|follow up|prospect|demo scheduled"
        "|meeting scheduled|meeting booked|unresponsive|recycled",
        LeadStage.QUALIFIED: "qualified|pre-qualified|interested|hot|hot lead|sql"
        "|sales qualified lead|sal|sales accepted lead|opportunity|open deal|negotiation|proposal",
        LeadStage.CONVERTED: "converted|closed - converted|closed won|won|deal won|customer"
        "|client|existing customer|evangelist",
        LeadStage.LOST: "lost|lost lead|closed lost|closed - not converted|deal lost|unqualified"
        "|not qualified|disqualified|not interested|bad timing|junk|junk lead|bad data|dead"
        "|former customer|churned|do not contact",
    }
)
_YES = _table({"yes": "yes|y|true|t|1|on|x|checked|ja|oui|si|sim|wahr|vrai|verdadero|vero"})
_NO = _table({"no": "no|n|false|f|0|off|unchecked|nein|non|nao|falsch|faux|falso"})
_CONSENT = _table(
    {
        ConsentState.GRANTED: "granted|given|obtained|opted in|opt in|opt-in|subscribed|accepted"
        "|consented|explicit|express|express written|written|freely given consent from contact"
        "|pre_call|website_form|manual",
        ConsentState.DENIED: "denied|refused|declined|rejected|withdrawn|revoked|opted out|opt out"
        "|unsubscribed|none given|do not contact",
        ConsentState.UNKNOWN: "unknown|pending|waiting|not responded|not asked|not applicable|not set|imported",
    }
)
# Pipedrive's marketing status among others. "No consent" is what it gives everybody at first: no
# wish of the person's.
_OPTED_OUT = _table(
    {
        True: "unsubscribed|opted out|opt out|archived|bounced|do not contact|do not call|do not email",
        False: "subscribed|pending upgrade|opted in|opt in|no consent|pending double opt-in",
    }
)
# ISO 639-1, and the three-letter codes in common use that have no two-letter one.
_LANGUAGE_CODES = (
    " aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da"
    " de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy"
    " hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg"
    " li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or"
    " os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta"
    " te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
    " bho ceb ckb cmn fil gsw haw hmn kok mai mni nso yue "
)
_LANGUAGE_NAMES = _table(
    {
        "en": "english|englisch|anglais|inglés|inglese|inglês",
        "de": "german|deutsch|allemand|alemán|tedesco",
        "fr": "french|français|französisch|francés",
        "es": "spanish|español|spanisch|espagnol|castellano",
        "it": "italian|italiano|italienisch",
        "pt": "portuguese|português|portugués",
        "pt-BR": "portuguese (brazil)|brazilian portuguese",
        "nl": "dutch|nederlands|niederländisch",
        "sv": "swedish|svenska",
        "nb": "norwegian bokmål",
        "no": "norwegian|norsk",
        "da": "danish|dansk",
        "fi": "finnish|suomi",
        "pl": "polish|polski",
        "cs": "czech|čeština",
        "sk": "slovak",
        "hu": "hungarian|magyar",
        "ro": "romanian|română",
        "bg": "bulgarian",
        "el": "greek|ελληνικά",
        "tr": "turkish|türkçe",
        "ru": "russian|русский",
        "uk": "ukrainian|українська",
        "ar": "arabic|العربية",
        "he": "hebrew|עברית",
        "fa": "persian|farsi",
        "hi": "hindi|हिन्दी",
        "bn": "bengali",
        "ta": "tamil",
        "te": "telugu",
        "mr": "marathi",
        "gu": "gujarati",
        "kn": "kannada",
        "ml": "malayalam",
        "pa": "punjabi",
        "ur": "urdu",
        "zh": "chinese|中文",
        "zh-Hans": "chinese (simplified)|simplified chinese|简体中文",
        "zh-Hant": "chinese (traditional)|traditional chinese|繁體中文",
        "cmn": "mandarin",
        "yue": "cantonese",
        "ja": "japanese|日本語",
        "ko": "korean|한국어",
        "vi": "vietnamese|tiếng việt",
        "th": "thai|ไทย",
        "id": "indonesian|bahasa indonesia",
        "ms": "malay",
        "fil": "filipino|tagalog",
        "sw": "swahili",
    }
)
_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(-(?P<script>[a-z]{4}))?(-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)",
    re.ASCII | re.IGNORECASE,
)
_ZONE_IN_LABEL = re.compile(r"\((?P<zone>[A-Za-z_]+/[A-Za-z0-9_/+-]+)\)$")


def stage(text: str) -> LeadStage | None:
    """The stage behind a CRM's status; None if the status is unknown."""
    return _STAGES.get(folded(text))


def forbids_contact(text: str) -> bool:
    """Whether a CRM's status says that the person must not be contacted."""
    return folded(text) in ("donotcontact", "donotcall", "optedout", "unsubscribed", "blacklisted")


def boolean(text: str) -> bool | None:
    """Yes or no as CRMs and spreadsheets write it; None if it is neither."""
    key = "1" if text in ("✓", "✔", "☑") else folded(text)
    if key in _YES:
        return True
    return False if key in _NO else None


def opted_out(text: str) -> bool | None:
    """Whether a cell about opting out forbids contact; None if it may mean either."""
    answer = boolean(text)
    return _OPTED_OUT.get(folded(text)) if answer is None else answer


def consent(text: str) -> ConsentState | None:
    """The consent a cell states, UNKNOWN where it says that there is no answer; None if neither."""
    answer = boolean(text)
    if answer is not None:
        return ConsentState.GRANTED if answer else ConsentState.DENIED
    return _CONSENT.get(folded(text))


@lru_cache(maxsize=1024)
def language(text: str) -> str | None:
    """The BCP 47 tag in its usual case ("pt_br" is "pt-BR", "German" is "de"); None if unknown."""
    match = _TAG.fullmatch(text.replace("_", "-"))
    if match and f" {match['language'].lower()} " in _LANGUAGE_CODES:
        parts = [match["language"].lower()]
        if match["script"]:
            parts.append(match["script"].title())
        if match["region"]:
            parts.append(match["region"].upper())
        return "-".join(parts) + match["variants"].lower()
    return _LANGUAGE_NAMES.get(folded(text))


@lru_cache(maxsize=1024)
def time_zone(text: str) -> str | None:
    """The IANA zone in its own case; None if there is no such zone.

    Also reads HubSpot's internal names ("america_slash_new_york") and Salesforce's labels
    ("(GMT-08:00) Pacific Standard Time (America/Los_Angeles)"). "EST" and "MST" are refused:
    people mean a zone with summer time, the tz database one without, and an hour's difference
    decides whether a call is legal.
    """
    label = _ZONE_IN_LABEL.search(text)
    name = label["zone"] if label else text.replace("_slash_", "/").replace(" ", "_")
    return _zones().get(name.lower())


@cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in ZONES - {"EST", "MST"}}
