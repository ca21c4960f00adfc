"""Windows: which rows of the prediction log monitors look at together, and when."""
