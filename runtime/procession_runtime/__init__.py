"""Procession's runtime: what runs inside the user's Python processes.

Nothing here is imported by name in a user's process: boot loads the files under a private name and takes them out
of `sys.modules` again, so that a script's view of its modules is that of a plain run.
"""
