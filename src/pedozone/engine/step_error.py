"""How far steps of another length would move a steady state."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from pedozone.engine.assembly import Assembly
from pedozone.engine.batching import available_cores, settling_width
from pedozone.engine.blocktri.solver import Solver
from pedozone.engine.declarations import Role
from pedozone.engine.newton import LEAST_TOTAL
from pedozone.engine.precision import double_precision
from pedozone.engine.settling import Chunk, Given, Limits, columns_of
from pedozone.engine.stepping import Stepper
from pedozone.engine.year import State


def step_error(model: Assembly, solver: Solver, stepper: Stepper, state: State, given: Given) -> np.ndarray:
    """Largest share by which Newton's correction of one year would change the microbes of a layer. [batch].

    An estimate to first order of what a steady state found with other steps is off by. Layers without carbon to speak
    of do not count; in a model without microbes all carbon of a layer does.

    Parameters
    ----------
    stepper : Stepper
        The steps of the year.
    state : State
        Steady states found with other steps; ``stocks`` [1, pools, cells, batch].
    """
    columns = columns_of(model, solver, stepper, state, given, 0)
    limits = Limits(np.asarray(0.0), np.asarray(0.0))
    living = model.graph.roles(Role.LIVING)
    pools = np.asarray(living if living else range(len(model.graph.pools)), dtype=int)
    width = settling_width(columns.batch)
    error = np.zeros(columns.batch)

    def work(begin: int) -> None:
        with double_precision():
            which = np.arange(begin, min(columns.batch, begin + width))
            chunk = Chunk(columns, which, width)
            _, memory, signs, _ = chunk.correct(chunk.step(), limits)
            asked = np.abs(np.asarray(memory.last)[pools].sum(axis=0))[..., : which.size]
            held = np.maximum(columns.stocks[pools][..., which].sum(axis=0), LEAST_TOTAL)
            needy = np.asarray(signs.needy)[..., : which.size]
            error[which] = np.where(needy, asked / held, 0.0).max(axis=0)

    begins = range(0, columns.batch, width)
    work(begins[0])  # compiles
    with ThreadPoolExecutor(available_cores()) as pool:
        list(pool.map(work, begins[1:]))
    return error
