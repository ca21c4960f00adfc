"""Two versions on the same logged rows: in what they differ, which rows cannot be asked again, what is known."""
