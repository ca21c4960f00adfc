"""The prediction log: journals of services, taken in as batches, compacted, exported and purged."""
