"""Runs a script plain and with the runtime, and wants both to come out the same."""

import re
import sys

from process_support import ScriptTest


def plain_text(text):
    """Without what differs between any two runs."""
    text = re.sub(r'0x[0-9a-f]+', '0x', text)
    text = re.sub(r'after [-0-9.e]+ seconds', 'after N seconds', text)
    return re.sub(r'(started |Thread-|pid=|/run|subprocess )\d+', r'\1N', text)


def without_hooks(traceback):
    """Before 3.11 a hook cannot leave a traceback: these are the frames that docs/differences.md tells of."""
    if sys.version_info >= (3, 11):
        return traceback
    return re.sub(r'  File "[^"]*/procession_runtime/\w+\.py", line \d+, in \w+\n    .*\n', '', traceback)


class HarmlessTest(ScriptTest):
    def assertSame(self, text, args=(), several=False, **named):
        """The watched run's outcome, which is that of a plain one. `quiet=False`: the runtime may have had trouble, and told of it.

        `several`: several processes write to standard error, in any order.
        """
        order = sorted if several else list
        plain, run = self.both(text, args, **named)
        self.assertEqual(plain_text(plain.out), plain_text(run.out))
        self.assertEqual(order(plain_text(plain.err).splitlines()), order(plain_text(without_hooks(run.err)).splitlines()))
        self.assertEqual(plain.code, run.code)
        return run
