"""What is said in the demo's calls: skeletons by language and outcome.

A line begins with its speaker, `A` for the agent and `L` for the lead; ` | ` parts alternatives.
"""

from __future__ import annotations

GREETING = """
A: Hello, this is {agent} from Brindlewick, an AI assistant. This call is recorded. Am I speaking with {name}? | Hi {first}, this is {agent}, the AI assistant of Brindlewick. The call is recorded for quality. Do you have a minute? | Good day, {agent} from Brindlewick here. I am an AI assistant, and we record our calls. Is that {name}?
"""

HELLO = (
    GREETING
    + """L: Yes, speaking. | Yes, that's me. | {first} here. What is it about? | Sure, go ahead. | I have about two minutes.
"""
)

GREETING_DE = """
A: Guten Tag, hier ist {agent} von Brindlewick, ein KI-Assistent. Das Gespräch wird aufgezeichnet. Spreche ich mit {name}? | Guten Tag, {agent} von Brindlewick, ich bin ein KI-Assistent, und wir zeichnen Gespräche auf. Haben Sie einen Moment?
"""

HELLO_DE = (
    GREETING_DE
    + """L: Ja, am Apparat. | Ja, worum geht es? | Ja, aber bitte kurz. | {last}, guten Tag.
"""
)

PITCH = """
A: Thanks. I am calling because fleets like yours often tell us that {pain}. Is that familiar at {company}? | I'll be brief. We help companies that deliver with their own vans, where {pain}. How is that at {company}?
L: To be honest, yes. We plan with {tool}, and {pain2}. | It is. We still use {tool} for that. | Sometimes. We have {vehicles} vans, so mornings are busy. | More than I'd like. With {vehicles} vehicles it adds up.
A: I understand. Brindlewick Routes takes that off you: {fact}, and {fact2}. | That is what we hear most. With our planner {fact}.
L: And what does that bring in practice? | Sounds good, but what is the effect? | How would that work with our orders? | We looked at something like that two years ago and it was too complicated.
A: In practice {benefit}. You try it with your own orders of last week, so there is nothing to set up. | You send us one week of orders as a file, and we show you the tours next to your own. From experience {benefit}.
"""

PITCH_DE = """
A: Danke. Viele Betriebe wie Ihrer sagen uns, dass {pain}. Kennen Sie das bei {company}? | Ich fasse mich kurz: Wir helfen Flotten, bei denen {pain}. Wie ist das bei {company}?
L: Ehrlich gesagt, ja. Wir nehmen dafür {tool}. | Manchmal schon. Bei {vehicles} Fahrzeugen summiert sich das. | Das kommt vor, ja.
A: Verstehe. Mit Brindlewick Routes wird das einfacher: {fact}. | Genau dafür gibt es Brindlewick Routes: {fact}, und {fact2}.
L: Und was bringt das im Alltag? | Was heißt das für uns konkret?
A: Im Alltag heißt das: {benefit}. Sie probieren es mit Ihren eigenen Aufträgen aus. | Aus Erfahrung: {benefit}.
"""

ENGLISH = {
    "meeting": (
        HELLO + PITCH + "L: All right, show me. When would that be?\n"
        "A: Would {day} at {hour} suit you? It takes a quarter of an hour. | How about {day} at {hour}, a quarter of an hour by video?\n"
        "L: {day} works. | {day} at {hour} is fine. | Yes, put it in.\n"
        "A: Perfect, you'll get the invitation at {email}. Is there anybody else who should join?\n"
        "L: My colleague from dispatch, I'll forward it. | No, just me for now. | Our managing director, I'll let them know.\n"
        "A: Great. Thank you, {first}, and talk to you on {day}. | Then until {day}. Have a good one!\nL: Bye. | Thanks, bye.",
        HELLO
        + "A: You had asked about route planning for {company}, so I wanted to hear how you do it today.\n"
        "L: With {tool}. And frankly, {pain}.\nA: How many vans is that every day?\nL: {vehicles} right now. | About {vehicles}, more before the holidays.\n"
        "A: Then it is worth fifteen minutes: {benefit}. Does {day} at {hour} work?\nL: {day} is good. | Make it {day}, yes.\n"
        "A: Booked. The invitation comes to {email}.\nL: Fine, thanks. | Great, see you then.\nA: Thank you, {first}. Goodbye.",
    ),
    "interested": (
        HELLO
        + PITCH
        + "L: Interesting. Can you send me something I can pass on? | Send me the details with the price, please.\n"
        "A: Gladly: it is 29 dollars per vehicle and month, and the trial is free. Should it go to {email}?\n"
        "L: Yes, that address is right. | Yes, please.\nA: It'll be there in a few minutes. May I ask next week what you think?\nL: Do that. | Sure, call again.\nA: Thank you, {first}. Goodbye.",
        HELLO
        + "A: I'd like to know whether route planning is a topic at {company} this year.\nL: It is on the list. {vehicles} vans, and {pain}.\n"
        "A: May I ask what you would need to see before you change anything?\nL: That the drivers accept it. And what it costs. | Proof with our own orders. | How long it takes to introduce.\n"
        "A: Fair. {Fact}, and we are beside your dispatcher on the first morning. I'll send you a short comparison.\nL: Good, I'll read it. | Please do.\nA: Thanks for your time, {first}.",
    ),
    "callback": (
        GREETING
        + "L: Yes, but I'm on the road right now. | Yes, but it's a bad moment, we are loading.\nA: No problem. When may I try again?\n"
        "L: {day}, around {hour}. | Next {day}, please.\nA: I'll call on {day} at {hour}. Safe travels! | Noted: {day} at {hour}. Thank you.\nL: Bye.",
        "A: Hello, this is {agent} from Brindlewick, an AI assistant, on a recorded line. Is this {name}?\nL: Yes, but I'm walking into a meeting.\n"
        "A: Then I won't keep you. Is {day} at {hour} better?\nL: Better, yes.\nA: Until then.",
    ),
    "not_interested": (
        HELLO
        + PITCH
        + "L: I see, but we signed with somebody else for two years. | Thanks, but there is no budget for that this year. | We are closing one depot, it doesn't make sense for us.\n"
        "A: Understood. Would it be all right to ask again next year? | That's clear, thank you for saying so.\nL: No need. | We'd get in touch ourselves.\nA: All right. I wish you a good day, {first}.",
        HELLO
        + "A: It is about planning delivery tours at {company}.\nL: We don't deliver ourselves any more, a carrier does that. | We have that covered, thanks.\n"
        "A: Then it isn't for you, I'll note it. Thank you for the clear word.\nL: You're welcome. Bye.",
    ),
    "opt_out": (
        HELLO
        + "A: It is about planning delivery tours at {company}.\nL: I don't want these calls. Take me off your list. | Please don't call this number again.\n"
        "A: Of course. I am removing your number now, and nobody of us will call again. I apologise.\nL: Good.",
        "A: Hello, this is {agent} from Brindlewick, an AI assistant. This call is recorded.\nL: A robot? No. Delete my data and stop calling.\n"
        "A: I will. Your number is blocked on our side from now on. Goodbye.",
    ),
    "gatekeeper": (
        "A: Hello, this is {agent} from Brindlewick, an AI assistant, on a recorded line. May I speak with {name}?\n"
        "L: {first} is out today. What is it about? | That's my colleague, who is in the warehouse. Can I take a message?\n"
        "A: It is about planning delivery tours. When would be a good time?\nL: Mornings before ten. | Try {day}. | Best by e-mail first.\nA: I'll do that. Thank you for your help!\nL: You're welcome.",
    ),
    "transferred": (
        HELLO
        + PITCH
        + "L: I'd rather talk to a person about prices. | Can I speak to somebody from sales?\n"
        "A: Of course. I'll put you through to a colleague, one moment please.\nL: Thanks.",
    ),
    "won": (
        HELLO
        + "A: Your trial with last week's orders is done. How was it?\nL: Better than expected, {benefit}. | The drivers like it. We want to go on.\n"
        "A: I'm glad. For {vehicles} vehicles, shall I prepare the monthly contract?\nL: Yes, monthly, please. | Yes. Start on the first of the month.\n"
        "A: You'll get it at {email} within the hour, and a colleague calls about the first morning.\nL: Perfect. | Great, I'll sign it today.\nA: Welcome to Brindlewick, {first}!",
    ),
    "inbound": (
        "A: Brindlewick, you are speaking with {agent}, an AI assistant. This call is recorded. How can I help?\n"
        "L: This is {name} from {company}. You called me earlier. | {name}, {company}. I have a question about your planner.\nA: Thanks for calling, {first}. It was about route planning. What would you like to know?\n"
        "L: What does it cost for {vehicles} vans? | How do you charge for that?\nA: The price is 29 dollars per vehicle and month, and the first month is free. | 29 dollars per vehicle and month, 26 from 25 vehicles. {Fact}.\n"
        "L: Good, then send me the documents. | Okay, I'll think about it.\nA: With pleasure. Anything else?\nL: No, that was it. Thanks.",
        "A: Brindlewick, {agent} speaking, an AI assistant on a recorded line. What can I do for you?\nL: {first} from {company}. We are in the trial, and one tour looks odd.\n"
        "A: I am sorry. Which one?\nL: The northern one. It drives the same street twice.\nA: That happens when a customer has two time windows. You can merge them under Stops.\nL: Ah, found it. Yes, that's it. Thanks!\nA: Gladly. Have a good day.",
    ),
}

GERMAN = {
    "meeting": (
        HELLO_DE
        + PITCH_DE
        + "L: Gut, dann zeigen Sie mal.\nA: Passt Ihnen {day} um {hour} Uhr, eine Viertelstunde per Video?\nL: {day} passt. | Ja, tragen Sie das ein.\n"
        "A: Die Einladung geht an {email}. Vielen Dank und bis {day}!\nL: Bis dann, auf Wiederhören.",
    ),
    "interested": (
        HELLO_DE
        + PITCH_DE
        + "L: Schicken Sie mir das bitte mit Preisen. | Klingt vernünftig, senden Sie mir Unterlagen.\nA: Gern: 27 Euro je Fahrzeug und Monat, der Test ist kostenlos. An {email}?\n"
        "L: Ja, genau.\nA: Ist in wenigen Minuten da. Darf ich nächste Woche nachfragen?\nL: Machen Sie das.\nA: Vielen Dank, auf Wiederhören.",
    ),
    "callback": (
        GREETING_DE
        + "L: Gerade ist es schlecht, wir laden.\nA: Kein Problem, wann passt es besser?\nL: {day} gegen {hour} Uhr.\nA: Ist notiert, bis {day}.",
    ),
    "not_interested": (
        HELLO_DE
        + PITCH_DE
        + "L: Danke, aber dieses Jahr ist dafür kein Budget da. | Wir haben uns gerade anders entschieden.\nA: Verstanden, danke für das offene Wort. Einen schönen Tag noch.\nL: Ebenso.",
    ),
    "opt_out": (
        GREETING_DE
        + "L: Bitte rufen Sie hier nicht mehr an. | Nehmen Sie mich aus Ihrer Liste.\nA: Selbstverständlich, Ihre Nummer ist ab sofort gesperrt. Entschuldigen Sie die Störung.",
    ),
    "gatekeeper": (
        "A: Guten Tag, {agent} von Brindlewick, ein KI-Assistent. Das Gespräch wird aufgezeichnet. Ist {name} zu sprechen?\nL: Heute leider nicht. Worum geht es?\nA: Um die Tourenplanung. Wann passt es besser?\nL: Vormittags vor zehn. | Versuchen Sie es am {day}.\nA: Vielen Dank für die Auskunft.",
    ),
    "transferred": (
        HELLO_DE
        + PITCH_DE
        + "L: Über Preise spreche ich lieber mit einem Menschen.\nA: Natürlich, ich verbinde Sie mit einer Kollegin. Einen Moment bitte.",
    ),
    "won": (
        HELLO_DE
        + "A: Ihr Test mit den Aufträgen der letzten Woche ist fertig. Wie war es?\nL: Besser als gedacht. Wir möchten weitermachen.\nA: Das freut mich. Für {vehicles} Fahrzeuge, monatlich kündbar?\nL: Ja, bitte zum Ersten.\nA: Der Vertrag kommt an {email}. Willkommen bei Brindlewick!",
    ),
    "inbound": (
        "A: Brindlewick, {agent} am Apparat, ein KI-Assistent. Das Gespräch wird aufgezeichnet. Was kann ich für Sie tun?\nL: {name} von {company}. Sie hatten angerufen. | {last}, {company}. Ich habe eine Frage zum Preis.\n"
        "A: Danke für den Rückruf. Es ging um die Tourenplanung: {fact}.\nL: Und was kostet das bei {vehicles} Fahrzeugen?\nA: 27 Euro je Fahrzeug und Monat, der erste Monat ist frei.\nL: Gut, dann schicken Sie mir Unterlagen.\nA: Sehr gern. Auf Wiederhören.",
    ),
}

VOICEMAIL = {
    "en": "Hello {first}, this is {agent} from Brindlewick, an AI assistant. It is about planning the delivery tours of {company}. I'll try again, or call me back on this number. Goodbye.",
    "de": "Guten Tag, hier ist {agent} von Brindlewick, ein KI-Assistent. Es geht um die Tourenplanung bei {company}. Ich versuche es wieder, oder Sie rufen unter dieser Nummer zurück. Auf Wiederhören.",
}


def _parsed(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    lines = (line.partition(": ") for line in text.strip().splitlines() if line)
    return tuple((speaker, tuple(words.split(" | "))) for speaker, _, words in lines)


#: Skeletons ready to fill: turns of a speaker and alternatives.
SKELETONS = {
    language: {outcome: tuple(map(_parsed, texts)) for outcome, texts in outcomes.items()}
    for language, outcomes in (("en", ENGLISH), ("de", GERMAN))
}
