"""The door of a terminal: python -m crop_attention --help."""

import sys

from .cli.main import main

if __name__ == "__main__":
    sys.exit(main())
