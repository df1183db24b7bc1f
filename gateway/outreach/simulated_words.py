"""What is said in simulated calls: skeletons by how the call comes out.

A line begins with its speaker, `A` for the agent and `L` for the lead; ` | ` parts alternatives.
"""

from __future__ import annotations

_HELLO = """
A: {opening}
L: Yes, speaking. | That's me. What is it about? | Hello. I have about two minutes. | Yes, go ahead.
A: {reason}
"""

_PITCH = """
L: I see. And what exactly do you offer? | We looked at something like that last year. What is different? | All right, tell me more.
A: {pitch}
L: And what does that bring in practice? | Okay. How would that work for us? | That sounds useful. What does it take?
A: {benefit} It takes very little of your time to find out. | {benefit} Most customers see it within the first weeks.
"""

_WORDS = {
    "meeting": _HELLO
    + _PITCH
    + """
L: All right, let's talk about it properly. When would that be?
A: Would {day} at {hour} suit you? A quarter of an hour is enough.
L: {day} works. | Yes, put it in. | {hour} is fine.
A: Wonderful, you'll get an invitation. Thank you, and talk to you on {day}!
L: Thanks, bye.
""",
    "interested": _HELLO
    + _PITCH
    + """
L: Can you send me something I can pass on? | Interesting. Send me the details, please.
A: Gladly. You'll have it within the hour. May I ask next week what you think?
L: Do that. | Sure, call me again.
A: Thank you for your time. Goodbye!
""",
    "callback": """
A: {opening}
L: Yes, but it's a bad moment. | Speaking, but I'm on my way into a meeting.
A: No problem. When may I try again?
L: {day}, around {hour}. | Try me on {day}.
A: Noted, {day} at {hour}. Thank you and goodbye.
""",
    "not_interested": _HELLO
    + """
L: Thanks, but we have that covered. | There is no budget for it this year. | That isn't a topic for us.
A: Understood, thank you for the clear word. Have a good day!
L: You too. Bye.
""",
    "opt_out": """
A: {opening}
L: Please don't call this number again. | Take me off your list, please.
A: Of course. I have removed your number, and nobody of us will call it again. I apologise.
L: Good. Bye.
""",
}

#: What the agent leaves on a machine.
VOICEMAIL = "{opening} I'm sorry that I missed you. I'll try again another time. Goodbye."
OPENING = (
    "Hello, this is {agent}, an AI assistant, on a recorded line. Am I speaking with {name}?",
    "Hi, {agent} here, an AI assistant. This call is recorded. Is that {name}?",
)
REASON = "I'm calling because we may have something for you."
PITCH = "We take a part of the daily work off your team, so that it has time for your customers."
BENEFIT = "It saves time every day."
DAYS = ("Tuesday", "Wednesday", "Thursday", "Friday")
HOURS = ("ten", "eleven", "two", "half past three")

Skeleton = tuple[tuple[str, tuple[str, ...]], ...]


def _parsed(text: str) -> Skeleton:
    lines = (line.partition(": ") for line in text.strip().splitlines() if line)
    return tuple((speaker, tuple(words.split(" | "))) for speaker, _, words in lines)


SKELETONS: dict[str, Skeleton] = {name: _parsed(text) for name, text in _WORDS.items()}

#: What the analysis makes of each: intent, outcome, sentiment, summary.
ANALYSES = {
    "meeting": (
        "book_meeting",
        "meeting booked",
        "positive",
        "{name} agreed to a meeting on {day} at {hour}.",
    ),
    "interested": (
        "request_information",
        "interested",
        "positive",
        "{name} is interested and asked for documents.",
    ),
    "callback": (
        "call_back_later",
        "callback",
        "neutral",
        "{name} had no time and asked for a call on {day} at {hour}.",
    ),
    "not_interested": ("decline", "not interested", "neutral", "{name} declined for now."),
    "opt_out": ("stop_contact", "opted out", "negative", "{name} asked not to be called again."),
}
