"""What grows on a soil: land covers and the carbon that plants give to it."""

from pedozone.plants.allocation import CROPS, CropAllocation, CropInputs, crop_inputs
from pedozone.plants.cover import CoverRecord, LandCover, PlantError, cover_names, load_cover

__all__ = [
    "CROPS",
    "CoverRecord",
    "CropAllocation",
    "CropInputs",
    "LandCover",
    "PlantError",
    "cover_names",
    "crop_inputs",
    "load_cover",
]
