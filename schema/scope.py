"""What an API key may be allowed to do: every scope with its meaning."""

from __future__ import annotations

from models.vocabulary import Vocabulary


class Scope(Vocabulary):
    """One permission; what writes a noun also reads it."""

    FULL = "full", "Everything, now and in later versions."
    READ_ONLY = "read_only", "Every reading scope, now and in later versions."
    ACTIVITY_READ = "activity:read", "Read the activity feed."
    AGENTS_READ = "agents:read", "Read agents."
    AGENTS_WRITE = "agents:write", "Create, change, archive and delete agents."
    CALLS_READ = "calls:read", "Read calls with their timelines, transcripts and recordings."
    CALLS_WRITE = "calls:write", "Place, cancel and settle calls."
    CAMPAIGNS_READ = "campaigns:read", "Read campaigns and their recipients."
    CAMPAIGNS_WRITE = "campaigns:write", "Create, change and delete campaigns, change recipients."
    CAMPAIGNS_START = "campaigns:start", "Start, pause and cancel campaigns: the dialling begins."
    EMAILS_READ = "emails:read", "Read e-mails."
    EMAILS_WRITE = "emails:write", "Send and cancel e-mails."
    KEYS_READ = "keys:read", "List API keys and client tokens; never their secrets."
    KEYS_WRITE = "keys:write", "Make and revoke API keys and client tokens, no wider than itself."
    LEADS_READ = "leads:read", "Read leads."
    LEADS_WRITE = "leads:write", "Create, change and delete leads, add them to campaigns."
    ME_READ = "me:read", "Read the workspace by its id. `viewer` tells every key its own."
    PHONE_NUMBERS_READ = "phone_numbers:read", "Read the workspace's phone numbers."
    PHONE_NUMBERS_WRITE = "phone_numbers:write", "Add, change, assign and release phone numbers."
    PROVIDER_ACCOUNTS_READ = (
        "provider_accounts:read",
        "Read the accounts with vendors; never their credentials.",
    )
    PROVIDER_ACCOUNTS_WRITE = "provider_accounts:write", "Add, change and remove those accounts."
    RESULTS_READ = "results:read", "Read campaigns' results and the workspace's statistics."
    SUPPRESSIONS_READ = "suppressions:read", "Read the addresses that must not be contacted."
    SUPPRESSIONS_WRITE = "suppressions:write", "Suppress addresses, and lift suppressions."
    WEBHOOKS_READ = "webhooks:read", "Read webhooks and their deliveries."
    WEBHOOKS_WRITE = "webhooks:write", "Create, change and delete webhooks, send deliveries again."
    WORKSPACE_WRITE = "workspace:write", "Change the workspace and its outreach policy."


#: Every valid scope with its meaning.
SCOPES: dict[str, str] = {each.value: each.description for each in Scope}
