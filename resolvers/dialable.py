"""Whether a number may be dialled at all, whoever has it: the law of numbers, not of leads."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType, shortnumberinfo

from schema.error_code import ErrorCode

#: Country codes of satellite networks: Inmarsat, GMSS, and the international networks of 882, 883.
SATELLITE = frozenset({870, 881, 882, 883})
#: The country code of premium numbers that no country has.
INTERNATIONAL_PREMIUM = 979
#: Answered by the police and ambulances of most countries, also where they are not the local ones.
EMERGENCY = frozenset({"112", "911", "999"})
#: Why numbers of the right form ring nowhere.
_SILENT = frozenset({ErrorCode.FICTIONAL_NUMBER, ErrorCode.NUMBER_UNASSIGNED})
_COSTLY = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})

# Numbers that regulators keep for fiction: they ring nowhere, or at the film's own telephone.
_FICTIONAL = re.compile(
    "|".join(
        (
            # North America: 555-0100 to 555-0199 of every area code.
            r"\+1\d{3}55501\d\d",
            # Ofcom, "Telephone numbers for use in TV and radio drama programmes".
            r"\+44(?:11[3-8]|121|131|141|151|161)4960\d{3}",
            r"\+442079460\d{3}",
            r"\+44(?:1914980|1632960|2896496|2920180|3069990|7700900|8081570|9098790)\d{3}",
            # Bundesnetzagentur, "Rufnummern für Medienproduktionen".
            r"\+49(?:3023125|4066969|2214710|8999998|6990009)\d{3}",
            r"\+4915228(?:817386|895456)|\+4915254599371|\+4917139200\d\d|\+491729925904",
            # ARCEP's ranges for audiovisual works.
            r"\+33(?:19900|26191|35301|46571|53649|63998)\d{4}",
            # ACMA: numbers for use in radio, film and television.
            r"\+61[2378](?:5550|7010)\d{4}|\+61491570\d{3}|\+611800160401",
            # PTS: numbers for use in books and films.
            r"\+46(?:3139006|4062804|8465004|9803192|7017406)\d\d",
        )
    )
)


def undialable(e164: str, *, simulated: bool = False) -> ErrorCode | None:
    """Why this number must not be dialled, if it mustn't. Holds for transfers, too.

    Numbers that ring nowhere may be called where the call is only played out.
    """
    found = _undialable(e164)
    return None if simulated and found in _SILENT else found


@lru_cache(8192)
def _undialable(e164: str) -> ErrorCode | None:
    if _FICTIONAL.fullmatch(e164):
        return ErrorCode.FICTIONAL_NUMBER
    if e164.removeprefix("+") in EMERGENCY:
        return ErrorCode.EMERGENCY_NUMBER
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return ErrorCode.NUMBER_NOT_DIALABLE
    country = number.country_code or 0
    if country in SATELLITE:
        return ErrorCode.SATELLITE_NUMBER
    if country == INTERNATIONAL_PREMIUM:
        return ErrorCode.PREMIUM_NUMBER
    short = _short(number)
    if short is not None:
        return short
    if phonenumbers.number_type(number) in _COSTLY:
        return ErrorCode.PREMIUM_NUMBER
    if not phonenumbers.is_possible_number(number):
        return ErrorCode.NUMBER_NOT_DIALABLE
    return None if phonenumbers.is_valid_number(number) else ErrorCode.NUMBER_UNASSIGNED


def _short(number: phonenumbers.PhoneNumber) -> ErrorCode | None:
    """Emergency and other short codes, which some networks connect with a country code, too."""
    digits = phonenumbers.national_significant_number(number)
    regions = phonenumbers.region_codes_for_country_code(number.country_code or 0)
    if digits in EMERGENCY or any(
        shortnumberinfo.is_emergency_number(digits, region) for region in regions
    ):
        return ErrorCode.EMERGENCY_NUMBER
    if len(digits) <= 6 and not phonenumbers.is_valid_number(number):
        return ErrorCode.SHORT_NUMBER
    return None
