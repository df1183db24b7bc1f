"""The header spellings of common CRMs, one lead field each, in their order of precedence."""

import re
from enum import StrEnum

from gateway.imports.vocabularies import folded


class Field(StrEnum):
    """A lead field that a column can feed."""

    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    COMPANY = "company"
    ROLE = "role"
    EMAIL = "email"
    PHONE = "phone"
    LANGUAGE = "language"
    TIME_ZONE = "time_zone"
    STAGE = "stage"
    SOURCE = "source"
    EXTERNAL_ID = "external_id"
    OUTREACH_DISABLED = "outreach_disabled"
    MEETING_BOOKED = "meeting_booked"
    CONSENT = "consent"
    COUNTRY = "country"


# Where several columns of a file feed one field, the spelling further up wins, then the column
# further left. HubSpot, Salesforce (labels and API names), Pipedrive ("Person - …"), Zoho, Apollo,
# Outlook and Google contacts, and plain words in six languages.
_SPELLINGS: dict[Field, str] = {
    Field.NAME: "name|full name|lead name|contact name|person name|lead - name|person - name"
    "|contact - name|display name|contact full name|prospect name|customer name"
    "|nom complet|nombre completo|nome completo|vollständiger name",
    Field.FIRST_NAME: "first name|given name|forename|fname|first|person - first name"
    "|lead first name|contact first name|lead.firstname|contact.firstname"
    "|vorname|prénom|nombre|primer nombre|nome|voornaam",
    Field.LAST_NAME: "last name|surname|family name|lname|last|person - last name"
    "|lead last name|contact last name|lead.lastname|contact.lastname"
    "|nachname|familienname|nom|nom de famille|apellido|apellidos|cognome|sobrenome|achternaam",
    Field.COMPANY: "company|company name|organization|organization - name|organization name"
    "|organisation|organisation name|person - organization|lead - organization|account name"
    "|account|associated company|associated company (primary)|company / account|lead company"
    "|primary company|employer|business name|organization 1 - name|lead.company"
    "|firma|firmenname|unternehmen|entreprise|société|empresa|azienda|società|bedrijf",
    Field.ROLE: "job title|role|title|position|person - job title|job role|contact title"
    "|lead.title|organization 1 - title|headline|occupation|berufsbezeichnung|position im unternehmen"
    "|funktion|fonction|poste|intitulé du poste|cargo|puesto|ruolo|functie",
    Field.EMAIL: "email|e-mail|email address|e-mail address|primary email|work email|business email"
    "|person - email - work|person - email|lead - email|contact email|email (work)|lead.email"
    "|e-mail 1 - value|email 1|person - email - other|secondary email|email 2|personal email"
    "|home email|person - email - home|e-mail 2 address"
    "|e-mail-adresse|adresse e-mail|adresse électronique|courriel|correo|correo electrónico"
    "|dirección de correo electrónico|indirizzo email|indirizzo e-mail|endereço de e-mail|e-mailadres",
    Field.PHONE: "phone_e164|e164|phone|phone number|telephone|telephone number|primary phone|contact phone"
    "|lead phone|lead.phone|person - phone - work|person - phone|lead - phone"
    "|work phone|work direct phone|direct phone|direct dial|direct|business phone|office phone"
    "|phone (work)|phone 1 - value|phone 1|tel|mobile phone number|mobile|mobile phone|mobile number|cell"
    "|cell phone|cellphone|person - phone - mobile|phone (mobile)|mobilephone|home phone"
    "|person - phone - home|other phone|person - phone - other|phone 2|phone 2 - value"
    "|company phone|corporate phone|company phone number|organization - phone"
    "|telefon|telefonnummer|téléphone|numéro de téléphone|teléfono|telefono|telefone|telefoon"
    "|handy|mobil|mobilnummer|mobiltelefon|portable|téléphone portable|móvil|teléfono móvil|celular"
    "|cellulare|telefoonnummer|number to call",
    Field.LANGUAGE: "language|preferred language|language preference|contact language|hs_language"
    "|lang|locale|lead language|person - language|spoken language|language pref"
    "|sprache|langue|idioma|lingua|taal",
    Field.TIME_ZONE: "time zone|timezone|tz|contact time zone|hs_timezone|lead time zone"
    "|iana time zone|preferred time zone|timezone (iana)"
    "|zeitzone|fuseau horaire|zona horaria|fuso orario|fuso horário|tijdzone",
    Field.STAGE: "stage|lead stage|lead status|hs_lead_status|contact stage|status|contact status"
    "|prospect status|lead.status|person - lead status|lifecycle stage|lifecyclestage|deal stage"
    "|deal - status",
    Field.SOURCE: "source|lead source|contact source|original source|original traffic source"
    "|lead - source|person - source|leadsource|lead.leadsource|hs_analytics_source|source name"
    "|channel source|lead origin|herkunft|quelle|leadquelle|origine|origen",
    Field.EXTERNAL_ID: "external id|external_id|externalid|lead id|contact id|person id|person - id"
    "|lead - id|record id|record id - contact|hs_object_id|vid|apollo contact id|crm id|lead.id"
    "|contact record id|case safe id|18 digit id|id",
    Field.OUTREACH_DISABLED: "outreach disabled|outreach_disabled|do not contact|dnc|do not call"
    "|donotcall|email opt out|email opt-out|emailoptout|hasoptedoutofemail|call opt out|opted out"
    "|opt out|optout|opted out of email|opted out of calls|unsubscribed"
    "|unsubscribed from all email|hs_email_optout|email unsubscribed|do not email"
    "|person - marketing unsubscribed|lead stopped|sms opt out|nicht kontaktieren"
    "|ne pas contacter|no llamar|marketing status|person - marketing status"
    "|contact - marketing status|email marketing status|don't contact|don't market"
    "|has opted out solicit|lead.donotcall|contact.donotcall|lead.hasoptedoutofemail"
    "|contact.hasoptedoutofemail|individual.hasoptedoutsolicit|opted out of sms|unsubscribe"
    "|nicht anrufen|ne pas appeler|no contactar|von allen e-mails abgemeldet",
    Field.MEETING_BOOKED: "meeting booked|meeting_booked|has meeting|meeting scheduled|demo booked"
    "|demo scheduled|appointment booked|meeting set",
    Field.CONSENT: "consent|consent given|consent status|call consent|consent to call|phone consent"
    "|marketing consent|gdpr consent|contact consent|consent capture|consent_capture|opt in|opted in"
    "|marketing opt in|tcpa consent|einwilligung|consentement|consentimiento|consenso",
    Field.COUNTRY: "country|country/region|country name|country code|country/region code|iso country"
    "|mailing country|mailing country/territory|mailing country code|lead country|contact country"
    "|person country|lead.country|contact.mailingcountry|hs_country_region_code|work country"
    "|business country|business country/region|home country|home country/region"
    "|address 1 - country|person - country|person - country of postal address|billing country"
    "|company country|company country/region|account country|organization country"
    "|organization - country|organization - country of address|other country|ip country"
    "|land|land/region|pays|pays/région|país|país/región|país/região|paese|paese/area geografica",
}

# One of these is enough to call a lead by.
NAMING = (Field.NAME, Field.FIRST_NAME, Field.LAST_NAME, Field.COMPANY)
# Kept as custom fields whole: a lead's own source is a closed vocabulary ("IMPORT"), and a country
# is only read for the phone number beside it.
ASIDE = {
    Field.SOURCE: "the lead's own source is IMPORT",
    Field.COUNTRY: "the country of phone numbers without a country code",
}
# Columns that forbid contact: any of them that says so counts, whatever the others say.
MERGED = frozenset({Field.OUTREACH_DISABLED, Field.CONSENT})

_RANKS: dict[str, tuple[Field, int]] = {
    folded(spelling): (field, rank)
    for field, line in reversed(_SPELLINGS.items())
    for rank, spelling in reversed(list(enumerate(line.split("|"))))
}


# HubSpot has a column for each kind of e-mail, such as "Opted out of email: One to One".
_KINDS = re.compile(r"\s*(opted out of email\s*:|hs_email_optout_[0-9]+\s*$)", re.IGNORECASE)


def recognise(header: str) -> tuple[Field, int] | None:
    """The lead field a header stands for and its rank there (0 is preferred), or None."""
    if _KINDS.match(header):
        return _RANKS[folded("hs_email_optout")]
    return _RANKS.get(folded(header))


def recognised(header: str) -> bool:
    """Whether a header stands for a lead field."""
    return recognise(header) is not None
