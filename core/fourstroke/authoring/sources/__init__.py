"""What `plugins new` begins with: a module a stage or service, each a plugin that works and keeps its contract.

The class is called ``Template`` here and gets the author's name; the test beside it, too.
"""
