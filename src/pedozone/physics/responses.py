"""Published responses of decomposition to temperature and to water as declared objects that any model can take.

A response names its equation, its source and its parameters, whose values, units and ranges are in the parameter set
``responses``. A model takes one in place of its own factor (:func:`replaced`), scaled so that the two agree at the
model's reference conditions.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pedozone.parameters import load_parameters
from pedozone.parameters.errors import did_you_mean
from pedozone.physics import moisture_response as water
from pedozone.physics import temperature_response as heat

__all__ = [
    "MOISTURE",
    "PARAMETER_SET",
    "TEMPERATURE",
    "Modifiers",
    "Response",
    "moisture_response",
    "replaced",
    "temperature_response",
]

PARAMETER_SET = "responses"
"""Name of the set that holds the values of all responses."""


@dataclass(frozen=True)
class Response:
    """A published response.

    Parameters
    ----------
    kind : str
        ``"temperature"`` or ``"moisture"``.
    name : str
    function : callable
        Of a temperature (degC) or a `pedozone.physics.moisture_response.Water`; its further arguments are the
        parameters, whole numbers among them excepted, which belong to the form.
    equation : str
    source : str
        With DOI where there is one.
    lowest, highest : float
        Between which it is meant to be used: degC, or the share of the pores that water fills.
    given : tuple of (str, float)
        Values of one's own, by name of the argument; see `with_values`.
    """

    kind: str
    name: str
    function: Callable[..., Any]
    equation: str
    source: str
    lowest: float
    highest: float
    given: tuple[tuple[str, float], ...] = ()

    @property
    def summary(self) -> str:
        """The first sentence of what the function says of itself."""
        text = " ".join((inspect.getdoc(self.function) or "").split("\n\n")[0].split())
        return text.replace("``", "").replace("`", "")

    @property
    def arguments(self) -> tuple[str, ...]:
        """Arguments of the function that are parameters."""
        _, *others = inspect.signature(self.function).parameters.values()
        return tuple(p.name for p in others if not isinstance(p.default, int))

    @property
    def parameters(self) -> dict[str, str]:
        """Names of the parameters in the set ``responses`` by argument."""
        head = f"{self.kind}_{self.name.replace('-', '_')}"
        return {argument: f"{head}_{argument}" for argument in self.arguments}

    def with_values(self, **values: float) -> Response:
        """The same response with values of one's own.

        Raises
        ------
        TypeError
            An argument that it does not have.
        ValueError
            A value out of the range of the parameter (`ParameterError`).
        """
        names, known = self.parameters, load_parameters(PARAMETER_SET)
        for argument, value in values.items():
            if argument not in names:
                raise TypeError(f"{self.kind} response '{self.name}' has no '{argument}'; it has {', '.join(names)}")
            known[names[argument]].with_value(float(value))
        return replace(self, given=tuple(sorted({**dict(self.given), **values}.items())))

    def values(self, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Values by argument: those of `with_values`, else of `parameters` where they have them, else of the set."""
        given, defaults = dict(self.given), _defaults()
        others: Mapping[str, Any] = {} if parameters is None else parameters
        return {
            argument: given[argument] if argument in given else others[name] if name in others else defaults[name]
            for argument, name in self.parameters.items()
        }

    def __call__(self, state: Any, parameters: Mapping[str, Any] | None = None) -> Any:
        """The factor at a temperature (degC) or a state of the water."""
        return self.function(state, **self.values(parameters))


@functools.cache
def _defaults() -> dict[str, float]:
    return dict(load_parameters(PARAMETER_SET).values())


_PARTON = "Parton et al. 1987, doi:10.2136/sssaj1987.03615995005100050015x"
_ADAIR = "Adair et al. 2008, doi:10.1111/j.1365-2486.2008.01674.x"
_COLEMAN = "Coleman and Jenkinson 1996, doi:10.1007/978-3-642-61094-3_17"
_DEL_GROSSO = "Del Grosso et al. 2005, doi:10.1007/s10533-004-0898-z"
_DAVIDSON = "Davidson et al. 2012, doi:10.1111/j.1365-2486.2011.02546.x"
_LLOYD = "Lloyd and Taylor 1994, doi:10.2307/2389824"
_KOVEN = "Koven et al. 2013, doi:10.5194/bg-10-7109-2013"


def _by_name(kind: str, *rows: tuple[str, Callable[..., Any], str, str, float, float]) -> dict[str, Response]:
    return {name: Response(kind, name, *rest) for name, *rest in rows}  # type: ignore[arg-type]


TEMPERATURE: dict[str, Response] = _by_name(
    "temperature",
    ("rothc", heat.rothc, "maximum / (1 + exp(slope / (T + offset)))", _COLEMAN, -5.0, 50.0),
    (
        "century",
        heat.century,
        "r^0.2 exp(0.2/2.63 (1 - r^2.63)), r = (maximum - T) / (maximum - optimum)",
        f"{_PARTON}; {_ADAIR}",
        -20.0,
        44.9,
    ),
    (
        "century-exponential",
        heat.century_exponential,
        "scale exp(0.2/2.63 (1 - r^2.63) r^0.2), r = (maximum - T) / (maximum - optimum)",
        _ADAIR,
        -20.0,
        44.9,
    ),
    ("daycent", heat.daycent, "0.56 + 1.46 atan(0.0309 pi (T - 15.7)) / pi", _DEL_GROSSO, -11.0, 50.0),
    (
        "daycent-exponential",
        heat.daycent_exponential,
        "factor exp(exponent T)",
        "Kelly et al. 2000, doi:10.1029/2000JD900259",
        -20.0,
        50.0,
    ),
    ("clm", heat.q10, "base^((T - reference) / 10)", _KOVEN, -20.0, 50.0),
    (
        "demeter",
        heat.demeter,
        "base^((T - 20) / 10)",
        "Foley 1995, doi:10.3402/tellusb.v47i3.16050",
        -20.0,
        50.0,
    ),
    ("q10", heat.q10, "base^((T - reference) / 10)", _LLOYD, -20.0, 50.0),
    (
        "kirschbaum",
        heat.kirschbaum,
        "exp(-3.764 + 0.204 T (1 - 0.5 T / 36.9))",
        "Kirschbaum 1995, doi:10.1016/0038-0717(94)00242-S",
        -20.0,
        50.0,
    ),
    ("lloyd-taylor", heat.lloyd_taylor, "exp(308.56 (1/56.02 - 1/(T + zero - 227.13)))", _LLOYD, -40.0, 50.0),
    (
        "standcarb",
        heat.standcarb,
        "exp(-(T / (optimum + lag))^15) base^((T - reference) / 10)",
        "Harmon and Domingo 2001, A users guide to STANDCARB version 2.0",
        -20.0,
        50.0,
    ),
    (
        "arrhenius",
        heat.arrhenius,
        "factor exp(-activation_energy / (R T))",
        "Davidson and Janssens 2006, doi:10.1038/nature04514",
        -20.0,
        50.0,
    ),
    ("damm", heat.arrhenius, "factor exp(-activation_energy / (R T))", _DAVIDSON, -20.0, 50.0),
)
"""Responses to temperature by name."""

MOISTURE: dict[str, Response] = _by_name(
    "moisture",
    (
        "rothc",
        water.rothc,
        "least + (1 - least) w / (1 - onset), at most 1; w extractable share of the water",
        _COLEMAN,
        0.0,
        1.0,
    ),
    (
        "century",
        water.century,
        "1 / (1 + factor exp(-steepness x)); x supply over demand of water",
        f"{_PARTON}; {_ADAIR}",
        0.0,
        1.0,
    ),
    (
        "daycent",
        water.daycent,
        "scale (level + atan(slope pi (100 w - offset)) / pi); w extractable share of the water",
        _DEL_GROSSO,
        0.0,
        1.0,
    ),
    (
        "clm",
        water.clm,
        "ln(driest / psi) / ln(driest / wettest), 0 to 1; psi suction",
        f"Andrén and Paustian 1987, doi:10.2307/1939203; {_KOVEN}",
        0.0,
        1.0,
    ),
    (
        "manzoni",
        water.manzoni,
        "ln(threshold / psi) / ln(threshold / optimum), 0 to 1; psi suction",
        "Manzoni et al. 2012, doi:10.1890/11-0026.1",
        0.0,
        1.0,
    ),
    (
        "moyano",
        water.moyano,
        "linear theta - quadratic theta^2; theta water content",
        "Moyano et al. 2013, doi:10.1016/j.soilbio.2013.01.002",
        0.0,
        1.0,
    ),
    (
        "skopp",
        water.skopp,
        "min(diffusion s^diffusion_exponent, aeration (1 - s)^aeration_exponent); s share of pores filled",
        "Skopp et al. 1990, doi:10.2136/sssaj1990.03615995005400060018x",
        0.0,
        1.0,
    ),
    (
        "ghezzehei",
        water.ghezzehei,
        "exp(-sensitivity psi) s^diffusion_exponent (least + (1 - least) (1 - s)^aeration_exponent)",
        "Ghezzehei et al. 2019, doi:10.5194/bg-16-1187-2019",
        0.0,
        1.0,
    ),
    (
        "damm",
        water.damm,
        "S / (substrate_half + S) O2 / (oxygen_half + O2), S = soluble substrate s^liquid_exponent, "
        "O2 = 0.209 (1 - s)^gas_exponent",
        _DAVIDSON,
        0.0,
        1.0,
    ),
)
"""Responses to water by name."""


def temperature_response(name: str | Response, **values: float) -> Response:
    """A response to temperature by name, with values of one's own.

    Raises
    ------
    ValueError
        A name that is not known.
    """
    return _found(TEMPERATURE, "temperature", name).with_values(**values)


def moisture_response(name: str | Response, **values: float) -> Response:
    """A response to water by name, with values of one's own.

    Raises
    ------
    ValueError
        A name that is not known.
    """
    return _found(MOISTURE, "moisture", name).with_values(**values)


def _found(known: Mapping[str, Response], kind: str, name: str | Response) -> Response:
    if isinstance(name, Response):
        if name.kind != kind:
            raise ValueError(f"'{name.name}' is a response to {name.kind}, not to {kind}")
        return name
    if name not in known:
        mend = did_you_mean(name, known, otherwise="Choose one of these.")
        raise ValueError(f"no {kind} response '{name}'; there are {', '.join(known)}. {mend}")
    return known[name]


@dataclass(frozen=True)
class Modifiers:
    """The responses that a model takes in place of its own factors; None keeps its own.

    Parameters
    ----------
    temperature, moisture : Response or None
    """

    temperature: Response | None = None
    moisture: Response | None = None

    @classmethod
    def of(cls, temperature: str | Response | None = None, moisture: str | Response | None = None) -> Modifiers:
        """From names or responses."""
        return cls(
            None if temperature is None else temperature_response(temperature),
            None if moisture is None else moisture_response(moisture),
        )

    def __bool__(self) -> bool:
        """Whether any factor is replaced."""
        return self.temperature is not None or self.moisture is not None


def relative(response: Response, state: Any, reference: Any, parameters: Mapping[str, Any] | None) -> Any:
    """A response over its value at a reference."""
    return response(state, parameters) / response(reference, parameters)


def replaced(
    response: Response | None,
    own: Callable[[Any], Any],
    state: Any,
    reference: Any,
    parameters: Mapping[str, Any] | None = None,
    drives: Callable[[Any], Any] = lambda state: state,
) -> Any:
    """A model's own factor, or a response in its place that equals it at the reference.

    Parameters
    ----------
    response : Response or None
        None keeps the model's own factor as it is.
    own : callable
        The model's factor of `state`.
    state, reference : object
        What the factor hangs on, as it is and at the model's reference conditions.
    parameters : mapping
        Values that go before those of the set ``responses``, by name of the parameter.
    drives : callable
        From a state to what the response reads: degC or `Water`.

    Returns
    -------
    array
        ``own(reference) * response(state) / response(reference)``.
    """
    if response is None:
        return own(state)
    return own(reference) * relative(response, drives(state), drives(reference), parameters)
