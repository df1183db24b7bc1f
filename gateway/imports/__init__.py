"""Reads leads from any CRM's CSV export: pure decisions, the file opened at the edge, no database."""

from gateway.imports.countries import region as country_region
from gateway.imports.drafts import FormulaPolicy, LeadDraft, Rules
from gateway.imports.duplicates import Batch, DuplicatePolicy, Identity, batches, match
from gateway.imports.errors import FileRefused, RefusalCode, RowCode, RowError
from gateway.imports.headers import Mapping
from gateway.imports.leads import Inspection, Options, inspect_leads, read_leads
from gateway.imports.rejected import Rejected
from gateway.imports.report import Outcome, Report, Summary
from gateway.imports.spellings import Field

__all__ = [
    "Batch",
    "DuplicatePolicy",
    "Field",
    "FileRefused",
    "FormulaPolicy",
    "Identity",
    "Inspection",
    "LeadDraft",
    "Mapping",
    "Options",
    "Outcome",
    "RefusalCode",
    "Rejected",
    "Report",
    "RowCode",
    "RowError",
    "Rules",
    "Summary",
    "batches",
    "country_region",
    "inspect_leads",
    "match",
    "read_leads",
]
