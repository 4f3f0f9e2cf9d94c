"""Grade what is handed in through a hub while its student watches: `autograde watch`, a service of the course.

It asks the exchange for what waits, puts it into submitted/, has the course's grader process grade it, and leaves an
answer beside the hand-in. The answer comes last: killed anywhere before, this begins the hand-in again, and a verdict
that is in the journal by then stands. So a grader that is down, or a queue however long, loses nothing.
"""

from __future__ import annotations

import os
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ..contract.failures import CourseError, Failure
from ..contract.names import escaped
from ..contract.verdict import Verdict
from ..course.folder import Course
from ..course.watch import Counts, Watch
from ..gradebook.hub import HandIn, Hub, HubError
from ..gradebook.standings import deadlines, penalty_of
from . import client
from .attempts import Attempt, Deadlines, better, refusal
from .options import GradeOptions
from .pace import Pace
from .shown import Answer, State, lines_of

__all__ = ["AT_ONCE", "LOCK", "Watcher"]

LOCK = "watch.lock"
AT_ONCE = 16  # hand-ins that the grader process is asked for at the same time; its lanes give everyone their turn
NEWS_SECONDS = 25.0  # that the exchange may take to answer where there is no news
IDLE_SECONDS = 5.0  # the same, where nothing is watched: somebody may write down that something is
SOON_SECONDS = 0.5  # where something waits for us, not for news
REST_SECONDS = (2.0, 60.0)  # before what failed is tried again: at first, and at most
LOOK_SECONDS = 20.0  # between two looks whether somewhere nothing is kept back any more, and at the grader process
FRESH_SECONDS = 5.0  # that a due date may be remembered
TROUBLE = "The grader has a fault just now. Your work is kept, and is graded when that is mended."
FAILED = "It is kept, and could not be graded by itself: its files could not be read or entered. A person looks at it."

Key = tuple[str, str]  # an assignment and a student
Grade = Callable[..., list[Verdict]]


@dataclass(frozen=True)
class _Rest:
    """What failed, and when it is tried again."""

    until: float
    seconds: float


class Watcher:
    """One course's.

    Args:
        course: its folder.
        hub: the exchange.
        say: is told what goes wrong, for the log.
        now: the time.
        grade: has an assignment graded, as `client.grade` does.
        wake: has the grader process run and be ready for these assignments, so that a hand-in need not wait for that.
    """

    def __init__(
        self,
        course: Course,
        hub: Hub,
        *,
        say: Callable[[str], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        grade: Grade = client.grade,
        wake: Callable[[Course, Iterable[str]], None] = client.wake,
    ) -> None:
        self._course, self._hub, self._say, self._now, self._grade_all = course, hub, say, now, grade
        self._wake = wake
        self._changed = threading.Condition()
        self._under_way: dict[Key, int] = {}
        self._resting: dict[Key, _Rest] = {}
        self._reading = threading.Lock()  # two threads that open a gradebook at once are one too many for CPython 3.11
        self._deadlines: dict[str, tuple[float, Deadlines]] = {}
        self._watched: Mapping[str, Watch] = {}
        self._said = ""
        self._pace = Pace(course)
        self._looked = self._woken = -LOOK_SECONDS
        self._shown: set[str] = set()  # assignments of which everybody has seen all

    def run(self, is_over: Callable[[], bool] = lambda: False) -> None:
        """Watch until it is over. What is under way then is begun again by the next one."""
        turn, rest = "", REST_SECONDS[0]
        while not is_over():
            try:
                turn = self.once(turn)
                rest = REST_SECONDS[0]
            except CourseError as error:  # the exchange is down, or the settings are being written
                self._complain(str(error))
                time.sleep(rest)
                rest = min(2 * rest, REST_SECONDS[1])

    def once(self, turn: str = "") -> str:
        """Ask for what waits, and begin with it; return whose turn it was then."""
        self._read_settings()
        self._be_ready()
        turn, waiting = self._hub.waiting(
            self._watched, after=turn, seconds=self._patience(), trouble=TROUBLE if self._resting else "",
            paces=self._pace.seconds(self._watched), lanes=os.cpu_count() or 1,
        )  # fmt: skip
        self._read_settings()  # as they are by now: an instructor may have written them meanwhile
        self._rest_no_longer(waiting)
        for one in waiting:
            if one.assignment in self._watched:
                self._begin(one)
        self._show_all()
        return turn

    def wait(self) -> None:
        """Let what is under way come to its end."""
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way)

    # --- what there is to do

    def _read_settings(self) -> None:
        self._watched = self._course.settings().watch
        for assignment in self._watched:
            self._course.masters(assignment)

    def _patience(self) -> float:
        with self._changed:
            now = time.monotonic()
            if self._resting:
                return min(NEWS_SECONDS, max(SOON_SECONDS, min(rest.until for rest in self._resting.values()) - now))
            if self._under_way:
                return SOON_SECONDS
            return NEWS_SECONDS if self._watched else IDLE_SECONDS

    def _begin(self, one: HandIn) -> None:
        """Start a thread on a hand-in, unless its student's last one is under way, it rests, or too many are."""
        key = (one.assignment, one.student)
        with self._changed:
            rest = self._resting.get(key)
            if key in self._under_way or len(self._under_way) >= AT_ONCE:
                return
            if rest is not None and time.monotonic() < rest.until:
                return
            self._under_way[key] = one.number
        threading.Thread(target=self._answer, args=(one, self._watched[one.assignment]), daemon=True).start()

    def _answer(self, one: HandIn, watch: Watch) -> None:
        key = (one.assignment, one.student)
        try:
            self._hub.say(one, self._graded(one, watch).to_json())
        except Exception as error:  # tried again: nothing is lost by it
            if not isinstance(error, CourseError):
                self._say(traceback.format_exc())
            self._complain(f"{escaped(one.student)}, {one.assignment}: {error}")
            self._rest(key)
        else:
            with self._changed:
                self._resting.pop(key, None)
        finally:
            with self._changed:
                del self._under_way[key]
                self._changed.notify_all()

    def _rest(self, key: Key) -> None:
        with self._changed:
            before = self._resting.get(key)
            seconds = min(2 * before.seconds, REST_SECONDS[1]) if before else REST_SECONDS[0]
            self._resting[key] = _Rest(time.monotonic() + seconds, seconds)

    def _rest_no_longer(self, waiting: Sequence[HandIn]) -> None:
        """Leave alone what failed and does not wait any more: it was forgotten, or another one took its place."""
        wait = {(one.assignment, one.student) for one in waiting}
        with self._changed:
            self._resting = {key: rest for key, rest in self._resting.items() if key in wait}

    def _complain(self, sentence: str) -> None:
        """Say what is wrong, once until something else is."""
        if sentence != self._said:
            self._said = sentence
            self._say(sentence)

    def _be_ready(self) -> None:
        """Have the grader process stay, and be ready for what is watched now."""
        if self._watched and time.monotonic() - self._woken >= LOOK_SECONDS:
            self._woken = time.monotonic()
            self._wake(self._course, self._watched)

    # --- one hand-in

    def _graded(self, one: HandIn, watch: Watch) -> Answer:
        found = self._deadlines_of(one.assignment)
        all_before = [other for other in self._hub.hand_ins(one.assignment, one.student) if other.number < one.number]
        before = [attempt for other in all_before if (attempt := _attempt(other)) is not None]
        refused = refusal(watch, one.moment, before, found.closes(watch, one.student))
        if refused is not None:
            counts = _counted_before(all_before) if watch.counts is Counts.BEST else None
            return Answer(State.LATER, refused, attempts=watch.attempts, counts=counts)
        self._hub.collect(one)
        if one.number not in {other.number for other in self._hub.hand_ins(one.assignment, one.student)}:
            self._hub.drop(one)  # forgotten since we were told of it: the exchange goes first, see `records`
            raise HubError("It was removed at the exchange while it was collected. Nothing of it is kept.")
        verdicts, failures = self._grade(one)
        if failures or not verdicts:
            self._say("\n".join(map(str, failures)))
            return Answer(State.FAILED, FAILED, attempts=watch.attempts)
        due = found.of(one.student)
        late = due is not None and one.moment > due
        answer = Answer(
            State.GRADED,
            "",
            lines_of(verdicts, show=watch.show, whole=self._is_open(found, watch)),
            attempt=len(before) + 1,
            attempts=watch.attempts,
            penalty=self._penalty(one) if late else 0.0,
            whole=self._is_open(found, watch),
        )
        return _worded(self._with_the_best(one, watch, answer, all_before, before))

    def _grade(self, one: HandIn) -> tuple[list[Verdict], list[Failure]]:
        """The same run as the batch's, for one student: what it says here it says there."""
        verdicts: list[Verdict] = []
        failures: list[Failure] = []
        options = GradeOptions(students=(one.student,))
        self._grade_all(self._course, one.assignment, options, on_verdict=verdicts.append, on_failure=failures.append)
        self._pace.add(one.assignment, verdicts)
        return verdicts, [failure for failure in failures if failure.student == escaped(one.student)]

    def _with_the_best(
        self, one: HandIn, watch: Watch, answer: Answer, all_before: Sequence[HandIn], before: Sequence[Attempt]
    ) -> Answer:
        """Where the best one counts and it is an earlier one, put that back into submitted/ and the gradebook."""
        if watch.counts is Counts.LAST:
            return answer
        best = better(before, answer.points)
        if best is None:
            return replace(answer, counts=one.number)
        [back] = [other for other in all_before if other.number == best.number]
        self._hub.collect(back)
        self._grade(back)
        return replace(answer, counts=best.number)

    # --- when nobody can hand in any more

    def _show_all(self) -> None:
        """Say all of those hand-ins that count, where nobody can hand in any more."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        for assignment, watch in self._watched.items():
            if not self._is_open(self._deadlines_of(assignment), watch):
                self._shown.discard(assignment)
            elif assignment not in self._shown:
                for one in self._hub.hand_ins(assignment):
                    self._show_all_of(one, watch)
                self._shown.add(assignment)

    def _show_all_of(self, one: HandIn, watch: Watch) -> None:
        said = one.answer
        if said is None or said.get("state") != State.GRADED or said.get("whole") or not self._hub.is_collected(one):
            return
        verdicts, failures = self._grade(one)  # it stands, and is told again
        if verdicts and not failures:
            told = Answer(
                State.GRADED, "", lines_of(verdicts, show=watch.show, whole=True), attempt=int(said["attempt"]),
                attempts=watch.attempts, penalty=float(said["penalty"]), whole=True, counts=said.get("counts"),
            )  # fmt: skip
            self._hub.say(one, _worded(told).to_json())

    def _is_open(self, found: Deadlines, watch: Watch) -> bool:
        opens = found.opens(watch)
        return opens is not None and self._now() > opens

    # --- the gradebook

    def _deadlines_of(self, assignment: str) -> Deadlines:
        with self._reading:
            at, found = self._deadlines.get(assignment, (-FRESH_SECONDS, Deadlines()))
            if time.monotonic() - at >= FRESH_SECONDS:
                due, extended = deadlines(self._course.root, assignment)
                found = Deadlines(due, extended)
                self._deadlines[assignment] = time.monotonic(), found
            return found

    def _penalty(self, one: HandIn) -> float:
        with self._reading:
            return penalty_of(self._course.root, one.assignment, one.student)


def _attempt(one: HandIn) -> Attempt | None:
    """An earlier hand-in as an attempt; None where it was not graded at once."""
    if one.answer is None or one.answer.get("state") != State.GRADED:
        return None
    return Attempt(one.number, one.moment, float(one.answer["points"]))


def _counted_before(before: Sequence[HandIn]) -> int | None:
    counted = [one.answer.get("counts") for one in before if one.answer is not None]
    return next((number for number in reversed(counted) if number is not None), None)


def _worded(answer: Answer) -> Answer:
    """The sentence of an answer to something that was graded."""
    of = f" of {answer.attempts}" if answer.attempts is not None else ""
    parts = [f"{answer.points:g} of {answer.most:g} points; attempt {answer.attempt}{of}."]
    if answer.penalty:
        parts.append(f"It came late, which cost {answer.penalty:g}.")
    if any(line.points is None for line in answer.lines):
        parts.append("What a person decides comes later.")
    if answer.counts is not None:
        parts.append(f"Your hand-in number {answer.counts} counts, the best by now.")
    return replace(answer, sentence=" ".join(parts))
