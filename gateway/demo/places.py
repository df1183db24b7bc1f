"""Where the demo's leads live, and telephone numbers that ring nowhere."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Exchange:
    """A range of telephone numbers that its country keeps for fiction."""

    prefix: str
    first: int
    last: int
    digits: int
    zone: str

    def number(self, place: int) -> str:
        """The number at this place of the range, in E.164."""
        return f"{self.prefix}{self.first + place:0{self.digits}d}"

    def __len__(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class Place:
    """A country with its language, the endings of its companies' names and its exchanges."""

    country: str
    language: str
    endings: tuple[str, ...]
    exchanges: tuple[Exchange, ...]


def _america() -> tuple[Exchange, ...]:
    # North American Numbering Plan Administration: 555-0100 to 555-0199 of every area code.
    areas = {
        "America/New_York": (212, 305, 404, 412, 617, 704, 718, 919),
        "America/Chicago": (312, 414, 504, 512, 612, 615, 713, 816),
        "America/Denver": (303, 406, 505, 801),
        "America/Los_Angeles": (206, 213, 415, 503, 619, 702),
    }
    return tuple(
        Exchange(f"+1{area}55501", 0, 99, 2, zone)
        for zone, codes in areas.items()
        for area in codes
    )


UNITED_STATES = Place("US", "en-US", ("Inc.", "LLC", "Co.", "& Sons"), _america())

# Ofcom, "Numbers for use in TV and radio drama": 020 7946 0000-0999 (London), 0113 496 0000-0999
# (Leeds), 0161 496 0000-0999 (Manchester), 07700 900000-900999 (mobile).
UNITED_KINGDOM = Place(
    "GB",
    "en-GB",
    ("Ltd", "& Co.", "Group", "Ltd"),
    tuple(
        Exchange(prefix, 0, 999, digits, "Europe/London")
        for prefix, digits in (
            ("+442079460", 3),
            ("+441134960", 3),
            ("+441614960", 3),
            ("+447700900", 3),
        )
    ),
)

# Bundesnetzagentur, "Rufnummern fuer Medienproduktionen": 030 23125, 040 66969, 0221 4710,
# 089 99998 and 069 90009, each 000-999.
GERMANY = Place(
    "DE",
    "de",
    ("GmbH", "GmbH & Co. KG", "KG", "AG"),
    tuple(
        Exchange(prefix, 0, 999, 3, "Europe/Berlin")
        for prefix in ("+493023125", "+494066969", "+492214710", "+498999998", "+496990009")
    ),
)

# Arcep, numbering plan, numbers for audiovisual works: 01 99 00 XX XX, 02 61 91, 03 53 01,
# 04 65 71, 05 36 49 and 06 39 98.
FRANCE = Place(
    "FR",
    "fr",
    ("SARL", "SAS", "& Fils"),
    tuple(
        Exchange(prefix, 0, 9999, 4, "Europe/Paris")
        for prefix in ("+3319900", "+3326191", "+3346571", "+3363998")
    ),
)

# Post- och telestyrelsen, numbers for books and films: 08-465 004 00-99 (Stockholm),
# 031-390 06 00-99 (Gothenburg), 070-174 06 05-99 (mobile).
SWEDEN = Place(
    "SE",
    "sv",
    ("AB", "Handels AB"),
    (
        Exchange("+468465004", 0, 99, 2, "Europe/Stockholm"),
        Exchange("+463139006", 0, 99, 2, "Europe/Stockholm"),
        Exchange("+467017406", 5, 99, 2, "Europe/Stockholm"),
    ),
)

# Australian Communications and Media Authority, numbers for use in creative works: 5550 XXXX
# behind 02, 03, 07 and 08.
AUSTRALIA = Place(
    "AU",
    "en-AU",
    ("Pty Ltd", "Traders"),
    (
        Exchange("+6125550", 0, 9999, 4, "Australia/Sydney"),
        Exchange("+6135550", 0, 9999, 4, "Australia/Melbourne"),
        Exchange("+6175550", 0, 9999, 4, "Australia/Brisbane"),
    ),
)

#: How the leads spread over the countries.
SHARES = {
    UNITED_STATES: 46,
    UNITED_KINGDOM: 18,
    GERMANY: 22,
    FRANCE: 5,
    SWEDEN: 5,
    AUSTRALIA: 4,
}
