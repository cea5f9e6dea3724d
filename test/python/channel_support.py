"""Runs a script with the runtime, or plain, and reads what it left behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import reader  # noqa: E402

BOOT = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), 'runtime', 'boot')
METHODS = ('fork', 'spawn', 'forkserver')
# SEND and RECV flags, PUT flags
FEEDER, FAILED, PREVIEWED, NO_PREVIEW, CRC, LOCKED = 1, 2, 4, 8, 16, 32
IN_GET = 1
FULL, LIMITED = 1, 2


class Ran:
    """A run that is over, or (with `alive`) still going on."""

    def __init__(self, folder, script, child=None, out='', err='', code=None):
        self.folder, self.script, self.child, self.out, self.err, self.code = folder, script, child, out, err, code

    @property
    def images(self):
        return reader.read_folder(self.folder)

    def records(self, *types):
        """(image, record) of these types, of all processes."""
        return [(image, record) for image in self.images for record in image.of(*types)]

    def channel(self, kind):
        """(image, record) of the only channel of this kind that the user made."""
        found = [(i, r) for i, r in self.records(reader.CHANNEL_NEW) if i.text(r.s1) == kind and not r.flags & 2]
        if len(found) != 1:
            raise AssertionError('%d channels of kind %s' % (len(found), kind))
        return found[0]

    def of(self, obj, *types):
        return [(image, record) for image, record in self.records(*types) if record.obj == obj]

    def line(self, text):
        """Number of the script's line that holds `text`."""
        with open(self.script) as file:
            found = [number for number, line in enumerate(file, 1) if text in line]
        if len(found) != 1:
            raise AssertionError('%r is on %d lines' % (text, len(found)))
        return found[0]


class ChannelTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.home = tempfile.mkdtemp(prefix='procession-test-')
        self.addCleanup(shutil.rmtree, self.home, True)
        self.runs = 0

    def begin(self, text, *args, watched=True, options='preview=200,budget=268435456'):
        """Starts a script; its folder, and the process."""
        self.runs += 1
        script = os.path.join(self.home, 'script%d.py' % self.runs)
        folder = os.path.join(self.home, 'run%d' % self.runs)
        os.mkdir(folder)
        with open(script, 'w') as file:
            file.write(textwrap.dedent(text))
        env = {name: value for name, value in os.environ.items() if not name.startswith('PROCESSION_')}
        env.pop('PYTHONPATH', None)
        if watched:
            env.update(PYTHONPATH=BOOT, PROCESSION_RUN=folder, PROCESSION_OPTIONS=options)
        child = subprocess.Popen(
            [sys.executable, script] + list(args), env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            universal_newlines=True, start_new_session=True)
        return Ran(folder, script, child)

    def run_script(self, text, *args, **options):
        """Runs a script to its end, which must come within a minute."""
        ran = self.begin(text, *args, **options)
        try:
            ran.out, ran.err = ran.child.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            ran.out, ran.err = self.end(ran)
            self.fail('the script did not end\n' + ran.out + ran.err)
        ran.code = ran.child.returncode
        if ran.code:
            self.fail('the script ended with %d\n%s%s' % (ran.code, ran.out, ran.err))
        if options.get('watched', True):
            self.assertEqual([], [note for image in ran.images for note in image.notes])
        return ran

    def end(self, ran):
        """Ends a script that is still running, and its children."""
        try:
            os.killpg(ran.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        return ran.child.communicate()

    def until(self, what, find):
        """What `find()` gives once it is true; fails after ten seconds."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            found = find()
            if found:
                return found
            time.sleep(0.02)
        return self.fail('never: ' + what)

    def assertPlace(self, ran, image, record, text):
        place = image.place(record.site)
        self.assertIsNotNone(place, 'no line')
        self.assertEqual((ran.script, ran.line(text)), (place.file, place.line))
