"""What the training tool reaches: python -m crop_attention.benchmarks.training counties|learners [OPTION ...]."""

from __future__ import annotations

import sys

from crop_attention.benchmarks.training import counties, learners

PARTS = {"counties": counties.main, "learners": learners.main}


def main() -> None:
    """Run one part with the rest of the command line."""
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    if part not in PARTS:
        raise SystemExit(f"usage: python -m crop_attention.benchmarks.training {'|'.join(PARTS)} [OPTION ...]")
    sys.argv[:2] = [f"{sys.argv[0]} {part}"]
    PARTS[part]()


if __name__ == "__main__":
    main()
