"""Draw tables and page of the paper's comparison anew, from the records of a run that may still be going on.

PYTHONPATH=build/plugins .venv/bin/python -m crop_attention.benchmarks.paper.from_records RECORDS [FOLDER]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from crop_attention.benchmarks.paper import record, report


def main() -> int:
    """Write the report and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("records", type=Path, help="file of finished cells, such as full.jsonl")
    parser.add_argument("out", type=Path, nargs="?", help="folder of tables and page; that of the records if left away")
    parser.add_argument("--planned", type=int, help="cells of the whole plan, if it is not a known one")
    values = parser.parse_args()
    record.unpack(values.records)
    if not values.records.exists():
        print(f"There are no records at {values.records}: run `make bench-paper` or `make bench-paper-quick` first.")
        return 1
    out = values.out or values.records.parent
    report.write(values.records, out, values.planned)
    print(out / report.PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
