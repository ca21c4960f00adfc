"""The audit pack: one archive about a model version that is read and checked without the project."""
