"""The session of a run: recorded, opened with the first job, followed by another when it has ended, and closed.

A session that was given to the run is joined with the first job, and never closed.
"""

from __future__ import annotations

import threading
import time

from qsharp_bridge._warnings import from_here, warn
from qsharp_bridge.azure.client import Service
from qsharp_bridge.errors import ServiceError, SessionEndedError, TargetError
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.runner.jobs import RunSettings
from qsharp_bridge.states import ENDED_SESSION_STATES, SessionState
from qsharp_bridge.targets.spec import TargetSpec

_OPENINGS = 5  # of sessions, one after the other, that have ended already
_READS = 5  # for a session that refused a job and is still shown as open


class RunSession:
    """Keeps one open session for a run.

    Args:
        service, target, journal, settings: of the run.

    Attributes:
        id: of the newest session; ``is_open``: whether it takes jobs, as far as is known.
        link: whether to open another session when one has ended with work left.
    """

    def __init__(self, service: Service, target: TargetSpec, journal: Journal, settings: RunSettings) -> None:
        self.service, self.target, self.journal, self.link = service, target, journal, settings.link_sessions
        self.name, self.policy = journal.manifest.session_name, journal.manifest.failure_policy
        self.id: str | None = None
        self.is_open = False
        self._given = settings.session  # until it is joined
        self._shared = settings.shared
        self._common = self._shared.id if self._shared is not None else None  # until it is joined
        self._idle = _IdleWatch(settings.session_timeout, self.link)

    @property
    def aborts(self) -> bool:
        """Whether the service ends the session when a job of it fails."""
        return self.policy == "Abort"

    def find_newer(self) -> bool:
        """Record the sessions that the run opened after this copy of its journal was made; return whether any exist."""
        found = False
        while (session := self.service.session(self.journal.next_session(), reads=1)) is not None:
            self.journal.add_session(session.id, session.name, session.state)
            found = True
        return found

    def reenter(self) -> None:
        """Continue in the session that an earlier process left, if it is still open."""
        sessions = self.journal.sessions()
        if not sessions:
            return
        self.id, name, state = sessions[-1]
        if state == SessionState.OPENING:
            self._open(self.id, name)
        elif not _takes_no_more(state):
            self.is_open = not _takes_no_more(self.refresh())
            if self.is_open and not self.journal.is_own(self.id):
                self._given = self._given or self.id  # so that the service is asked for its policy

    def used(self) -> None:
        """Restart the wait for the idle warning: a job has just been sent into the session."""
        self._idle.start()

    def ensure_open(self) -> None:
        """Open the first session, or one more, unless one is open.

        Raises:
            SessionEndedError: the session has ended, and linking another is not allowed; or the given one has ended.
            ServiceError: there is no session of the given id.
            TargetError: the workspace has no such target, or no longer; the given session is of another target.
        """
        if self._given is not None:
            self._join(self._given)
            self._given = None
        common, self._common = self._common, None
        if common is not None and not self.is_open:
            try:
                self._join(common)
            except SessionEndedError:
                if not self.link:
                    raise
        for _ in range(_OPENINGS):
            if self.is_open:
                return
            sessions = self.journal.sessions()
            if sessions and not self.link:
                raise self.no_other(sessions[-1][0], sessions[-1][2])
            name = f"{self.name} ({len(sessions) + 1})" if sessions else self.name
            if sessions:
                warn(f"session {sessions[-1][0]} has ended ({sessions[-1][2]}); going on in the session {name!r}")
            self._look_for_target()
            session_id = self.journal.next_session()
            self.journal.add_session(session_id, name)  # before the request that names it
            self._open(session_id, name)  # it may have ended: another copy of the journal may have opened it
        if not self.is_open:
            raise SessionEndedError(
                f"the service ended {_OPENINGS} sessions as soon as they were opened",
                advice="look at the service, then resume",
            )

    def _join(self, session_id: str) -> None:
        """Continue in a session that was given; one that has ended is an error, unless the run was in it before."""
        if self.is_open and self.id != session_id:
            self.close()
        session = self.service.session(session_id)
        if session is None:
            raise ServiceError(
                f"there is no session {session_id} in the workspace of the target {self.target.name}",
                advice="it may be of another workspace: give a target of that one; "
                "qb.sessions.list_sessions(workspace) lists the sessions of a workspace; nothing was sent",
            )
        known = session_id in {found for found, _, _ in self.journal.sessions()}
        if session.ended and not known:
            raise SessionEndedError(
                f"session {session_id} has ended ({session.state}) and takes no more jobs",
                advice="give an open session, or leave session= out for a new one; nothing was sent",
            )
        if session.target and session.target.lower() != self.target.name.lower():
            raise TargetError(
                f"session {session_id} is of {session.target}, and the run of {self.target.name}",
                advice="run on the session's target, or open a session on this one; nothing was sent",
            )
        if known:
            self.journal.set_session(session_id, session.state)
        else:
            self.journal.add_session(session_id, session.name, session.state)
        self.policy = session.policy or self.policy
        self.id, self.is_open = session_id, not session.ended

    def refresh(self) -> str:
        """Return the state of the session as the service has it now; ``gone`` when it has none."""
        assert self.id is not None
        session = self.service.session(self.id)
        state = SessionState.GONE if session is None else session.state
        self.journal.set_session(self.id, state)
        return state

    def ended(self) -> str:
        """Return the state of a session that refused a job because it has ended.

        The state that the service shows may be older than the refusal, and the next step may cost money. So it is read
        again until it agrees with the refusal, a few times at most.
        """
        self.is_open = False
        self._idle.stop()
        state = self.refresh()
        for _ in self.service.retry.attempts(f"get session {self.id}", _READS):
            if _takes_no_more(state):
                break
            state = self.refresh()
        return state

    @staticmethod
    def no_other(session_id: str, state: str) -> SessionEndedError:
        """Return the error for a session that has ended when linking another is not allowed."""
        return SessionEndedError(
            f"session {session_id} has ended ({state}) with points left",
            advice="link_sessions=True goes on in another session",
        )

    def close(self) -> None:
        """Close the session if it is open, and the run's own, and not shared. Its jobs run on."""
        self._idle.stop()
        if self._shared is not None:
            if self.id is not None:
                self._shared.id, self._shared.workspace = self.id, self.service.workspace if self.is_open else None
            return
        if self.is_open and self.id is not None and self.journal.is_own(self.id):
            session = self.service.close_session(self.id)
            self.is_open = False
            self.journal.set_session(self.id, session.state if session.ended else SessionState.CLOSED)

    def confirm(self) -> None:
        """Check that the sessions that were closed while their jobs ran have ended with them; close them again if not.

        While jobs run, a closed session looks like an open one. So a wrong answer to the request to close it would
        not be noticed before.
        """
        for session_id, _, state in self.journal.sessions():
            if state == SessionState.CLOSED:
                session = self.service.session(session_id)
                if session is not None and not session.ended:
                    session = self.service.close_session(session_id)
                self.journal.set_session(session_id, SessionState.GONE if session is None else session.state)

    def _look_for_target(self) -> None:
        """Check that the workspace has the target; without it every job would be accepted, and fail."""
        availability = self.service.availability(self.target)
        if availability is None:
            raise TargetError(
                f"the workspace has no target {self.target.name} of {self.target.provider_id}, or no longer",
                advice="workspace.get_targets() lists those it has; nothing was sent, and a resume continues the run",
            )
        if availability == "Unavailable":
            warn(f"{self.target.name} is unavailable at the moment: its jobs wait until it is back")

    def _open(self, session_id: str, name: str) -> None:
        self.policy = self.journal.manifest.failure_policy
        session = self.service.open_session(session_id, name, self.target, self.policy)
        self.journal.set_session(session_id, session.state)
        self.id, self.is_open = session_id, not session.ended


def _takes_no_more(state: str) -> bool:
    return state in (SessionState.CLOSED, SessionState.GONE) or state in ENDED_SESSION_STATES


class _IdleWatch:
    """A thread that warns before the service ends a session that gets no job.

    The warning comes when four fifths of the idle time have passed.
    """

    def __init__(self, timeout: float, link: bool) -> None:
        self._timeout = timeout
        self._later = "goes to a linked one" if link else "is refused"
        self._since = 0.0
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the wait again."""
        self._since = time.monotonic()
        if self._thread is None or not self._thread.is_alive():
            self._stopped.clear()
            self._thread = threading.Thread(target=from_here(self._watch), name="qsharp-bridge-idle", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _watch(self) -> None:
        warned = None
        while True:
            since = self._since
            left = since + 0.8 * self._timeout - time.monotonic()
            if left <= 0:
                if warned != since:  # once for each pause
                    warned = since
                    warn(
                        f"the session has had no job for {0.8 * self._timeout:.0f} s; the service ends an idle session "
                        f"after about {self._timeout:.0f} s, and what comes later {self._later}"
                    )
                left = 0.2 * self._timeout
            if self._stopped.wait(left):
                return
