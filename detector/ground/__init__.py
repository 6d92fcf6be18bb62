"""What no class covers: a slow model of the ground of a view, and what is new on it and stays. Pure: pictures and boxes in, values out."""
