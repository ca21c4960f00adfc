"""The engine: runs steps on an executor, reuses what is known, records what happened."""
