"""From arguments to an exit status: 0 done, 1 failed, 2 wrong arguments, 130 stopped."""

from __future__ import annotations

import os
import sys
import traceback
from argparse import SUPPRESS, Namespace
from argparse import _ActionsContainer as Arguments
from collections.abc import Sequence

from ..engine.errors import Cancelled, CropAttentionError, Refused, RequestError
from ..engine.jobs.checks import check_projections
from ..engine.provenance import version
from ..models.card import CheckpointError
from ..models.language import TERMINAL_LANGUAGES, tr
from .answer import WrongArguments, write_answer
from .commands import COMMANDS
from .console import Console
from .libraries import quiet_libraries
from .parser import WRONG_ARGUMENTS, Parser, joined
from .stop import listening

DONE, FAILED, STOPPED = 0, 1, 130
PROGRAM = "python -m crop_attention"
LIST = "\n".join(f"  {command.NAME:<13}{tr(command.SUMMARY)}" for command in COMMANDS)
EPILOG = tr(
    """commands:
{commands}

'{program} COMMAND --help' explains one command.

exit status: 0 done; 1 failed, not ready, or some county failed; 2 wrong arguments; 130 stopped
(Ctrl-C or a signal).
Results go to standard output as lines KEY=value, progress and messages to standard error."""
).format(commands=LIST, program=PROGRAM)
NO_MEMORY = tr("There is not enough memory; lower --memory-limit or --tile-size, or close other programs.")
NO_FILE = tr(
    "The system refused a file or folder ({reason}): check that its disk has room, that the folder you are in and "
    "that for temporary files (TMPDIR) exist, and the limits of this account."
)


def main(words: Sequence[str] | None = None) -> int:
    """Read the arguments (of the process, unless others are given), run, and return the exit status."""
    given = joined(sys.argv[1:] if words is None else words)
    parser = make_parser()
    if not given:
        parser.print_help(sys.stderr)
        return WRONG_ARGUMENTS
    try:
        values = parser.parse_args(given)
    except SystemExit as leaving:
        return int(leaving.code or 0)
    values.given = given[1:]
    with listening() as stop, quiet_libraries(values.debug):
        console = Console(sys.stderr, stop, values.quiet)
        try:
            return _run(values, console)
        finally:
            console.close()


def _run(values: Namespace, console: Console) -> int:
    try:
        check_projections()
        answer = values.command.run(values, console)
        console.close()
        try:
            write_answer(sys.stdout, answer.values, values.json)
        except BrokenPipeError:
            raise
        except OSError as error:
            console.error(
                tr("The run is done, and its results cannot be written to standard output ({reason}).").format(
                    reason=error.strerror or error
                )
            )
            _forget_output()
            return FAILED
        if answer.failure:
            console.error(answer.failure)
        return STOPPED if answer.stopped else FAILED if answer.failure else DONE
    except WrongArguments as error:
        console.error(
            tr("{error}; '{program} {name} --help' lists the arguments.").format(
                error=error, program=PROGRAM, name=values.command.NAME
            )
        )
        return WRONG_ARGUMENTS
    except RequestError as error:
        console.error(
            tr("{error} '{program} {name} --help' lists the arguments.").format(
                error=error, program=PROGRAM, name=values.command.NAME
            )
        )
        return WRONG_ARGUMENTS
    except Cancelled as error:
        console.error(str(error))
        return STOPPED
    except KeyboardInterrupt:
        console.error(str(Cancelled()))
        return STOPPED
    except BrokenPipeError:
        # Whoever read the results went away; nothing more can be told, at the end of the program neither.
        _forget_output()
        return FAILED
    except Exception as error:
        if console.cancelled() and not isinstance(error, (CropAttentionError, CheckpointError)):
            console.error(str(Cancelled()))  # an interrupt inside a library comes out as what that makes of it
            return STOPPED
        if values.debug:
            console.trace(traceback.format_exc())
        for sentence in _sentences(error, values.debug):
            console.error(sentence)
        return FAILED


def _forget_output() -> None:
    """Let nothing be told at the end of the program to whom nothing can be told."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")


def _sentences(error: Exception, debug: bool) -> list[str]:
    """Return what went wrong, for people."""
    if isinstance(error, Refused):
        return error.sentences
    if isinstance(error, (CropAttentionError, CheckpointError)):
        return [str(error)]
    if isinstance(error, MemoryError):
        return [NO_MEMORY]
    if isinstance(error, OSError):
        reason = " ".join(f"{error.strerror or error} {error.filename or ''}".split())
        return [NO_FILE.format(reason=reason)]
    hint = "" if debug else tr("; run again with --debug for its trace")
    return [
        tr("An unforeseen error stopped the run ({name}: {split}){hint}.").format(
            name=type(error).__name__, split=" ".join(str(error).split()), hint=hint
        )
    ]


def make_parser() -> Parser:
    """Return the parser of all commands."""
    parser = Parser(
        prog=PROGRAM,
        usage="%(prog)s COMMAND OPTION ...",
        description=tr("Crop maps, parcel labels and attention heatmaps from Sentinel-1 and Sentinel-2, without QGIS."),
        epilog=EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"Crop Attention {version()}")
    _add_language(parser)
    found = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser, help=SUPPRESS, prog=PROGRAM)
    for command in COMMANDS:
        each = found.add_parser(
            command.NAME,
            usage=f"%(prog)s {command.USAGE}",
            description=tr(command.DESCRIPTION),
            epilog="\n".join(_shown(line) for line in command.EXAMPLES.split("\n")),
            add_help=False,
        )
        command.declare(each)
        talk = each.add_argument_group(tr("messages and results"))
        talk.add_argument("-h", "--help", action="help", help=tr("show this text"))
        talk.add_argument("--json", action="store_true", help=tr("results as one JSON object, not as lines KEY=value"))
        talk.add_argument(
            "--quiet", action="store_true", help=tr("no progress and no messages but warnings and errors")
        )
        _add_language(talk)
        talk.add_argument("--debug", action="store_true", help=tr("where an error comes from, and what libraries say"))
        each.set_defaults(command=command)
    return parser


def _add_language(parser: Arguments) -> None:
    """It is taken before the command and behind it; the door has read it when a parser is made."""
    parser.add_argument("--language", choices=TERMINAL_LANGUAGES, help=tr("of texts (default: as of the environment)"))


def _shown(line: str) -> str:
    """Return a line of examples with its words translated."""
    words = line.strip()
    return line.replace(words, tr(words)) if words else line
