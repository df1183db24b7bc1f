"""Which country a cell names: a name in many languages, an ISO code or a country's calling code."""

import re
from functools import cache, lru_cache

import phonenumbers

from gateway.imports.vocabularies import folded

# ISO 3166-1: three letters and the two that dial plans go by.
_THREE_LETTERS = (
    "ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATGAG AUSAU AUTAT AZEAZ"
    " BDIBI BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL BLRBY BLZBZ BMUBM BOLBO"
    " BRABR BRBBB BRNBN BTNBT BWABW CAFCF CANCA CCKCC CHECH CHLCL CHNCN CIVCI CMRCM CODCD COGCG"
    " COKCK COLCO COMKM CPVCV CRICR CUBCU CUWCW CXRCX CYMKY CYPCY CZECZ DEUDE DJIDJ DMADM DNKDK"
    " DOMDO DZADZ ECUEC EGYEG ERIER ESHEH ESPES ESTEE ETHET FINFI FJIFJ FLKFK FRAFR FROFO FSMFM"
    " GABGA GBRGB GEOGE GGYGG GHAGH GIBGI GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR GRDGD GRLGL GTMGT"
    " GUFGF GUMGU GUYGY HKGHK HNDHN HRVHR HTIHT HUNHU IDNID IMNIM INDIN IOTIO IRLIE IRNIR IRQIQ"
    " ISLIS ISRIL ITAIT JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH KIRKI KNAKN KORKR KWTKW"
    " LAOLA LBNLB LBRLR LBYLY LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO MAFMF MARMA MCOMC"
    " MDAMD MDGMG MDVMV MEXMX MHLMH MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ MRTMR MSRMS"
    " MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA NCLNC NERNE NFKNF NGANG NICNI NIUNU NLDNL NORNO NPLNP"
    " NRUNR NZLNZ OMNOM PAKPK PANPA PERPE PHLPH PLWPW PNGPG POLPL PRIPR PRKKP PRTPT PRYPY PSEPS"
    " PYFPF QATQA REURE ROURO RUSRU RWARW SAUSA SDNSD SENSN SGPSG SHNSH SJMSJ SLBSB SLESL SLVSV"
    " SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR SVKSK SVNSI SWESE SWZSZ SXMSX SYCSC SYRSY TCATC"
    " TCDTD TGOTG THATH TJKTJ TKLTK TKMTM TLSTL TONTO TTOTT TUNTN TURTR TUVTV TWNTW TZATZ UGAUG"
    " UKRUA URYUY USAUS UZBUZ VATVA VCTVC VENVE VGBVG VIRVI VNMVN VUTVU WLFWF WSMWS XKXXK YEMYE"
    " ZAFZA ZMBZM ZWEZW"
)
# What people write and no list of countries has.
_USUAL = {
    "US": "u.s.|u.s.a.|united states of america|the united states|america",
    "GB": "uk|u.k.|great britain|britain|england|scotland|wales|northern ireland"
    "|united kingdom of great britain and northern ireland",
    "NL": "holland|the netherlands|niederlande",
    "AE": "uae|u.a.e.",
    "KR": "korea|republic of korea",
    "CZ": "czech republic|czechia",
    "SZ": "eswatini",
    "MK": "north macedonia",
    "MM": "burma",
    "XK": "kosovo",
    "MD": "republic of moldova",
    "BS": "the bahamas",
    "GM": "the gambia",
    "PH": "the philippines",
    "VN": "viet nam",
    "RU": "russian federation",
    "IE": "republic of ireland",
    "TR": "turkey",
    "HK": "hong kong|hong kong sar|hong kong sar china",
    "MO": "macau|macao",
    "CI": "ivory coast",
    "DE": "brd|federal republic of germany",
}
_CALLING_CODE = re.compile(r"(?:\+|00)?([1-9][0-9]{0,2})", re.ASCII)


@lru_cache(maxsize=1024)
def region(text: str) -> str | None:
    """The two letters of the country; None if there is none of this name or code."""
    code = _CALLING_CODE.fullmatch(text.strip())
    if code is not None:
        found = phonenumbers.region_code_for_country_code(int(code[1]))
        return found if found in phonenumbers.SUPPORTED_REGIONS else None
    return _names().get(folded(text))


@cache
def _names() -> dict[str, str]:
    """Names and codes, folded."""
    # A large table, which most files never need.
    from phonenumbers.geodata.locale import LOCALE_DATA

    found = {folded(two): two for two in phonenumbers.SUPPORTED_REGIONS}
    for code in _THREE_LETTERS.split():
        found[code[:3].lower()] = code[3:]
    for two, line in _USUAL.items():
        found.update((folded(name), two) for name in line.split("|"))
    tables = [(two, names) for two, names in LOCALE_DATA.items() if two in found.values()]
    for two, names in tables:
        # "*xx" refers to another language's name.
        english = names["en"]
        found.setdefault(folded(names.get(english[1:], english)), two)
    for two, names in tables:
        found.update(
            (key, two)
            for key in [folded(name) for name in names.values() if not name.startswith("*")]
            if key not in found
        )
    return found
