"""Colours and the style sheet of the reports; tables only, because old viewers know no grid and no variables."""

from __future__ import annotations

INK = "#1f2a24"
MUTED = "#66736c"
RULE = "#d9dfdb"
PAPER = "#ffffff"
WIDTH = 1040
"""Pixels across a page."""

EMPTY = "#eef1ef"
OPTICAL = "#2f8f4e"
RADAR = "#2f6db3"
ACCENT = "#1d5c45"
WARM = "#c4562f"
FONT = "'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"

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
.figure {{ margin: 14px 0; }}
svg {{ max-width: 100%; height: auto; }}
table {{ border-collapse: collapse; }}
.tiles {{ width: 100%; margin: 18px 0 0 0; table-layout: fixed; }}
.tiles td {{ padding: 10px 14px; border: 1px solid {RULE}; vertical-align: top; }}
.figure-number {{ font-size: 23px; font-weight: 600; color: {ACCENT}; white-space: nowrap; }}
.figure-label {{ font-size: 13px; color: {MUTED}; }}
.data {{ width: 100%; margin: 10px 0; font-size: 14px; }}
.data th {{ padding: 5px 9px; border-bottom: 2px solid {RULE}; color: {MUTED}; font-weight: 600; text-align: left;
  vertical-align: bottom; font-size: 13px; }}
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
.swatch {{ display: inline-block; width: 13px; height: 13px; margin-right: 8px; border: 1px solid #888888;
  vertical-align: -2px; }}
.bar {{ display: inline-block; height: 11px; vertical-align: -1px; }}
ul.warning, ul.note {{ margin: 10px 0; padding: 10px 14px 10px 32px; }}
ul.warning {{ background: #fdf1ea; border-left: 5px solid {WARM}; }}
ul.note {{ background: #f4f6f5; border-left: 5px solid {RULE}; }}
li {{ margin: 3px 0; }}
@media (max-width: 600px) {{
  .tiles, .tiles tbody, .tiles tr {{ display: block; }}
  .tiles td {{ display: inline-block; box-sizing: border-box; width: 49%; }}
  .data td:nth-child(2), .data td:nth-child(4), .facts td {{ overflow-wrap: anywhere; }}
}}
@media print {{ body {{ background: {PAPER}; }} .section {{ page-break-inside: avoid; }} }}
"""
