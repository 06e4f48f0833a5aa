"""Colours and the style sheet of the reports; tables only, because old viewers know no grid and no variables."""

from __future__ import annotations

INK = "#1f2a24"
MUTED = "#66736c"
RULE = "#d9dfdb"
PAPER = "#ffffff"
WIDTH = 1040
"""Pixels across a page."""

EMPTY = "#eef1ef"
SHADE = "#f1f1f1"
ON_COLOUR = "#1f2a25"
"""Text on a light colour, which stays as it is on a dark screen, as the colour does; hence not the same as `INK`."""

DARK_INK, DARK_MUTED, DARK_RULE, DARK_PAPER = "#e4ebe7", "#9fada6", "#3a4540", "#171d1a"
"""What ink, muted text, rules and paper become on a screen that is set to dark."""

OPTICAL = "#2f8f4e"
RADAR = "#2f6db3"
ACCENT = "#1d5c45"
WARM = "#c4562f"
FONT = (
    "'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', 'Microsoft YaHei', 'PingFang SC', 'Noto Sans CJK SC', "
    "'Source Han Sans SC', 'WenQuanYi Micro Hei', sans-serif"
)

STYLE = f"""
body {{ margin: 0; background: #f3f5f3; color: {INK}; font: 15px/1.5 {FONT}; }}
.page {{ max-width: {WIDTH}px; margin: 0 auto; padding: 0 28px 40px 28px; background: {PAPER}; }}
.head {{ margin: 0 -28px 22px -28px; padding: 26px 28px 20px 28px; background: {ACCENT}; color: #ffffff; }}
.head h1 {{ margin: 0; font-size: 27px; line-height: 1.2; font-weight: 600; }}
.head p {{ margin: 6px 0 0 0; color: #cfe3d9; }}
.section {{ margin-top: 34px; }}
h2 {{ margin: 0 0 6px 0; padding-bottom: 5px; border-bottom: 2px solid {ACCENT}; font-size: 19px; font-weight: 600; }}
h3 {{ margin: 20px 0 4px 0; font-size: 15px; font-weight: 600; }}
p {{ margin: 8px 0; }}
.lead, .caption, .foot {{ color: {MUTED}; }}
.lead {{ max-width: 900px; }}
.caption {{ margin-top: 4px; font-size: 13px; }}
.foot {{ margin-top: 40px; padding-top: 10px; border-top: 1px solid {RULE}; font-size: 13px; }}
.summary {{ margin: 0; padding: 14px 18px; background: #edf5f0; border-left: 5px solid {ACCENT}; font-size: 16px; }}
.summary p {{ margin: 6px 0; }}
.figure {{ margin: 14px 0; overflow-x: auto; }}
.map {{ display: block; max-width: 100%; height: auto; border: 1px solid {RULE}; image-rendering: pixelated; }}
details {{ margin-top: 14px; }}
summary {{ padding: 6px 0; color: {ACCENT}; font-weight: 600; cursor: pointer; }}
details .section {{ margin-top: 14px; }}
svg {{ max-width: 100%; height: auto; }}
table {{ border-collapse: collapse; }}
.tiles {{ width: 100%; margin: 18px 0 0 0; table-layout: fixed; }}
.tiles td {{ padding: 10px 14px; border: 1px solid {RULE}; vertical-align: top; }}
.figure-number {{ font-size: 23px; font-weight: 600; color: {ACCENT}; white-space: nowrap; }}
.figure-label {{ font-size: 13px; color: {MUTED}; }}
.data {{ width: 100%; margin: 10px 0; font-size: 14px; }}
.data th {{ padding: 5px 9px; border-bottom: 2px solid {RULE}; color: {MUTED}; font-weight: 600; text-align: left;
  vertical-align: bottom; font-size: 13px; }}
:lang(zh) .data th, :lang(zh) .data td {{ word-break: keep-all; }}
:lang(zh) .heat th:not(.across) {{ white-space: nowrap; }}
.data td {{ padding: 5px 9px; border-bottom: 1px solid {RULE}; vertical-align: middle; }}
.data .number, .facts .number {{ text-align: right; white-space: nowrap; }}
.facts {{ width: 100%; margin: 10px 0; font-size: 14px; table-layout: fixed; }}
.facts th {{ width: 210px; padding: 5px 9px 5px 0; border-bottom: 1px solid {EMPTY}; text-align: left;
  vertical-align: top; color: {MUTED}; font-weight: 600; }}
.facts td {{ padding: 5px 0; vertical-align: top; border-bottom: 1px solid {EMPTY}; word-wrap: break-word; }}
.grid {{ width: 100%; table-layout: fixed; }}
.grid td {{ padding: 8px 6px; vertical-align: top; }}
.heat {{ width: 100%; margin: 10px 0; font-size: 13px; table-layout: fixed; }}
.heat th {{ padding: 3px 4px; color: {MUTED}; font-weight: 600; text-align: center; }}
.heat td {{ padding: 5px 3px; border: 1px solid {PAPER}; text-align: center; white-space: nowrap; }}
.heat .name {{ width: 190px; text-align: left; color: {INK}; font-weight: 400; white-space: nowrap; }}
.class {{ white-space: nowrap; margin-right: 14px; }}
.beside {{ margin: 18px 0 0 0; }}
.beside td {{ padding: 0 28px 0 0; vertical-align: top; }}
.beside .class {{ display: block; padding: 2px 0; font-size: 14px; }}
.whole {{ white-space: nowrap; }}
.swatch {{ display: inline-block; width: 13px; height: 13px; margin-right: 8px; border: 1px solid #888888;
  vertical-align: -2px; }}
.bars {{ display: inline-block; width: 110px; font-size: 0; white-space: nowrap; }}
.bar {{ display: inline-block; height: 11px; }}
ul.warning, ul.note {{ margin: 10px 0; padding: 10px 14px 10px 32px; }}
ul.warning {{ background: #fdf1ea; border-left: 5px solid {WARM}; }}
ul.note {{ background: #f4f6f5; border-left: 5px solid {RULE}; }}
li {{ margin: 3px 0; }}
@media (max-width: 1000px) {{
  .data .number, .facts .number, .figure-number {{ white-space: normal; }}
  .figure-number {{ font-size: 19px; }}
  .section {{ overflow-x: auto; }}
  .bars {{ width: 80px; }}
  .heat {{ font-size: 11px; }}
  .heat .name {{ width: 150px; }}
  .heat .across {{ padding: 6px 0; text-align: end; white-space: nowrap; writing-mode: vertical-rl; }}
}}
@media (max-width: 600px) {{
  .page {{ padding: 0 14px 28px 14px; }}
  .head {{ margin: 0 -14px 16px -14px; padding: 18px 14px; }}
  .tiles, .tiles tbody, .tiles tr, .grid, .grid tbody, .grid tr, .grid td, .facts, .facts tbody, .facts tr, .facts th,
  .facts td, .beside, .beside tbody, .beside tr, .beside td {{ display: block; width: auto; }}
  .beside .class {{ display: inline-block; }}
  .tiles td {{ display: inline-block; box-sizing: border-box; width: 49%; }}
  .facts th {{ border-bottom: 0; padding-bottom: 0; }}
  .data, .heat {{ display: block; overflow-x: auto; font-size: 13px; }}
  .data th, .data td {{ padding: 5px 6px; }}
  .data .number {{ white-space: nowrap; }}
  .data td:first-child, .data td:last-child {{ min-width: 90px; }}
  .heat .name {{ width: auto; min-width: 120px; }}
  .heat td:not(.name) {{ min-width: 22px; }}
  .heat th:not(.name):not(.across) {{ max-width: 22px; white-space: nowrap; text-align: left; }}
  .bars {{ width: 60px; }}
  .section > svg, .figure svg {{ max-width: max(100%, 660px); }}
  .facts td, .data td {{ overflow-wrap: anywhere; }}
}}
@media screen and (prefers-color-scheme: dark) {{
  body {{ background: #0e1311; color: {DARK_INK}; }}
  .page {{ background: {DARK_PAPER}; }}
  .lead, .caption, .foot, .figure-label, .data th, .facts th, .heat th {{ color: {DARK_MUTED}; }}
  .heat .name, .class {{ color: {DARK_INK}; }}
  .summary, ul.note {{ background: #1e2723; }}
  ul.warning {{ background: #34231b; }}
  .figure-number, summary, a {{ color: #86c9a8; }}
  h2 {{ border-color: #3f7a60; }}
  .tiles td, .data th, .data td, .facts th, .facts td, .map, .foot {{ border-color: {DARK_RULE}; }}
  .heat td {{ border-color: {DARK_PAPER}; }}
  .heat td[style] {{ filter: invert(1) hue-rotate(180deg); }}
  svg [fill="{INK}"] {{ fill: {DARK_INK}; }}
  svg text[fill="{MUTED}"] {{ fill: {DARK_MUTED}; }}
  svg [fill="{SHADE}"], svg [fill="{PAPER}"]:not(text) {{ fill: #29322e; }}
  svg [stroke="{RULE}"], svg [stroke="{EMPTY}"] {{ stroke: {DARK_RULE}; }}
  svg [stroke="{INK}"] {{ stroke: {DARK_INK}; }}
}}
@page {{ margin: 14mm 13mm; }}
@media print {{
  body, .page {{ background: {PAPER}; }}
  body {{ font-size: 13px; -webkit-print-color-adjust: exact; print-color-adjust: exact; }}
  .page {{ max-width: none; padding: 0; }}
  .figure {{ overflow: visible; }}
  .head {{ margin: 0 0 16px 0; padding: 0 0 10px 0; color: {INK}; background: {PAPER};
    border-bottom: 3px solid {ACCENT}; }}
  .head p {{ color: {MUTED}; }}
  .section {{ margin-top: 24px; }}
  .summary {{ font-size: 14px; }}
  .figure-number {{ font-size: 18px; white-space: normal; }}
  .section {{ overflow: visible; }}
  .heat {{ font-size: 10px; }}
  .heat .across {{ padding: 6px 0; text-align: end; white-space: nowrap; writing-mode: vertical-rl; }}
  .heat .name {{ width: 130px; }}
  .data, .facts {{ font-size: 12px; }}
  .data .number, .facts .number {{ white-space: normal; }}
  .data td, .data th, .facts td, .facts th {{ padding-top: 3px; padding-bottom: 3px; }}
  .facts th {{ width: 150px; }}
  .figure, .tiles, .heat, .grid td, svg, li, p, tr {{ break-inside: avoid; }}
  .facts tr {{ break-inside: auto; }}
  h2, h3, .lead, summary {{ break-after: avoid; }}
  .foot {{ margin-top: 16px; break-before: avoid; }}
  details > :last-child, .facts tr:last-child {{ break-after: avoid; }}
  thead {{ display: table-header-group; }}
  summary {{ list-style: none; }}
  ::details-content {{ content-visibility: visible; height: auto; }}
}}
"""
