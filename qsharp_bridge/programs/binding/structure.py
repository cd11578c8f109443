"""Structures of points: the symbolic form of each, its paths, and the proofs of their templates.

They are kept for the process, so that what was proved once serves every later sweep and loop.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from qsharp_bridge._warnings import warn
from qsharp_bridge.errors import ProgramError, QsharpValueError
from qsharp_bridge.programs.sources import Sources
from qsharp_bridge.qir.flow import UnknownShape

from .compiles import Compiling, ExecutorError
from .skeleton import Skeleton
from .symbolic.angles import special_rows, unlike
from .symbolic.folding import Doubles, Folding
from .symbolic.functions import disagreeing
from .symbolic.paths import Doubtful, Path, SymbolicForm, generic_rows, is_generic, sound
from .template import Template, Unproved, align, numbers_of

DIRECT = -1
"""The path of a point that is on none, and is compiled by itself."""

_GENERIC = 2  # points with unlike parameters that a proof needs
MOST_PATHS = 64  # of one structure; beyond, points are compiled directly
_MOST_DOUBTS = 256  # points that are walked in vain
_MOST_CHARACTERS = 8_000_000  # of the forms that are kept: about 100 MB (12 bytes each were measured), 400 of 80 angles

LOCK = threading.RLock()
"""Held while structures, and what is found out about them, are used."""

_kept: OrderedDict[tuple[Sources, str, Skeleton], Structure] = OrderedDict()

_met: OrderedDict[tuple[Sources, str, Skeleton], set[bytes]] = OrderedDict()
"""Some points, as their bytes, of structures that had too few for a proof in each sweep so far."""
_MOST_MET = 256  # of these structures
_MOST_ROWS = 16  # points of each that are kept


class BindingWarning(UserWarning):
    """Warning that a proved template differs from the compiler at a real point. Nothing wrong is returned: the
    points concerned are compiled directly. Please report it, with the program."""


class Structure:
    """One structure of points of a program, for one profile.

    Attributes:
        skeleton: the entry expression without its Doubles.
        form: the symbolic form, or None.
        reason: why there is no symbolic form, or "".
        paths: those that were met, in order.
        compiles: the compiles that the symbolic form took.
        size: in characters, what is kept is a multiple of it.
    """

    def __init__(self, skeleton: Skeleton, compiling: Compiling) -> None:
        self.skeleton = skeleton
        self.form: SymbolicForm | None = None
        self.reason = ""
        self.paths: list[Path] = []
        self.compiles = 0
        self.size = 1_000 + sum(map(len, skeleton.pieces))
        self._doubts = 0
        # A program for Adaptive may compute with Doubles when it runs: an infinity may be no part of its text.
        self._computes = compiling.profile == "Adaptive"
        if not skeleton.doubles:
            self.reason = "no Double is among the arguments"
            return
        if compiling.differs:
            self.reason = f"no symbolic form: {compiling.differs}"
            return
        self.compiles = 1
        try:
            form = compiling.symbolic(skeleton)
            self.size += form.characters
            self.compiles = form.compiles
            self.form = SymbolicForm(form.function, compiling.parameter, skeleton.doubles)
        except (ProgramError, UnknownShape) as error:
            problem = error.problem if isinstance(error, ProgramError) else f"it has {error}"
            self.reason = f"no symbolic form: {problem}"

    def assign(self, rows: Doubles, folding: Folding | None = None) -> NDArray[np.int64]:
        """Return the index in `paths` of each point (points by parameters), or `DIRECT`. New paths are added.

        ``folding`` is that of the rows, where the caller needs it too.
        """
        found = np.full(len(rows), DIRECT, np.int64)
        if self.form is None:
            return found
        folding = folding or self.form.fold(rows)
        open_ = np.ones(len(rows), bool)
        for index, path in enumerate(self.paths):
            open_ = self._take(folding, index, path, found, open_)
        while open_.any() and len(self.paths) < MOST_PATHS and self._doubts < _MOST_DOUBTS:
            first = int(np.argmax(open_))
            try:
                path = self.form.walk(rows[first])
            except Doubtful:
                self._doubts += 1
                open_[first] = False
                continue
            self.paths.append(path)
            open_ = self._take(folding, len(self.paths) - 1, path, found, open_)
            open_[first] = False
        return found

    def _take(
        self, folding: Folding, index: int, path: Path, found: NDArray[np.int64], open_: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Assign to a path its points among the open ones, in place, and return those still open.

        A point of the path that is in doubt stays `DIRECT`.
        """
        on_it = open_ & path.holds(folding) if path.decisions else open_
        if on_it.any():
            doubtful = path.doubtful(folding)
            if self._computes:
                doubtful = doubtful | path.not_finite(folding)
            found[on_it & ~doubtful] = index
        return open_ & ~on_it

    def not_finite(self, index: int, rows: Doubles) -> NDArray[np.bool_]:
        """Return the points of a path at which the program would hold a NaN or an infinity."""
        assert self.form is not None
        return self.paths[index].not_finite(self.form.fold(rows))

    def prove(self, path: Path, rows: Sequence[Doubles], compiling: Compiling) -> None:
        """Try to prove a template of a path. ``rows`` are some of the user's points on it.

        The compiler must print what the symbolic form says at each of them and at two points, these or others,
        whose parameters are all unlike each other; and the same text around it.
        """
        if path.template or path.reason:
            return
        try:
            path.template = self._proved(path, rows, compiling)
            path.verified = len(rows)
        except Unproved as error:
            path.reason = str(error)
        except ExecutorError:
            raise
        except (ProgramError, QsharpValueError) as error:
            path.reason = f"the compiler refuses a point of it: {error.problem}"

    def _proved(self, path: Path, real: Sequence[Doubles], compiling: Compiling) -> Template:
        assert self.form is not None
        if path.residual is None:
            raise Unproved("the symbolic form cannot be followed")
        for name in sorted(path.functions):
            if disagreeing(name, compiling.sources):
                raise Unproved(f"{name} is not computed here as the compiler does")
        seed = hashlib.sha256(repr((self.skeleton.pieces, path.decisions)).encode()).digest()
        random = np.random.default_rng(list(seed))
        needed = _GENERIC - len({row.tobytes() for row in real if is_generic(row)})
        others = list(islice(generic_rows(self.form, path, real[0], random), max(0, needed)))
        if len(others) < needed:
            raise Unproved("no other points on this path were found to compare with")
        rows = [*real, *others]
        if compiling.integer_angles:
            if unlike():
                raise Unproved("this qdk computes angles of OpenQASM in another way than is known here")
            rows += [row for row in special_rows(len(real[0])) if sound(self.form, path, row.reshape(1, -1))[0]]
        texts = [compiling.submit(self.skeleton.at(one.tolist())) for one in rows]
        path.compiles += len(texts)
        template = align(path.residual, compiling.result(texts[0]), self.form.expressions, rows[0])
        for row, text in zip(rows[1:], texts[1:], strict=True):
            qir = compiling.result(text)
            values = template.values(self.form.fold(row.reshape(1, -1)))[0]
            if not np.isfinite(values).all() or template.text(values) != qir:
                align(path.residual, qir, self.form.expressions, row)  # it says why, if it can
                raise Unproved("the compiler prints another text around the numbers at other points of the path")
        return template

    def verify(self, path: Path, rows: Sequence[Doubles], compiling: Compiling) -> None:
        """Compare the template with direct compiles at some of the user's points; drop it if it differs, and warn."""
        texts: list[Future[str]] = [compiling.submit(self.skeleton.at(row.tolist())) for row in rows]
        path.compiles += len(texts)
        for row, text in zip(rows, texts, strict=True):
            if path.template is None:
                return
            try:
                qir = compiling.result(text)
                difference = _difference(qir, self.render(path, row.reshape(1, -1))[0])
            except ExecutorError:
                raise
            except (ProgramError, QsharpValueError) as error:
                difference = error.problem
            if difference:
                path.template = None
                path.reason = f"at a point of the sweep the compiler gave {difference}"
                warn(
                    f"a template of {self.skeleton.pieces[0].partition('(')[0]} was dropped: {path.reason};"
                    " its points are compiled one by one",
                    BindingWarning,
                )
            else:
                path.verified += 1

    def render(self, path: Path, rows: Doubles) -> list[str]:
        """Return the programs of points on a path that has a template."""
        assert self.form is not None
        assert path.template is not None
        template = path.template
        return list(map(template.render, numbers_of(template.values(self.form.fold(rows)))))


def _difference(theirs: str, ours: str) -> str:
    """Return the first line in which two texts differ, or "" where they do not."""
    if theirs == ours:
        return ""
    for line, other in zip(theirs.splitlines(), ours.splitlines(), strict=False):
        if line != other:
            return f"{line.strip()!r} instead of {other.strip()!r}"
    return "another number of lines"


def structure_of(skeleton: Skeleton, compiling: Compiling) -> Structure:
    """Return the structure with what this process knows of it. The caller holds the `LOCK`."""
    key = (compiling.sources, compiling.profile, skeleton)
    structure = _kept.get(key)
    if structure is None:
        structure = _kept[key] = Structure(skeleton, compiling)
        size = sum(one.size for one in _kept.values())
        while size > _MOST_CHARACTERS and len(_kept) > 1:
            size -= _kept.popitem(last=False)[1].size
    _kept.move_to_end(key)
    return structure


def compile_together(skeletons: Iterable[Skeleton], compiling: Compiling) -> None:
    """Compile the symbolic forms of those structures that are not kept, many at once. The caller holds the `LOCK`."""
    compiling.symbolic_together([one for one in skeletons if (compiling.sources, compiling.profile, one) not in _kept])


def is_known(skeleton: Skeleton, compiling: Compiling) -> bool:
    """Check whether a structure with a symbolic form is kept. The caller holds the `LOCK`."""
    structure = _kept.get((compiling.sources, compiling.profile, skeleton))
    return structure is not None and structure.form is not None


def points_met(skeleton: Skeleton, compiling: Compiling, rows: set[bytes]) -> int:
    """Return how many points of a structure were met, in this sweep and those before; 0 where all were met before.

    A loop that runs a sweep of few points at a time so gets its templates, too, while a sweep that is planned and then
    run costs no proof. The caller holds the `LOCK`.

    Args:
        skeleton: of a structure that is not kept.
        compiling: the compiler of the program.
        rows: the points of this sweep, as the bytes of their Doubles.
    """
    met = _met.setdefault((compiling.sources, compiling.profile, skeleton), set())
    _met.move_to_end((compiling.sources, compiling.profile, skeleton))
    while len(_met) > _MOST_MET:
        _met.popitem(last=False)
    if rows <= met:
        return 0
    if len(met) < _MOST_ROWS:  # a structure without a symbolic form is never known, and a loop may go on for ever
        met |= rows
    return len(met)


def forget() -> None:
    """Drop all structures."""
    with LOCK:
        _kept.clear()
        _met.clear()
