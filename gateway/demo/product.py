"""What the demo's invented company sells, in the words of its agents."""

from __future__ import annotations

from dataclasses import dataclass

COMPANY = "Brindlewick"


@dataclass(frozen=True)
class Pitch:
    """An agent's knowledge of the product, in one language."""

    product_explanation: str
    value_proposition: str
    pain_points: str
    benefits: str
    features_differentiators: str
    elevator_pitch: str
    email_knowledge: str
    example_email: str


ENGLISH = Pitch(
    product_explanation=(
        "Brindlewick Routes plans the daily tours of delivery fleets with 5 to 80 vehicles. "
        "Orders come in from the shop system or a spreadsheet, the planner proposes tours within "
        "two minutes, and drivers see their stops in an app that also works offline."
    ),
    value_proposition=(
        "The same deliveries with about one vehicle in eight fewer on the road, and customers who "
        "know when the van arrives. Most customers earn the licence back in the third month."
    ),
    pain_points=(
        "Planning takes the dispatcher two hours every morning. Tours depend on one person's head. "
        "Customers call to ask where the van is. Late changes mean phoning every driver. "
        "Overtime and fuel grow faster than the orders."
    ),
    benefits=(
        "Planning in minutes; 12 to 18 % fewer kilometres; arrival times by text message; proof of "
        "delivery with photo; a substitute can plan when the dispatcher is on holiday."
    ),
    features_differentiators=(
        "Learns real unloading times per customer instead of assuming an average. Works offline. "
        "No minimum fleet size, no hardware, monthly contract. Set up within one week, with a "
        "person of ours beside the dispatcher on the first morning."
    ),
    elevator_pitch=(
        "You know how planning tomorrow's tours eats the whole morning? Brindlewick Routes does it "
        "in two minutes, with fewer kilometres and arrival times your customers can rely on. You "
        "try it on last week's orders and see the difference before you pay anything."
    ),
    email_knowledge=(
        "Price: 29 US dollars per vehicle and month, 26 from 25 vehicles. Free trial of 30 days "
        "with the customer's own orders. Data is kept in the customer's region. Interfaces: CSV, "
        "REST, common shop systems. Support on weekdays from 7 to 19 local time."
    ),
    example_email=(
        "Hi Dana,\n\nyou run 14 vans out of two depots, so mornings are probably hectic. Fleets of "
        "your size plan their tours with us in two minutes and drive about 15 % less.\n\nWould "
        "a quarter of an hour on Thursday suit you? I would bring last week's tours as an "
        "example.\n\nBest regards"
    ),
)

GERMAN = Pitch(
    product_explanation=(
        "Brindlewick Routes plant die täglichen Touren von Lieferflotten mit 5 bis 80 Fahrzeugen. "
        "Aufträge kommen aus dem Shopsystem oder einer Tabelle, der Planer schlägt in zwei Minuten "
        "Touren vor, und die Fahrer sehen ihre Stopps in einer App, die auch ohne Netz läuft."
    ),
    value_proposition=(
        "Dieselben Lieferungen mit etwa einem Achtel weniger Fahrzeugen, und Kunden, die wissen, "
        "wann der Wagen kommt. Meist hat sich die Lizenz im dritten Monat bezahlt gemacht."
    ),
    pain_points=(
        "Die Disposition plant jeden Morgen zwei Stunden. Die Touren hängen am Wissen einer Person. "
        "Kunden fragen telefonisch, wo der Wagen bleibt. Überstunden und Diesel steigen schneller "
        "als die Aufträge."
    ),
    benefits=(
        "Planung in Minuten, 12 bis 18 % weniger Kilometer, Ankunftszeiten per SMS, Liefernachweis "
        "mit Foto, und die Vertretung kann im Urlaub der Disposition selbst planen."
    ),
    features_differentiators=(
        "Lernt die wirklichen Standzeiten je Kunde. Läuft ohne Netz. Keine Mindestflotte, keine "
        "Hardware, monatlich kündbar. In einer Woche eingeführt, am ersten Morgen ist jemand von "
        "uns neben der Disposition."
    ),
    elevator_pitch=(
        "Sie kennen das: Die Touren für morgen kosten den halben Vormittag. Brindlewick Routes "
        "macht das in zwei Minuten, mit weniger Kilometern und Ankunftszeiten, auf die sich Ihre "
        "Kunden verlassen. Sie probieren es mit den Aufträgen der letzten Woche aus."
    ),
    email_knowledge=(
        "Preis: 27 Euro je Fahrzeug und Monat, ab 25 Fahrzeugen 24 Euro. 30 Tage Test mit eigenen "
        "Aufträgen. Daten liegen in der EU, Auftragsverarbeitung nach DSGVO. Schnittstellen: CSV, "
        "REST, gängige Shopsysteme. Support werktags von 7 bis 19 Uhr."
    ),
    example_email=(
        "Guten Tag Frau Petersen,\n\nSie fahren mit 14 Wagen aus zwei Depots, da ist der Morgen "
        "vermutlich eng. Flotten Ihrer Größe planen mit uns in zwei Minuten und fahren etwa 15 % "
        "weniger.\n\nPasst Ihnen eine Viertelstunde am Donnerstag?\n\nViele Grüße"
    ),
)

#: What a conversation or an e-mail may pick from, by language.
POINTS = {
    "en": {
        "pain": (
            "planning the tours takes the whole morning",
            "customers keep calling to ask where the van is",
            "the plan lives in one person's head",
            "late orders throw the tours over",
            "overtime grows faster than the orders",
        ),
        "fact": (
            "it plans a day's tours in about two minutes",
            "it learns the real unloading time at each customer",
            "the driver app works without reception, too",
            "customers get their arrival time by text message",
            "it runs next to what you have and needs no hardware",
        ),
        "benefit": (
            "most fleets drive about fifteen percent less",
            "the dispatcher wins back an hour and a half a day",
            "the calls asking for the van drop by more than half",
            "a substitute can plan when the dispatcher is away",
        ),
        "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
        "hour": ("nine", "ten", "eleven", "two", "three", "four"),
    },
    "de": {
        "pain": (
            "die Tourenplanung den ganzen Vormittag kostet",
            "Kunden anrufen und fragen, wo der Wagen bleibt",
            "der Plan nur in einem Kopf steckt",
            "späte Aufträge alles umwerfen",
        ),
        "fact": (
            "die Tagestouren stehen in etwa zwei Minuten",
            "es lernt die wirklichen Standzeiten bei jedem Kunden",
            "die App der Fahrer läuft auch ohne Netz",
            "Ihre Kunden bekommen die Ankunftszeit per SMS",
        ),
        "benefit": (
            "die meisten Flotten fahren etwa fünfzehn Prozent weniger",
            "die Disposition gewinnt anderthalb Stunden am Tag",
            "die Anrufe nach dem Wagen gehen auf weniger als die Hälfte zurück",
        ),
        "day": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag"),
        "hour": ("neun", "zehn", "elf", "vierzehn", "fünfzehn", "sechzehn"),
    },
}
