"""The door of a terminal: python -m crop_attention --help."""

import signal
import sys

STOPPED = 130

if __name__ == "__main__":
    try:
        from .cli.entry import main

        status = main()
    except KeyboardInterrupt:  # before the command could listen for it, and anything was begun
        sys.stderr.write("error: The run was cancelled; nothing was written.\n")
        status = STOPPED
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the work is over and told
    sys.exit(status)
