"""The door of a terminal: python -m crop_attention --help."""

import sys

STOPPED = 130

if __name__ == "__main__":
    try:
        from .cli.entry import main

        status = main()
    except KeyboardInterrupt:  # while the package itself was loaded, before anything was begun
        sys.stderr.write("error: The run was cancelled; nothing was written.\n")
        status = STOPPED
    sys.exit(status)
