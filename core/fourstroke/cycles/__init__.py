"""What each cycle does with its stages, in order.

Every module here gives the steps of its cycle; the engine runs them and knows nothing of what they
mean.
"""
