"""Runs a script plain, or with the runtime, and gives its outcome and its journals."""

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import reader  # noqa: E402

RUNTIME = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), 'runtime')
BOOT = os.path.join(RUNTIME, 'boot')
LAUNCH = os.path.join(RUNTIME, 'procession_runtime', 'launch.py')
METHODS = ('fork', 'spawn', 'forkserver')


class Outcome:
    """How a script ended, and what was noted about it."""

    def __init__(self, code, out, err, folder, script):
        self.code, self.out, self.err, self.folder, self.script = code, out, err, folder, script

    @property
    def images(self):
        return reader.read_folder(self.folder)

    @property
    def root(self):
        return self.images[0]

    def image_of(self, pid):
        """The first image of this process."""
        return next(image for image in self.images if image.pid == pid)

    def line(self, text):
        """Number of the script's only line that holds `text`."""
        with open(self.script) as file:
            found = [number for number, line in enumerate(file, 1) if text in line]
        if len(found) != 1:
            raise AssertionError('%r is on %d lines' % (text, len(found)))
        return found[0]


class ScriptTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.home = tempfile.mkdtemp(prefix='procession-test-')
        self.addCleanup(shutil.rmtree, self.home, True)
        self.runs = 0
        self.script = os.path.join(self.home, 'script.py')

    def environment(self, folder, options=''):
        env = {name: value for name, value in os.environ.items() if not name.startswith('PROCESSION_')}
        env.pop('PYTHONPATH', None)
        if folder is not None:
            env.update(PYTHONPATH=BOOT, PROCESSION_RUN=folder, PROCESSION_OPTIONS=options)
        return env

    def write(self, text, name='script.py'):
        path = os.path.join(self.home, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(textwrap.dedent(text))
        return path

    def command(self, script, args, flags=(), watched=True):
        launcher = [LAUNCH] if watched and any(letter in flag for flag in flags for letter in 'EIS') else []
        return [sys.executable] + list(flags) + launcher + [script] + list(args)

    def new_folder(self):
        self.runs += 1
        folder = os.path.join(self.home, 'run%d' % self.runs)
        os.mkdir(folder)
        return folder

    def start(self, script, args=(), flags=(), folder=None, options='', env=None, **named):
        """The process of a script that was just started."""
        environment = self.environment(folder, options)
        environment.update(env or {})
        return subprocess.Popen(
            self.command(script, args, flags, folder is not None), env=environment, cwd=self.home, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, **named)

    def run_script(self, text, args=(), watched=True, quiet=True, folder=None, **named):
        """Runs a script to its end. `quiet`: the runtime must have had no trouble."""
        script = self.write(text)
        if watched and folder is None:
            folder = self.new_folder()
        process = self.start(script, args, folder=folder if watched else None, **named)
        try:
            out, err = process.communicate(timeout=90)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            self.fail('the script did not end\n%s%s' % (out, err))
        outcome = Outcome(process.returncode, out, err, folder, script)
        if watched and quiet:
            self.assertEqual([], [note for image in outcome.images for note in image.notes])
            self.assertEqual([0], sorted({image.dropped for image in outcome.images}))
            self.assertEqual([0], sorted({image.unknown for image in outcome.images}))
        return outcome

    def both(self, text, args=(), **named):
        """(plain, watched) outcomes of a script."""
        return self.run_script(text, args, watched=False, **named), self.run_script(text, args, **named)

    def assertLine(self, outcome, image, site, text):
        place = image.place(site)
        self.assertIsNotNone(place, 'no line')
        self.assertEqual((os.path.basename(outcome.script), outcome.line(text)), (os.path.basename(place.file), place.line))
        self.assertTrue(os.path.isabs(place.file))
