"""The steps of continuous integration, the same on a laptop and on a forge, and what they tell."""
