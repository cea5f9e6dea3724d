"""os.fork, exec, wait, kill, _exit and subprocess; and how the main script ends."""

import os
import signal
import sys
import unittest

import reader
from process_support import ScriptTest


class Calls(ScriptTest):
    def test_a_fork_is_noted_by_the_parent_and_its_child_has_a_journal(self):
        run = self.run_script('''
            import os
            pid = os.fork()  # forked
            if pid == 0:
                os._exit(5)  # left
            done, status = os.waitpid(pid, 0)  # waited
            print(done)
        ''')
        root, pid = run.root, int(run.out)
        fork = root.one(reader.FORK)
        self.assertEqual((pid, 0), (fork.a, fork.flags))
        self.assertLine(run, root, fork.site, '# forked')
        child = run.image_of(pid)
        self.assertEqual((True, root.pid, root.start), (child.made_by_fork, child.ppid, child.parent_start))
        self.assertEqual((5, 1), (child.one(reader.EXIT).a, child.one(reader.EXIT).flags))
        self.assertLine(run, child, child.one(reader.EXIT).site, '# left')
        reaped, joined = root.one(reader.REAPED), root.one(reader.JOIN)
        self.assertEqual((pid, 5, 2), (reaped.a, reaped.b, reaped.flags))
        self.assertEqual((pid, -1, 2), (joined.a, joined.b, joined.flags))
        self.assertLine(run, root, joined.site, '# waited')

    def test_a_forked_child_that_does_nothing_has_a_journal_from_its_first_moment(self):
        script = self.write('''
            import os, time
            pid = os.fork()
            if pid == 0:
                time.sleep(60)
            print(pid, flush=True)
            time.sleep(60)
        ''')
        folder = self.new_folder()
        process = self.start(script, folder=folder)
        pid = int(process.stdout.readline())
        try:
            import time
            end = time.monotonic() + 10
            while len(reader.read_folder(folder)) < 2 and time.monotonic() < end:
                time.sleep(0.02)
            self.assertEqual([process.pid, pid], [image.pid for image in reader.read_folder(folder)])
        finally:
            process.kill()
            os.kill(pid, signal.SIGKILL)
            process.communicate()

    def test_the_start_time_in_a_forked_childs_file_is_the_systems(self):
        run = self.run_script('''
            import os, sys
            for _ in range(40):
                pid = os.fork()
                if pid == 0:
                    with open('/proc/self/stat') as file:
                        print(os.getpid(), file.read().rpartition(') ')[2].split()[19])
                    sys.stdout.flush()
                    os._exit(0)
                os.waitpid(pid, 0)
        ''')
        said = dict(map(str.split, run.out.splitlines()))
        self.assertEqual(40, len(said))
        for pid, start in said.items():
            self.assertEqual(int(start), run.image_of(int(pid)).start)

    def test_exec_leaves_two_images_of_one_process(self):
        run = self.run_script('''
            import os, sys
            if len(sys.argv) > 1:
                print(os.getpid(), sys.argv[1])
            else:
                sys.stdout.flush()
                os.execvp(sys.executable, [sys.executable, __file__, 'again'])  # replaced
        ''')
        pid = int(run.out.split()[0])
        first, second = run.images
        self.assertEqual((pid, pid, first.start), (first.pid, second.pid, second.start))
        record = first.one(reader.EXEC)
        self.assertEqual([sys.executable, run.script, 'again'], first.text(record.s2).split('\0'))
        self.assertLine(run, first, record.site, '# replaced')
        self.assertEqual([sys.executable, run.script, 'again'], second.argv)
        self.assertFalse(second.made_by_fork)

    def test_a_search_along_the_path_is_one_attempt(self):
        run = self.run_script('''
            import os
            if os.fork() == 0:
                try:
                    os.execvp('no-such-command-anywhere', ['x'])
                except FileNotFoundError:
                    os.execvp('true', ['true'])
            print(os.wait()[1])
        ''')
        self.assertEqual('0\n', run.out)
        self.assertEqual(['true'], [os.path.basename(i.text(r.s1)) for i in run.images for r in i.of(reader.EXEC)])

    def test_every_wait_function_tells_whom_it_reaped(self):
        run = self.run_script('''
            import os
            def child(code):
                pid = os.fork()
                if pid == 0:
                    os._exit(code)
                return pid
            for number, wait in enumerate((
                lambda pid: os.wait(), lambda pid: os.waitpid(-1, 0), lambda pid: os.wait3(0), lambda pid: os.wait4(pid, options=0),
                lambda pid: os.waitid(os.P_PID, pid, os.WEXITED),
            )):
                pid = child(number)
                wait(pid)
                print(pid, number)
            pid = child(9)
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
            while os.waitpid(pid, os.WNOHANG)[0] == 0:
                pass
            print(pid, 9)
            try:
                os.wait()
            except ChildProcessError as error:
                print(error.errno)
        ''')
        lines = run.out.split()
        self.assertEqual('10', lines.pop())
        expected = list(zip(map(int, lines[::2]), map(int, lines[1::2])))
        self.assertEqual(expected, [(r.a, r.b) for r in run.root.of(reader.REAPED)])
        self.assertEqual([0], [s for s in run.root.slots] or [0])

    def test_signals_sent_are_noted_with_whom_they_went_to(self):
        run = self.run_script('''
            import os, signal
            signal.signal(signal.SIGUSR1, lambda *_: None)
            os.kill(os.getpid(), signal.SIGUSR1)
            os.kill(os.getpid(), 0)
            pid = os.fork()
            if pid == 0:
                signal.pause()
            os.kill(pid, signal.SIGKILL)
            print(pid, os.waitpid(pid, 0)[1])
            os.setpgid(0, 0)
            os.killpg(0, signal.SIGUSR1)
            try:
                os.kill(2 ** 22 + 1, signal.SIGTERM)
            except ProcessLookupError:
                print('none')
        ''')
        self.assertTrue(run.out.endswith(' 9\nnone\n'), run.out + run.err)
        pid = int(run.out.split()[0])
        self.assertEqual(
            [(run.root.pid, signal.SIGUSR1, 3), (pid, signal.SIGKILL, 1), (0, signal.SIGUSR1, 2)],
            [(r.a, r.b, r.flags) for r in run.root.of(reader.SIGNAL)])

    def test_posix_spawn_is_a_child_like_any_other(self):
        run = self.run_script('''
            import os
            pid = os.posix_spawn('/bin/sh', ['sh', '-c', 'exit 3'], os.environ)
            print(pid, os.waitpid(pid, 0)[1] >> 8)
        ''')
        record = run.root.one(reader.SUBPROCESS)
        self.assertEqual('%d 3\n' % record.a, run.out)
        self.assertEqual('sh\0-c\0exit 3', run.root.text(record.s1))

    def test_subprocesses_are_told_with_their_ends_and_waits(self):
        plain, run = self.both('''
            import subprocess, sys
            print(subprocess.run([sys.executable, '-c', 'import sys; sys.exit(6)']).returncode)
            try:
                subprocess.run(['sleep', '60'], timeout=0.1)
            except subprocess.TimeoutExpired as error:
                print(error.cmd)
            subprocess.Popen(b'exit 2', shell=True).wait()
            try:
                subprocess.Popen(['no-such-command-anywhere'])
            except FileNotFoundError as error:
                print(error)
        ''')
        self.assertEqual(plain.out, run.out)
        made = run.root.of(reader.SUBPROCESS)
        self.assertEqual(3, len(made))
        self.assertEqual([(r.a, code) for r, code in zip(made, (6, -9, 2))], [(r.a, r.b) for r in run.root.of(reader.REAPED)])
        self.assertEqual([3, 3, 3], [r.flags for r in run.root.of(reader.REAPED)])
        self.assertEqual('exit 2', run.root.text(made[2].s1).split('\0')[-1])
        inner = run.image_of(made[0].a)
        self.assertEqual([sys.executable, '-c', 'import sys; sys.exit(6)'], inner.argv)
        self.assertIn(3, [r.flags for r in run.root.of(reader.JOIN)])

    def test_a_subprocess_that_is_given_descriptors_is_told_apart(self):
        run = self.run_script('''
            import os, subprocess
            end = os.open(os.devnull, os.O_RDONLY)
            for given in ((), (end,), [end]):
                subprocess.Popen(['true'], pass_fds=given).wait()
        ''')
        self.assertEqual([0, 1, 1], [r.flags for r in run.root.of(reader.SUBPROCESS)])

    def test_a_preexec_function_makes_no_file(self):
        run = self.run_script('''
            import subprocess
            subprocess.run(['true'], preexec_fn=lambda: None)
        ''')
        self.assertEqual(1, len(run.images))


class Ends(ScriptTest):
    def test_an_uncaught_exception_of_the_script_is_noted_as_it_was_printed(self):
        plain, run = self.both('''
            class Odd(Exception):
                def __str__(self):
                    print('str')
                    return 'odd'
            def inner():
                try:
                    1 / 0
                except ZeroDivisionError:
                    raise KeyError('k')  # raised
            inner()
        ''')
        self.assertEqual((plain.code, plain.out, plain.err), (run.code, run.out, run.err))
        record = run.root.one(reader.EXCEPTION)
        self.assertEqual(2, record.flags)
        self.assertEqual("KeyError\n'k'", run.root.text(record.s1))
        self.assertEqual(run.err, run.root.text(record.s2))
        self.assertLine(run, run.root, record.site, '# raised')
        self.assertEqual((1, 2), (run.root.one(reader.EXIT).a, run.root.one(reader.EXIT).flags))

    def test_the_users_str_is_not_called_for_us(self):
        plain, run = self.both('''
            import sys
            class Odd(Exception):
                def __str__(self):
                    print('str')
                    return 'odd'
            raise Odd()
        ''')
        self.assertEqual(plain.out, run.out)
        self.assertEqual('Odd\n', run.root.text(run.root.one(reader.EXCEPTION).s1))

    def test_what_a_console_or_a_test_runner_caught_is_not_the_scripts_end(self):
        run = self.run_script('''
            import code
            code.InteractiveConsole().push('1 / 0')
        ''')
        self.assertIn('ZeroDivisionError', run.err)
        self.assertEqual([], run.root.of(reader.EXCEPTION))
        self.assertEqual(-1, run.root.one(reader.EXIT).a)

    def test_every_end_has_the_exit_status_of_a_plain_run(self):
        for last in ('sys.exit(3)', 'sys.exit("text")', 'os._exit(4)', 'os.kill(os.getpid(), 9)', 'raise KeyboardInterrupt', 'os.abort()', 'this is no python'):
            with self.subTest(last):
                plain, run = self.both('import os, sys\n' + last, quiet=False)
                self.assertEqual((plain.code, plain.err), (run.code, run.err))


if __name__ == '__main__':
    unittest.main()
