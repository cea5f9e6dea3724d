"""The golden journals (test/golden) through the reader that the Python tests use: both sides read one format."""

import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import reader  # noqa: E402

GOLDEN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'golden')


def expectation(case):
    with open(os.path.join(GOLDEN, case + '.json'), encoding='ascii') as file:
        return json.load(file)


def as_record(fact):
    """(type, flags, t0, t1, obj, a, b, thread, site, s1, s2) of a fact; None where it is no such record."""
    (kind, value), = fact.items()
    if kind == 'record':
        return tuple(value[name] for name in ('type', 'flags', 't0', 't1', 'obj', 'a', 'b', 'thread', 'site', 's1', 's2'))
    if kind == 'put':
        t0, t1, obj, number, flags, thread, site = value
        return (reader.PUT, flags, t0, t1, obj, number, 0, thread, site, None, None)
    if kind == 'send':
        _index, t0, t1, obj, size, crc, flags, thread, site = value
        return (reader.SEND, flags, t0, t1, obj, size, crc, thread, site, None, None)
    if kind == 'receive':
        t0, t1, obj, size, crc, flags, thread, site = value
        return (reader.RECV, flags, t0, t1, obj, size, crc, thread, site, None, None)
    return None


class GoldenTest(unittest.TestCase):
    maxDiff = None

    def read(self, case):
        expected = expectation(case)
        return int(expected['startedMono']), expected['images'], reader.read_folder(os.path.join(GOLDEN, case))

    def test_the_files_are_what_the_generator_writes(self):
        subprocess.run([sys.executable, os.path.join(GOLDEN, 'make_golden.py'), '--check'], check=True)

    def test_records_and_strings_read_as_expected(self):
        for case in ('records', 'segments', 'holes', 'counted'):
            with self.subTest(case):
                self.compare(*self.read(case))

    def test_headers_slots_and_counters_read_as_expected(self):
        for case in ('records', 'counted'):
            with self.subTest(case):
                self.compare_tables(*self.read(case))

    def compare_tables(self, started, expected, images):
        for want, image in zip(expected, images):
            self.assertEqual(
                (want['pid'], want['start'], want['ppid'], want['opened'] + started, want['madeByFork'], want['parentStart']),
                (image.pid, image.start, image.ppid, image.opened, image.made_by_fork, image.parent_start))
            self.assertEqual(want['dropped'], image.dropped)
            self.assertEqual(want['held'], {'locks': list(image.held.values()), 'unseen': image.held_unseen})
            counters = [[row[name] for name in ('obj', 'puts', 'gets', 'sent', 'received', 'bytesSent', 'bytesReceived')]
                        for row in want['counters']]
            self.assertEqual(counters, [list(row) for row in image.counters])

    def test_dropped_counts_and_slots_read_as_expected(self):
        self.assertEqual([17, 0, 0], [image.dropped for image in self.read('counted')[2]])
        started, (want,), (image,) = self.read('records')
        slots = [(slot['slot'], slot['since'], slot['obj'], slot['operand'], slot['deadline'], slot['site'], slot['op'], slot['flags'],
                  slot['nativeThread']) for slot in want['slots']]
        found = [(s.number, s.since - started, s.obj, s.operand, s.deadline and s.deadline - started, s.site, s.op, s.flags, s.thread)
                 for s in image.slots]
        self.assertEqual([s[:4] + (s[4] or 0,) + s[5:] for s in slots], found)

    def test_ends_of_quiet_children_read_as_expected(self):
        expected = expectation('quiet')
        started = int(expected['startedMono'])
        ends = [{'pid': e.pid, 'parent': e.parent, 'code': e.code, 'from': e.t0 - started, 'to': e.t1 - started}
                for e in reader.read_quiet(os.path.join(GOLDEN, 'quiet'))]
        self.assertEqual(expected['ends'], ends)

    def test_a_version_of_the_future_is_refused(self):
        with self.assertRaisesRegex(reader.FormatError, 'version'):
            reader.read_folder(os.path.join(GOLDEN, 'refused'))

    def compare(self, started, expected, images):
        self.assertEqual(len(expected), len(images))
        for want, image in zip(expected, images):
            records = [fact for fact in map(as_record, want['facts']) if fact is not None]
            # BOOT is told when its strings are there; in the file it comes first.
            records.sort(key=lambda r: r[0] != reader.BOOT)
            found = [(r.type, r.flags, r.t0 - started, r.t1 - started, r.obj, r.a, r.b, r.thread, r.site, image.text(r.s1), image.text(r.s2))
                     for r in image.records]
            self.assertEqual(records, found)
            strings = {number: text for number, text in (fact['string'] for fact in want['facts'] if 'string' in fact)}
            self.assertEqual(strings, image.strings)
            self.assertEqual(sum(fact['skipped'][1] for fact in want['facts'] if 'skipped' in fact), image.unknown)


if __name__ == '__main__':
    unittest.main()
