"""The pages behind the Help buttons: the packaged documentation as HTML, so that any browser shows it."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from textwrap import dedent

from qgis.core import QgsApplication, QgsProcessingUtils
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QTextDocument

ROOT = Path(__file__).resolve().parent.parent
STYLE = """<style>
body { max-width: 48em; margin: 2em auto; padding: 0 1em; font: 16px/1.5 sans-serif; color-scheme: light dark; }
table { border-collapse: collapse; } td, th { border: 1px solid #8888; padding: .2em .6em; vertical-align: top; }
td p { margin: 0; }
pre { overflow-x: auto; padding: .6em; font-size: 13px; background: #8882; } img { max-width: 100%; }
</style>"""
_LOOKS = re.compile(r' (?:style|class|border|cellpadding|cellspacing|bgcolor|width|align|valign)="[^"]*"')
_PAGE = re.compile(r'href="(?!https?:)(?:[^"#]*/)?([\w.]+)\.md(?:#[^"]*)?"')
_CODE = re.compile(
    r"^( *)```[^\n]*\n(.*?)^ *```$|(?<=\n\n)((?: {4}[^\n]*\n)+)(?=\n)|`([^`\n]+)`", re.MULTILINE | re.DOTALL
)
_FILE = re.compile(r'\b(src|href)="(?!\w+:|#|[\w.]+\.html")([^"]*)"')


def help_url(page: str) -> str:
    """Return the address of a page, one of README or docs without its ending; made where QGIS keeps its scratch.

    Without a window it is the address of the Markdown itself.
    """
    source = _source(page)
    if QgsApplication.platform() == "qgis_process":
        return QUrl.fromLocalFile(str(source)).toString()
    folder = Path(QgsProcessingUtils.tempFolder()) / "crop_attention_help"
    target = folder / f"{page}.html"
    if not target.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        for each in (*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").glob("*.md"))):
            (folder / f"{each.stem}.html").write_text(as_html(each), encoding="utf-8")
    return QUrl.fromLocalFile(str(target)).toString()


def as_html(page: Path) -> str:
    """Return a page of the documentation; its links lead to other pages made so, or as its pictures to their files."""
    code: list[str] = []

    def aside(found: re.Match) -> str:
        # Qt forgets which text is code.
        indent, fenced, indented, words = found.groups("")
        code.append(f"<code>{escape(words)}</code>" if words else f"<pre>{escape(dedent(fenced or indented))}</pre>")
        return f"\ue000{len(code) - 1}\ue000" if words else f"{indent}\ue001{len(code) - 1}\ue001\n"

    document = QTextDocument()
    document.setMarkdown(_CODE.sub(aside, page.read_text(encoding="utf-8")))
    body = document.toHtml().partition("<body")[2].partition(">")[2]
    body = _LOOKS.sub("", re.sub(r'<span style="[^"]*font-style:italic[^"]*">(.*?)</span>', r"<i>\1</i>", body))
    body = re.sub(
        "<p>\ue001(\\d+)\ue001</p>|[\ue000\ue001](\\d+)[\ue000\ue001]", lambda m: code[int(m[1] or m[2])], body
    )
    body = _PAGE.sub(r'href="\1.html"', body)
    here = QUrl.fromLocalFile(str(page.parent)).toString()
    body = _FILE.sub(rf'\1="{here}/\2"', body)
    return f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{page.stem}</title>{STYLE}</head><body>{body}'


def _source(page: str) -> Path:
    return (ROOT if page.startswith("README") else ROOT / "docs") / f"{page}.md"
