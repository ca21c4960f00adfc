"""The schema, revision by revision; run by the program itself when it meets older records."""
