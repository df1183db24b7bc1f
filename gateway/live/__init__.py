"""Live status: the event log, followed on behalf of whoever has subscribed."""
