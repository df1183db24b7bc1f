"""What is written in the demo's e-mails, by language and purpose.

A letter is a subject and alternatives of its body; answers keep the subject they answer.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Letter:
    """One kind of e-mail."""

    summary: str
    subjects: tuple[str, ...]
    bodies: tuple[str, ...]


ENGLISH = {
    "intro": Letter(
        "Introduces the route planner and offers a short demo.",
        (
            "Planning tours at {company}",
            "Fewer kilometres with your {vehicles} vans",
            "{first}, a question about your morning planning",
        ),
        (
            "Hi {first},\n\nmany fleets with about {vehicles} vehicles tell us that {pain}. "
            "Brindlewick Routes takes that off the dispatcher: {fact}.\n\nWould a quarter of an "
            "hour on {day} at {hour} suit you? I would bring an example with tours like yours.",
            "Hello {first},\n\nhow do you plan the tours at {company} today? If it is {tool}, you "
            "are in good company. With us {fact}, and {benefit}.\n\nShall I send you a comparison "
            "with your own orders of last week? It costs nothing.",
            "Hi {first},\n\nI'll be brief: {benefit}, because {fact}. You try it next to what you "
            "have.\n\nIs that worth fifteen minutes on {day}?",
        ),
    ),
    "follow_up": Letter(
        "Follows up on a call with prices and an offer to try.",
        ("After our call", "As promised: route planning for {company}"),
        (
            "Hi {first},\n\nthank you for the talk. As promised, the facts: 29 dollars per vehicle "
            "and month, monthly contract, 30 days of trial. {Fact}.\n\nFor your {vehicles} "
            "vehicles I have prepared a comparison. Which week of orders may I use?",
            "Hello {first},\n\ngood to speak with you. You said that {pain}; that is the part that "
            "changes first. {Benefit}.\n\nThe trial needs one file with last week's orders. Shall "
            "I send you the form?",
        ),
    ),
    "reminder": Letter(
        "Asks once more, shortly.",
        (),
        (
            "Hi {first},\n\njust in case this went under: is route planning at {company} worth a "
            "short look this month? A yes or no is enough for me.",
            "Hello {first},\n\nI don't want to be a nuisance, so this is the last time I ask: may I "
            "show you what {vehicles} vehicles look like in the planner?",
        ),
    ),
    "yes": Letter(
        "Wants to see a demo.",
        (),
        (
            "Hi,\n\nyes, {day} at {hour} works for me. Please include our dispatcher.\n\n{first}",
            "Hello,\n\nlet's do it. Can you send an invitation for {day}?\n\nBest, {name}",
        ),
    ),
    "question": Letter(
        "Asks about details before deciding.",
        (),
        (
            "Hello,\n\ndoes it work together with {tool}? And what happens when a driver has no "
            "reception?\n\n{name}\n{company}",
            "Hi,\n\nwe have {vehicles} vehicles, but some only on two days a week. How is that "
            "priced?\n\n{first}",
        ),
    ),
    "later": Letter(
        "Postpones to the next quarter.",
        (),
        (
            "Hi,\n\nnot now, we are in the middle of our busy season. Ask again next quarter.\n\n{first}",
        ),
    ),
    "decline": Letter(
        "Declines.",
        (),
        (
            "Hello,\n\nthanks, but we decided for another solution in spring.\n\n{name}",
            "Hi,\n\nno budget for that this year, sorry.\n\n{first}",
        ),
    ),
    "unsubscribe": Letter(
        "Asks not to be written to again.",
        (),
        (
            "Please remove me from your list.\n\n{name}",
            "Unsubscribe, please. I never asked for this.",
        ),
    ),
    "answer": Letter(
        "Answers and proposes the next step.",
        (),
        (
            "Hi {first},\n\ngladly: {fact}, and {fact2}. I have put the details in the comparison "
            "for {company}.\n\nTalk to you on {day}.",
            "Hello {first},\n\nthank you for the quick answer. Yes, that works, and you pay only "
            "for vehicles on the road that month.\n\nShall we look at it together on {day} at "
            "{hour}?",
        ),
    ),
    "incoming": Letter(
        "Asks for prices without having been contacted.",
        ("Price for route planning", "Question about Brindlewick Routes"),
        (
            "Hello,\n\nI read about your planner. What would it cost for {vehicles} vehicles?\n\n"
            "{name}\n{role}, {company}",
        ),
    ),
}

GERMAN = {
    "intro": Letter(
        "Introduces the route planner and offers a short demo.",
        ("Tourenplanung bei {company}", "Weniger Kilometer mit Ihren {vehicles} Fahrzeugen"),
        (
            "Guten Tag {name},\n\nviele Flotten mit etwa {vehicles} Fahrzeugen berichten, dass "
            "{pain}. Mit Brindlewick Routes wird das einfacher: {fact}.\n\nPasst Ihnen eine "
            "Viertelstunde am {day} um {hour} Uhr?",
            "Guten Tag {name},\n\nwie planen Sie die Touren bei {company} heute? Aus Erfahrung: "
            "{benefit}.\n\nDarf ich Ihnen einen Vergleich mit Ihren Aufträgen der letzten Woche "
            "rechnen? Das kostet nichts.",
        ),
    ),
    "follow_up": Letter(
        "Follows up on a call with prices and an offer to try.",
        ("Nach unserem Gespräch", "Wie besprochen: Tourenplanung für {company}"),
        (
            "Guten Tag {name},\n\nvielen Dank für das Gespräch. Die Eckdaten: 27 Euro je Fahrzeug "
            "und Monat, monatlich kündbar, 30 Tage Test.\n\nFür Ihre {vehicles} Fahrzeuge habe ich "
            "einen Vergleich vorbereitet. Welche Woche darf ich nehmen?",
        ),
    ),
    "reminder": Letter(
        "Asks once more, shortly.",
        (),
        (
            "Guten Tag {name},\n\nfalls es untergegangen ist: Lohnt sich die Tourenplanung bei "
            "{company} diesen Monat für einen kurzen Blick? Ein Ja oder Nein genügt mir.",
        ),
    ),
    "yes": Letter(
        "Wants to see a demo.",
        (),
        (
            "Guten Tag,\n\n{day} um {hour} Uhr passt. Bitte laden Sie die Disposition mit ein.\n\n{name}",
        ),
    ),
    "question": Letter(
        "Asks about details before deciding.",
        (),
        (
            "Guten Tag,\n\nwir nehmen heute {tool}. Lässt sich das übernehmen, und was geschieht "
            "ohne Netz?\n\n{name}\n{company}",
        ),
    ),
    "later": Letter(
        "Postpones to the next quarter.",
        (),
        ("Guten Tag,\n\nderzeit Hochsaison, bitte im nächsten Quartal noch einmal.\n\n{name}",),
    ),
    "decline": Letter(
        "Declines.",
        (),
        ("Guten Tag,\n\ndanke, aber dafür ist dieses Jahr kein Budget da.\n\n{name}",),
    ),
    "unsubscribe": Letter(
        "Asks not to be written to again.",
        (),
        ("Bitte streichen Sie mich aus Ihrem Verteiler.\n\n{name}",),
    ),
    "answer": Letter(
        "Answers and proposes the next step.",
        (),
        (
            "Guten Tag {name},\n\ngern: {fact}, und {fact2}. Die Einzelheiten stehen im Vergleich "
            "für {company}.\n\nBis {day}!",
        ),
    ),
    "incoming": Letter(
        "Asks for prices without having been contacted.",
        ("Preis für Tourenplanung",),
        (
            "Guten Tag,\n\nich habe von Ihrem Planer gelesen. Was kostet er für {vehicles} "
            "Fahrzeuge?\n\n{name}\n{company}",
        ),
    ),
}

LETTERS = {"en": ENGLISH, "de": GERMAN}
