"""`connection.wait` and `poll`: the same answers and errors for whoever calls them, and what stands in the library's way is used."""

import sys
import unittest

from harmless_support import HarmlessTest


class Polling(HarmlessTest):
    def test_waits_of_the_scripts_own_answer_and_fail_as_they_did(self):
        self.assertSame('''
    import inspect, multiprocessing, os, socket, threading, traceback
    from multiprocessing import connection

    def attempt(*args, **named):
        try:
            print([names[id(one)] for one in connection.wait(*args, **named)])
        except Exception:
            traceback.print_exc()

    def all_of_it():
        attempt([reader, other_reader], 0)
        writer.send(1)
        attempt([other_reader, reader])
        other_writer.send(1)
        attempt([other_reader, reader, one_socket], timeout=.01)
        attempt((one for one in [reader]), None)
        attempt([reader, reader])
        attempt([closed, reader])
        attempt([None])
        attempt([reader], 'soon')
        print(connection.wait([reader.fileno(), r], 5) == [reader.fileno()])
        print(reader.poll(), reader.poll(0), reader.poll(None), writer.fileno() > 0)
        for poll in (lambda: closed.poll(), lambda: writer.poll()):
            try:
                poll()
            except OSError:
                traceback.print_exc()
        reader.recv(), other_reader.recv()

    (reader, writer), (other_reader, other_writer), (closed, _) = [multiprocessing.Pipe(duplex=False) for _ in range(3)]
    closed.close()
    one_socket, _other = socket.socketpair()
    r, w = os.pipe()
    names = {id(reader): 'reader', id(other_reader): 'other', id(one_socket): 'socket'}
    all_of_it()
    thread = threading.Thread(target=all_of_it)
    thread.start()
    thread.join()
    print(inspect.signature(connection.wait), connection.wait.__name__, connection.wait.__module__, inspect.signature(connection.Connection.poll))
''')

    def test_an_executor_waits_by_what_stands_in_for_the_librarys_selector(self):
        self.assertSame('''
    import concurrent.futures, multiprocessing, selectors
    from multiprocessing import connection

    class Selector(selectors.SelectSelector):
        asked = 0
        def select(self, timeout=None):
            Selector.asked += 1
            return super().select(timeout)

    def main():
        connection._WaitSelector = Selector
        with concurrent.futures.ProcessPoolExecutor(2, multiprocessing.get_context('fork')) as pool:
            print(list(pool.map(abs, range(-20, 0))))
        print(Selector.asked > 20)
    main()
''')

    @unittest.skipIf(sys.version_info < (3, 11), 'goes the library\'s way there')
    def test_an_executor_makes_no_selector(self):
        self.assertSame('''
    import concurrent.futures, multiprocessing, os, threading

    def main():
        made = []
        threading.setprofile(lambda frame, event, _: made.append(1) if event == 'call' and frame.f_globals.get('__name__') == 'selectors' else None)
        with concurrent.futures.ProcessPoolExecutor(2, multiprocessing.get_context('fork')) as pool:
            print(list(pool.map(abs, range(-20, 0))))
        threading.setprofile(None)
        with open(os.environ['COUNT'], 'a') as file:
            print(len(made), file=file)
    main()
''', env={'COUNT': self.home + '/count'})
        with open(self.home + '/count') as file:
            counts = [int(line) for line in file]
        self.assertGreater(counts[0], 20)
        self.assertEqual(0, counts[1])


if __name__ == '__main__':
    unittest.main()
