"""What a script can see of the patched classes is what it sees in a plain run."""

import sys
import unittest

from channel_support import ChannelTest

LOOK = """
    import inspect, pickle, sys
    import multiprocessing, multiprocessing.connection as connection, multiprocessing.queues as queues, multiprocessing.context

    def look(name, thing):
        try:
            signature = str(inspect.signature(thing))
        except ValueError:
            signature = 'none'
        print(name, signature, thing.__module__, thing.__qualname__, (thing.__doc__ or '').strip()[:30], thing.__defaults__, thing.__kwdefaults__)
        try:
            back = pickle.loads(pickle.dumps(thing))
            print('   ', back is thing, pickle.dumps(thing, 2))
        except Exception as error:
            print('   ', type(error).__name__)

    for module in (connection, queues):
        print(sorted(vars(module)))
        for name, thing in sorted(vars(module).items()):
            if inspect.isfunction(thing) and thing.__module__ == module.__name__:
                look(name, thing)
            elif inspect.isclass(thing) and thing.__module__ == module.__name__:
                print(name, sorted(vars(thing)), inspect.signature(thing))
                for member, value in sorted(vars(thing).items()):
                    if inspect.isfunction(value):
                        look(name + '.' + member, value)
                    elif isinstance(value, staticmethod):
                        look(name + '.' + member, value.__func__)
    print(sorted(name for name in sys.modules if 'procession' in name or name in ('zlib', 'binascii', 'ctypes')))
"""


class PlainTest(ChannelTest):
    def test_names_signatures_and_pickles_are_those_of_a_plain_run(self):
        self.assertEqual(self.run_script(LOOK, watched=False).out, self.run_script(LOOK).out)

    def test_no_module_is_imported_that_the_script_did_not_import(self):
        text = """
            import sys
            import multiprocessing
            context = multiprocessing.get_context('fork')
            q = context.Queue()
            q.put(1)
            q.get()
            reader, writer = context.Pipe()
            writer.send(1)
            reader.recv()
            print(sorted(name for name in sys.modules if name != 'sitecustomize'))
        """
        self.assertEqual(self.run_script(text, watched=False).out, self.run_script(text).out)

    def test_bytes_on_the_pipe_are_those_of_a_plain_run(self):
        text = """
            import multiprocessing, os
            reader, writer = multiprocessing.Pipe(False)
            writer.send({'a': [1, 2]})
            writer.send_bytes(b'')
            writer.send_bytes(b'abc')
            print(os.read(reader.fileno(), 65536))
        """
        self.assertEqual(self.run_script(text, watched=False).out, self.run_script(text).out)

    def test_a_forked_child_that_uses_an_inherited_queue_writes_a_journal_of_its_own(self):
        ran = self.run_script("""
            import multiprocessing, os
            context = multiprocessing.get_context('fork')
            s = context.SimpleQueue()
            s.put('parent')
            s.get()
            if os.fork() == 0:
                s.put('child')  # by the child
                os._exit(0)
            os.wait()
            print(s.get())
        """)
        self.assertEqual('child\n', ran.out)
        parent, child = ran.images
        self.assertEqual([True], [child.made_by_fork])
        self.assertEqual([1, 1], [len(parent.of(41)), len(child.of(41))])
        self.assertPlace(ran, child, child.one(41), 'by the child')


if __name__ == '__main__':
    unittest.main(argv=sys.argv)
