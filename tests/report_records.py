"""What a hand-made run carries besides numbers: parameters, references, observations."""

import json

HIGHFIELD_MEANS = {
    1959: 63.0,
    1963: 52.3,
    1971: 43.0,
    1978: 42.5,
    1987: 38.0,
    2000: 31.1,
    2014: 30.7,
}


def attributes(site_name: str, spinup_status: str, observations: list[dict] | None) -> dict:
    """Attributes of the dataset, with the Highfield means where no observations are given."""
    if observations is None:
        observations = [
            {
                "variable": "soc_stock",
                "year": obs_year,
                "top_cm": 0,
                "bottom_cm": 23,
                "value": value,
                "unit": "t/ha",
                "standard_deviation": 2.0,
                "source": "Poulton et al. 2022, doi:10.23637/rrs1-SOILCN1959-2014-01",
            }
            for obs_year, value in HIGHFIELD_MEANS.items()
        ] + [
            {
                "variable": "soc_percent",
                "year": obs_year,
                "top_cm": 0,
                "bottom_cm": 23,
                "value": value / 22.0,
                "unit": "%",
                "source": "Poulton et al. 2022",
            }
            for obs_year, value in HIGHFIELD_MEANS.items()
        ]
    return {
        "title": f"pedozone run: {site_name}",
        "site": site_name,
        "version": "0.1.0",
        "parameter_set": "pedon-core",
        "parameters": json.dumps(_parameters()),
        "site_toml": f'schema_version = 1\n[site]\nname = "{site_name}"\nlatitude = 51.81\n',
        "observations": json.dumps(observations),
        "spinup_status": spinup_status,
        "spinup_message": "All layers alive; largest relative change 3e-9 per year.",
        "spinup_years": 41,
        "solver": "cpp avx2",
        "method": "mprk22",
        "start_mode": "steady",
        "references": json.dumps(
            [
                "Cagnarini et al. (2019), Glob. Change Biol. 25, 3996-4007. doi:10.1111/gcb.14787",
                {
                    "citation": "Hua et al. (2021), Radiocarbon 64, 723-745.",
                    "doi": "10.1017/RDC.2021.95",
                },
            ]
        ),
        "created": "2025-01-01T00:00:00Z",
        "history": "made by the test suite",
        "Conventions": "CF-1.11",
    }


def _parameters() -> list[dict]:
    rows = [
        (
            "metabolic_decay_rate",
            11.1,
            "yr-1",
            5.0,
            20.0,
            "calibrated",
            "fraction easily decomposed",
        ),
        (
            "structural_decay_rate",
            0.386,
            "yr-1",
            0.1,
            1.0,
            "calibrated",
            "structural litter at 20 degC",
        ),
        ("uptake_rate", 119.0, "yr-1", 10.0, 500.0, "calibrated", "uptake of dissolved carbon"),
        ("carbon_use_efficiency", 0.384, "1", 0.2, 0.6, "cited", "maximum, before maintenance"),
        (
            "exchange_rate",
            20.0,
            "yr-1",
            5.0,
            100.0,
            "convention",
            "relaxation of the exchangeable surface",
        ),
        (
            "capacity_high_activity",
            86.0,
            "mg g-1",
            60.0,
            110.0,
            "cited",
            "mineral capacity, 2:1 clays",
        ),
    ]
    return [
        {
            "name": name,
            "value": value,
            "unit": unit,
            "lower": lower,
            "upper": upper,
            "prior": f"lognormal({value}, 0.3)",
            "source": "Georgiou et al. 2022" if status == "cited" else "fit of the prototype",
            "doi": "10.1038/s41467-022-31540-9" if status == "cited" else "",
            "status": status,
            "description": description,
            "trainable": True,
        }
        for name, value, unit, lower, upper, status, description in rows
    ]
