"""Words that invented people and companies are named with."""

from __future__ import annotations

import unicodedata


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = {
    "US": _words(
        """Abigail Andre Brianna Caleb Camila Carlos Dana Darius Elena Emmett Felicia Gavin Grace
        Hannah Isaac Jada Jerome Jocelyn Kara Kenji Laila Logan Marcus Marisol Mei Miles Nadia
        Owen Paige Priya Quentin Rosa Sanjay Shauna Tessa Theo Valeria Vince Wendy Xavier"""
    ),
    "GB": _words(
        """Aisha Alastair Bethan Callum Deepa Duncan Eleanor Fergus Gemma Harriet Idris Imogen
        Jasmine Kieran Louisa Malcolm Niamh Oscar Poppy Rhys Saira Stuart Tamsin Vikram"""
    ),
    "DE": _words(
        """Annika Bastian Birgit Cem Dörte Elif Florian Frauke Gesa Hannes Henrike Ines Jannik
        Jürgen Katrin Lars Leyla Malte Meike Niklas Ole Renate Sönke Svenja Tilo Ulrike Wiebke"""
    ),
    "FR": _words(
        """Adèle Bastien Chloé Damien Élodie Fabrice Inès Jérôme Margaux Mathis Noémie Yann"""
    ),
    "SE": _words("""Agneta Björn Ebba Göran Hedvig Håkan Ida Jonas Linnéa Måns Saga Tove"""),
    "AU": _words("""Archie Brooke Cooper Dimitri Freya Jarrah Kylie Lachlan Minh Skye"""),
}

LAST = {
    "US": _words(
        """Abernathy Alvarado Bancroft Beaumont Caldwell Castellano Dawson Delgado Eastman Fairley
        Fontaine Garrison Holbrook Ingram Jefferies Kowalski Lattimore Maddox Nakagawa Okafor
        Pemberton Quiroga Redding Salcedo Thackeray Underhill Vasquez Whitlock Yamada Zeller"""
    ),
    "GB": _words(
        """Ashdown Birtwistle Chaudhry Dunmore Entwistle Fairclough Gallagher Hathersage Iqbal
        Kettlewell Lockhart Merriweather Nuttall Ogilvie Pryce Ravenscroft Sethi Thistlewood
        Wetherby Yardley"""
    ),
    "DE": _words(
        """Achterberg Baumgart Dreyer Eickhoff Feldkamp Grünwald Hellmich Ihlenfeld Jessen Kaltofen
        Lindhorst Möhring Nettelbeck Öztürk Petersen Quast Rademacher Schürmann Tewes Ulbricht
        Vossberg Wöhlert Yıldız Zumbrock"""
    ),
    "FR": _words(
        """Aubertin Bellanger Charpentier Delacourt Fauvel Guilbert Lemercier Morvan Roussel
        Vasseur"""
    ),
    "SE": _words(
        """Almqvist Bergdahl Ekström Forsgren Hallström Lindvall Nyström Rosengren Sjödin Åkesson"""
    ),
    "AU": _words(
        """Barramore Coolidge Drummond Ellery Hargreave Nguyen Papadakis Tully Wainwright"""
    ),
}

#: First halves of company names, all invented.
STEMS = _words(
    """Alderfen Amberquay Ashgrove Barleymoor Birchhaven Bluetarn Bramblegate Brookmere Cinderford
    Cloverdene Coppervale Cresthollow Dovecote Driftwell Eastmarsh Elmstead Emberlane
    Fallowfield Fernhollow Foxtarn Glenbarrow Goldenreach Greyfell Harrowdale Hazelmoor
    Heronsgate Hollowbrook Ironbeck Juniperhill Kestrelmere Kingsfold Larkfield Lindenport
    Longacre Maplethwaite Marlowfen Meadowkirk Millbrae Mossgate Northwharf Oakenshaw Oldharbour
    Orchardlea Pebbleridge Pinecross Quarrystone Quillhaven Ravensbeck Redthorn Ridgewater
    Rookwood Rowanhurst Saltmarsh Sandlewick Silverbeck Sparrowdale Stonewell Sunderlea
    Tallowmere Tarnside Thistledown Thornbury Tidewell Umberfield Valebrook Wakemoor Westerlea
    Whinmoor Wildgarth Willowbank Windermarsh Wrenfield Yarrowby Yewtree Zephyrdale"""
)

#: Trades that deliver with vans of their own, in English and in German.
TRADES = {
    "Bakery": "Backwaren",
    "Beverages": "Getränke",
    "Flowers": "Blumengroßhandel",
    "Farm Foods": "Feinkost",
    "Furniture": "Möbel",
    "Building Supplies": "Baustoffe",
    "Medical Supplies": "Medizinbedarf",
    "Laundry Services": "Textilpflege",
    "Office Supplies": "Bürobedarf",
    "Produce": "Frischdienst",
    "Seafood": "Fischhandel",
    "Tyres & Parts": "Kfz-Teile",
    "Coffee Roasters": "Kaffeerösterei",
    "Cold Storage": "Kühllogistik",
    "Parcel Couriers": "Kurierdienst",
}

ROLES = {
    "Head of Logistics": 18,
    "Operations Manager": 18,
    "Fleet Manager": 16,
    "Managing Director": 12,
    "Dispatch Lead": 10,
    "COO": 8,
    "Owner": 8,
    "Supply Chain Manager": 7,
    "CFO": 5,
    "Purchasing Manager": 4,
}

#: How a company plans its routes today, in English and in German.
TOOLS = {
    "a spreadsheet": "eine Tabelle",
    "a whiteboard in the depot": "ein Whiteboard im Depot",
    "paper lists": "Listen auf Papier",
    "the drivers' own experience": "die Erfahrung der Fahrer",
    "an old planning program": "ein altes Planungsprogramm",
}

#: Letters that e-mail addresses write in two, or that have no form without their mark.
SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ß": "ss", "ı": "i"})


def ascii_letters(name: str) -> str:
    """A name as the local part of an e-mail address writes it."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(SPELLED))
    return plain.encode("ascii", "ignore").decode()
