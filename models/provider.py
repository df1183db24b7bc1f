"""The vendors that place calls and deliver mail."""

from __future__ import annotations

from models.vocabulary import Vocabulary


class Provider(Vocabulary):
    """Who carries a call or a mail."""

    SIMULATOR = "SIMULATOR", "Built in: plays out calls and mails without reaching anybody."
    TWILIO = "TWILIO", "Twilio Programmable Voice."
    VAPI = "VAPI", "Vapi voice agents."
    RETELL = "RETELL", "Retell AI voice agents."
    BOLNA = "BOLNA", "Bolna voice agents."
    ELEVENLABS = "ELEVENLABS", "ElevenLabs conversational agents."
    SIP = "SIP", "A SIP trunk or telephone system of your own."
    SMTP = "SMTP", "A mail server, reached over SMTP."
