"""Power cuts, in effect: worker and case API are killed at the worst moments while cameras bring an act a minute, and whatever else may break breaks too."""
