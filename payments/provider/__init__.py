"""Those who really move money."""
