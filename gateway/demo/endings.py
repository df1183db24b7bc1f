"""How calls can end."""

from __future__ import annotations

from models import CallStatus, EndReason, HangupBy

S = CallStatus

#: Reason, who hung up, SIP code and the provider's words.
Ending = tuple[EndReason, HangupBy | None, int | None, str | None]
#: The ends that belong to a status, with how often they come.
ENDINGS: dict[CallStatus, dict[Ending, float]] = {
    S.COMPLETED: {
        (EndReason.HANGUP, HangupBy.LEAD, 200, None): 6,
        (EndReason.HANGUP, HangupBy.AGENT, 200, None): 4,
    },
    S.VOICEMAIL: {(EndReason.VOICEMAIL, HangupBy.AGENT, 200, "machine_end_beep"): 1},
    S.NO_ANSWER: {(EndReason.RING_TIMEOUT, HangupBy.PROVIDER, 480, "no answer"): 1},
    S.BUSY: {(EndReason.BUSY, HangupBy.PROVIDER, 486, "Busy Here"): 1},
    S.REJECTED: {(EndReason.DECLINED, HangupBy.LEAD, 603, "Decline"): 1},
    S.FAILED: {
        (EndReason.INVALID_NUMBER, HangupBy.PROVIDER, 404, "Not Found"): 5,
        (EndReason.NETWORK, HangupBy.PROVIDER, 503, "Service Unavailable"): 3,
        (EndReason.PROVIDER_ERROR, HangupBy.PROVIDER, 500, "Server Internal Error"): 2,
    },
    S.CANCELLED: {(EndReason.CANCELLED, HangupBy.USER, None, None): 1},
    S.BLOCKED: {(EndReason.POLICY, None, None, None): 1},
    S.UNKNOWN: {(EndReason.UNKNOWN_OUTCOME, None, None, "the answer was lost"): 1},
}
