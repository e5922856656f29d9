"""What grows on a soil: land covers and the carbon that plants give to it."""

from pedozone.plants.allocation import CROPS, CropAllocation, CropInputs, crop_inputs
from pedozone.plants.cover import CoverRecord, LandCover, PlantError, cover_names, load_cover, read_cover
from pedozone.plants.deposition import at_position, respond_to_deposition
from pedozone.plants.production import Conditions, from_climate, with_production
from pedozone.plants.traits import Traits, traits_at

__all__ = [
    "CROPS",
    "Conditions",
    "CoverRecord",
    "CropAllocation",
    "CropInputs",
    "LandCover",
    "PlantError",
    "Traits",
    "at_position",
    "cover_names",
    "crop_inputs",
    "from_climate",
    "load_cover",
    "read_cover",
    "respond_to_deposition",
    "traits_at",
    "with_production",
]
