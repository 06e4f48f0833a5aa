"""A run over counties: lock, plan, what is whole stays, the rest runs, tables as it goes."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from ...models.language import counted, tr
from ..errors import Cancelled, OutputError
from ..feedback import Feedback, Part
from .executors.local import executor_for
from .fingerprint import created_for, request_values
from .folder import CountyFolder
from .folder_lock import FolderLock
from .outcome import DONE, FAILED, KEPT, CountyOutcome, cancelled, failed
from .places import check_folder
from .plan import Plan, check_card, completed, make_plan
from .request import CountiesRequest, CountiesResult
from .summary import Summary

if TYPE_CHECKING:
    from .executors.base import Executor

PLANNING = 0.02
"""Share of the progress before the first county."""

NAMED = 10
"""Failed counties that the last message names."""


def classify_counties(request: CountiesRequest, feedback: Feedback, executor: Executor | None = None) -> CountiesResult:
    """Run all counties that are not whole yet.

    Returns also when the analyst cancelled (the rest is then "cancelled") and when counties failed: look at
    `CountiesResult.failed` and `.cancelled`.

    Args:
        executor: where counties run; None takes what the request names.

    Raises:
        CropAttentionError, CheckpointError: what is wrong with all counties (layer, checkpoint, output folder), in one
            sentence; nothing was run.
    """
    from ...models.checkpoint import read_card, sha256_of

    executor = executor or executor_for(request.scheduler, request.workers, request.options.attempts, feedback)
    request = completed(request)
    card = read_card(request.checkpoint)
    check_card(request, card)
    sha256 = sha256_of(request.checkpoint)
    check_folder(request)
    with FolderLock(request.folder) as lock:
        with feedback.part(0.0, PLANNING, tr("Planning the counties")) as stage:
            plan = make_plan(request, card, sha256, lock.token, stage)
        check_folder(request, plan.tasks)
        created = created_for(request.folder, request_values(request, sha256))
        plan = replace(plan, tasks=tuple(replace(task, created=created) for task in plan.tasks))
        summary = Summary(request, plan, card, created)
        outcomes = _settled(plan, feedback)
        try:
            _run(plan, outcomes, executor, summary, Part(feedback, PLANNING, 1.0))
        except BaseException as error:
            # Stopped while workers were started or reached, or broken off: the tables tell what is done.
            if not (isinstance(error, (Cancelled, KeyboardInterrupt)) and feedback.cancelled()):
                with contextlib.suppress(OutputError):
                    summary.write(outcomes)
                raise
        for task in plan.tasks:
            missing = cancelled(task) if feedback.cancelled() else failed(task, tr("The executor returned nothing."))
            outcomes.setdefault(task.key, missing)
        summary.write(outcomes)
    ordered = tuple(outcomes[task.key] for task in plan.tasks)
    counts = Counter(outcome.status for outcome in ordered)
    _tell(ordered, counts, feedback)
    return CountiesResult(ordered, dict(counts), summary.gpkg, summary.csv, summary.index)


def _settled(plan: Plan, feedback: Feedback) -> dict[str, CountyOutcome]:
    """Return the counties that need no run, whole or not to be run, and say how many there are of each."""
    outcomes: dict[str, CountyOutcome] = {}
    for task in plan.tasks:
        feedback.check()
        problem = plan.problems.get(task.key)
        home = CountyFolder(task.folder, task.key)
        whole = home.outcome(task.fingerprint) if problem is None else None
        if whole is not None:
            outcomes[task.key] = replace(whole, status=KEPT)
        elif problem is not None:
            outcomes[task.key] = problem
            feedback.warning(f"{task.name}: {problem.message}")
    kept = sum(outcome.status == KEPT for outcome in outcomes.values())
    feedback.info(
        tr(
            "{count_tasks} counties: {kept} whole from an earlier run, {count_outcomes} that cannot be run, "
            "{count_tasks_2} to do."
        ).format(
            count_tasks=len(plan.tasks),
            kept=kept,
            count_outcomes=len(outcomes) - kept,
            count_tasks_2=len(plan.tasks) - len(outcomes),
        )
    )
    return outcomes


def _run(
    plan: Plan, outcomes: dict[str, CountyOutcome], executor: Executor, summary: Summary, feedback: Feedback
) -> None:
    """Let the executor run the rest, and keep the tables up to date."""
    tasks = [task for task in plan.tasks if task.key not in outcomes]
    if not tasks:
        return
    summary.write_when_due(outcomes)
    for outcome in executor.run(tasks, feedback):
        outcomes[outcome.key] = outcome
        if outcome.status == FAILED:
            feedback.warning(f"{outcome.name}: {outcome.message}")
        elif outcome.status == DONE:
            whole = sum(each.status in (DONE, KEPT) for each in outcomes.values())
            feedback.info(
                tr("{outcome}: done in {seconds:.0f} s, {whole} of {count_tasks} counties.").format(
                    outcome=outcome.name, seconds=outcome.seconds, whole=whole, count_tasks=len(plan.tasks)
                )
            )
        summary.write_when_due(outcomes)


def _tell(outcomes: tuple[CountyOutcome, ...], counts: Counter[str], feedback: Feedback) -> None:
    told = tr(", ").join(f"{count} {tr(status)}" for status, count in sorted(counts.items()))
    feedback.info(tr("{counties}: {told}.").format(counties=counted(len(outcomes), "county", "counties"), told=told))
    bad = [outcome.name for outcome in outcomes if outcome.status == FAILED]
    if bad:
        more = tr(" and {number} more").format(number=len(bad) - NAMED) if len(bad) > NAMED else ""
        feedback.warning(
            tr("{count_bad} of {count_outcomes} counties failed: {bad}{more}.").format(
                count_bad=len(bad), count_outcomes=len(outcomes), bad=", ".join(bad[:NAMED]), more=more
            )
        )
