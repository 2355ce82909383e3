"""A linear programme put together block by block, solved by HiGHS, and its value certified by weak duality."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_METHOD: Final = "highs-ipm"
"""Interior point and crossover: 7 s where dual simplex takes 21 s (66 satellites, panels of 90 W), else equal."""

_PRICE_TOLERANCE: Final = 1e-7
"""HiGHS's own tolerance on dual feasibility: a price below it says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """What a linear programme is worth.

    `value` is the optimum as the solver sees it, `certified` a lower bound on it that holds for any multipliers the
    solver returns, right or wrong (up to the rounding of a sum in float64); both are nan if nothing is feasible.
    `columns` is (n_columns,). `n_priced` holds, per family of rows or columns, how many have a
    multiplier: rows that cost something, columns that are held at their upper bound.
    """

    is_feasible: bool
    value: float
    certified: float
    columns: Floats
    n_priced: Mapping[str, int]
    solve_s: float


class LinearProgramme:
    """Minimise cost . x subject to rows of `sum of coefficient * x <= bound` or `== bound`, every column bounded.

    Every column needs finite bounds: that is what turns any multipliers into a proof.
    """

    def __init__(self) -> None:
        self.n_columns = 0
        self._lower: list[Floats] = []
        self._upper: list[Floats] = []
        self._cost: list[Floats] = []
        self._column_families: list[tuple[str, int]] = []
        self._rows: dict[bool, _Rows] = {False: _Rows(), True: _Rows()}

    def add_columns(self, family: str, n: int, lower: ArrayLike, upper: ArrayLike, cost: ArrayLike = 0.0) -> Indices:
        """Add columns and return their indices, (n,); bounds and cost are (n,) or scalars.

        Raises
        ------
        ValueError
            If a bound is not finite.
        """
        for values, into in ((lower, self._lower), (upper, self._upper), (cost, self._cost)):
            array = np.broadcast_to(np.asarray(values, dtype=np.float64), (n,))
            if not np.isfinite(array).all():
                raise ValueError(f"columns {family!r}: bounds and costs must be finite")
            into.append(array)
        self._column_families.append((family, n))
        self.n_columns += n
        return np.arange(self.n_columns - n, self.n_columns)

    def add_rows(
        self, family: str, bound: ArrayLike, *terms: tuple[Indices, Indices, ArrayLike], is_equality: bool = False
    ) -> None:
        """Add rows: `bound` is (n_rows,), each term (row within the block, column, coefficient), equally long."""
        limits = np.atleast_1d(np.asarray(bound, dtype=np.float64))
        rows = self._rows[is_equality]
        for row, column, coefficient in terms:
            rows.add_term(row, column, np.broadcast_to(np.asarray(coefficient, dtype=np.float64), row.shape))
        rows.close_block(family, limits)

    def solve(self) -> Solution:
        """Return the solution.

        Raises
        ------
        RuntimeError
            If HiGHS ends without an answer.
        """
        cost, lower, upper = (np.concatenate(parts) for parts in (self._cost, self._lower, self._upper))
        begin_s = perf_counter()
        (a_ub, b_ub), (a_eq, b_eq) = (self._rows[key].matrix(self.n_columns) for key in (False, True))
        solve: Any = linprog  # its stubs know no sparse matrix
        result = solve(
            cost,
            A_ub=a_ub if b_ub.size else None,
            b_ub=b_ub if b_ub.size else None,
            A_eq=a_eq if b_eq.size else None,
            b_eq=b_eq if b_eq.size else None,
            bounds=np.column_stack([lower, upper]),
            method=_METHOD,
        )
        solve_s = perf_counter() - begin_s
        if result.status == 2:
            return Solution(
                is_feasible=False, value=np.nan, certified=np.nan, columns=np.empty(0), n_priced={}, solve_s=solve_s
            )
        if result.status != 0:
            raise RuntimeError(f"HiGHS ended without an optimum: {result.message}")
        multipliers = np.maximum(-result.ineqlin.marginals, 0.0), -result.eqlin.marginals
        reduced = cost.copy()
        constant = 0.0
        for matrix, limits, multiplier in zip((a_ub, a_eq), (b_ub, b_eq), multipliers, strict=True):
            if limits.size:
                reduced += matrix.T @ multiplier
                constant -= float(multiplier @ limits)
        return Solution(
            is_feasible=True,
            value=float(result.fun),
            certified=constant + float(np.where(reduced > 0.0, reduced * lower, reduced * upper).sum()),
            columns=np.asarray(result.x, dtype=np.float64),
            n_priced=self._n_priced(multipliers, reduced, upper - lower),
            solve_s=solve_s,
        )

    def _n_priced(self, multipliers: tuple[Floats, Floats], reduced: Floats, room: Floats) -> dict[str, int]:
        """Return the number of prices per family: of rows, and of columns that are held at their upper bound."""
        n_priced: dict[str, int] = {}
        blocks = [(self._rows[key].families, multipliers[int(key)]) for key in (False, True)]
        blocks.append((self._column_families, np.where((reduced < 0.0) & (room > 0.0), -reduced, 0.0)))
        for families, values in blocks:
            first = 0
            for family, n in families:
                n_more = int(np.count_nonzero(np.abs(values[first : first + n]) > _PRICE_TOLERANCE))
                n_priced[family] = n_priced.get(family, 0) + n_more
                first += n
        return n_priced


class _Rows:
    """Rows of one kind, as triplets."""

    def __init__(self) -> None:
        self.n = 0
        self.families: list[tuple[str, int]] = []
        self._triplets: list[tuple[Indices, Indices, Floats]] = []
        self._limits: list[Floats] = []

    def add_term(self, row: Indices, column: Indices, coefficient: Floats) -> None:
        self._triplets.append((row + self.n, column, coefficient))

    def close_block(self, family: str, limits: Floats) -> None:
        self._limits.append(limits)
        self.families.append((family, limits.size))
        self.n += limits.size

    def matrix(self, n_columns: int) -> tuple[Any, Floats]:
        """Return the sparse matrix, (n_rows, n_columns), and its right-hand side, (n_rows,)."""
        if not self._triplets:
            return coo_array((self.n, n_columns)), np.concatenate([np.empty(0), *self._limits])
        row, column, value = (np.concatenate(parts) for parts in zip(*self._triplets, strict=True))
        return coo_array((value, (row, column)), shape=(self.n, n_columns)).tocsr(), np.concatenate(self._limits)
