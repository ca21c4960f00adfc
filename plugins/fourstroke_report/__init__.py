"""Render the report of a run: one self-contained HTML file, Markdown, and JSON with the same facts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fourstroke import (
    AuditPack,
    CatalogEntry,
    Context,
    Lineage,
    MonitoringHistory,
    RunReport,
    TableProfile,
    hookimpl,
    plugin,
)

__all__ = ["Card", "Html", "Json", "Markdown", "Prometheus"]


@plugin
class Html:
    """Write one HTML file that works offline: drawings inline, no script, no outside address."""

    capabilities = frozenset({"html", "text"})

    @hookimpl
    def render(self, report: RunReport, context: Context) -> Path:
        """Write ``report.html``."""
        from fourstroke_report.page import html_of  # noqa: PLC0415 - jinja2 is needed only here

        path = context.scratch / "report.html"
        path.write_text(html_of(report), encoding="utf-8")
        return path

    @hookimpl
    def render_profile(self, title: str, profile: TableProfile, context: Context) -> Path:
        """Write ``profile.html``."""
        from fourstroke_report.profile_page import profile_html  # noqa: PLC0415 - as above

        path = context.scratch / "profile.html"
        path.write_text(profile_html(title, profile), encoding="utf-8")
        return path

    @hookimpl
    def render_catalog(self, entries: Sequence[CatalogEntry], context: Context) -> Path:
        """Write ``catalog.html``."""
        from fourstroke_report.catalog_page import catalog_html  # noqa: PLC0415 - as above

        path = context.scratch / "catalog.html"
        path.write_text(catalog_html(entries), encoding="utf-8")
        return path

    @hookimpl
    def render_audit_pack(self, pack: AuditPack, context: Context) -> Path:
        """Write ``audit.html``."""
        from fourstroke_report.audit_page import audit_html  # noqa: PLC0415 - as above

        path = context.scratch / "audit.html"
        path.write_text(audit_html(pack), encoding="utf-8")
        return path

    @hookimpl
    def render_lineage(self, lineage: Lineage, context: Context) -> Path:
        """Write ``lineage.svg``."""
        from fourstroke_report.lineage_drawing import svg_file  # noqa: PLC0415 - as above

        path = context.scratch / "lineage.svg"
        path.write_text(svg_file(lineage), encoding="utf-8")
        return path

    @hookimpl
    def render_monitoring(self, history: MonitoringHistory, context: Context) -> Path:
        """Write ``monitoring.html``."""
        from fourstroke_report.monitoring_page import monitoring_html  # noqa: PLC0415 - as above

        path = context.scratch / "monitoring.html"
        path.write_text(monitoring_html(history), encoding="utf-8")
        return path


@plugin
class Markdown:
    """Write Markdown for a pull request or a chat: the verdict first, then the checks."""

    capabilities = frozenset({"markdown", "text"})

    @hookimpl
    def render(self, report: RunReport, context: Context) -> Path:
        """Write ``report.md``."""
        from fourstroke_report.markdown import markdown_of  # noqa: PLC0415 - as above

        path = context.scratch / "report.md"
        path.write_text(markdown_of(report), encoding="utf-8")
        return path

    @hookimpl
    def render_monitoring(self, history: MonitoringHistory, context: Context) -> Path:
        """Write ``monitoring.md``."""
        from fourstroke_report.monitoring_markdown import monitoring_markdown  # noqa: PLC0415 - as above

        path = context.scratch / "monitoring.md"
        path.write_text(monitoring_markdown(history), encoding="utf-8")
        return path


@plugin
class Json:
    """Write all facts as JSON, with a schema name and version, for machines."""

    capabilities = frozenset({"json", "text"})

    @hookimpl
    def render(self, report: RunReport, context: Context) -> Path:
        """Write ``report.json``."""
        from fourstroke_report.facts import json_of  # noqa: PLC0415 - as above

        path = context.scratch / "report.json"
        path.write_text(json_of(report), encoding="utf-8")
        return path

    @hookimpl
    def render_monitoring(self, history: MonitoringHistory, context: Context) -> Path:
        """Write ``monitoring.json``."""
        from fourstroke_report.facts import monitoring_json_of  # noqa: PLC0415 - as above

        path = context.scratch / "monitoring.json"
        path.write_text(monitoring_json_of(history), encoding="utf-8")
        return path


@plugin
class Card:
    """Write a model card as Markdown: measured figures, and what people say of the model."""

    capabilities = frozenset({"markdown", "text"})

    @hookimpl
    def render(self, report: RunReport, context: Context) -> Path:
        """Write ``card.md``."""
        from fourstroke_report.card import card_of  # noqa: PLC0415 - as above

        path = context.scratch / "card.md"
        path.write_text(card_of(report), encoding="utf-8")
        return path


@plugin
class Prometheus:
    """Write figures as Prometheus reads them: of a run, and of what monitors saw last.

    For the textfile collector of its node exporter, or any other program that reads this format.
    """

    @hookimpl
    def render(self, report: RunReport, context: Context) -> Path:
        """Write ``report.prom``."""
        from fourstroke_report.exposition import run_figures  # noqa: PLC0415 - as above

        path = context.scratch / "report.prom"
        path.write_text(run_figures(report), encoding="utf-8")
        return path

    @hookimpl
    def render_monitoring(self, history: MonitoringHistory, context: Context) -> Path:
        """Write ``monitoring.prom``."""
        from fourstroke_report.exposition import monitoring_figures  # noqa: PLC0415 - as above

        path = context.scratch / "monitoring.prom"
        path.write_text(monitoring_figures(history), encoding="utf-8")
        return path
