"""A played plan against what Procession says of it: the report, and each message's sender and receiver."""

import os
from array import array
from collections import Counter, defaultdict
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

Actor = Tuple[int, int]
"""(number in the plan, pid)"""


class Truth(NamedTuple):
    """What the processes of one channel noted."""

    #: pid -> how many it sent
    sent: Dict[int, int]
    #: pid -> (pid of the sender, number of the message) in the order in which it received them
    got: Dict[int, List[Tuple[int, int]]]


class Verdict(NamedTuple):
    wrong: List[str]
    messages: int
    #: messages of which Procession says that it is sure who got them, and of which it says that it infers it
    exact: int
    inferred: int
    #: inferred pairs that are not the true ones
    mistaken: int


def truth_of(folder: str, number: int) -> Truth:
    """Raises FileNotFoundError where the plan was not played."""
    sent: Dict[int, int] = {}
    pids: Dict[int, int] = {}
    logs: Dict[int, array] = {}
    for name in os.listdir(folder):
        what, _, rest = name.partition('-')
        channel, actor, pid = (int(part) for part in rest.split('-'))
        if channel != number:
            continue
        pids[actor] = pid
        with open(os.path.join(folder, name), 'rb') as file:
            data = file.read()
        if what == 'sent':
            sent[pid] = int(data)
        else:
            logs[pid] = array('I')
            logs[pid].frombytes(data)
    return Truth(sent, {pid: [(pids[actor], message) for actor, message in zip(log[0::2], log[1::2])] for pid, log in logs.items()})


def expected_matching(plan: Dict[str, Any], number: int) -> str:
    """'exact' where each end was used by one process, or under the channel's own lock; else 'inferred'."""
    channel = plan['channels'][number]
    actors = [actor for actor in plan['actors'] if actor.get('channel') == number]
    senders = sum(actor['role'] in ('send', 'victim') for actor in actors)
    # The main process sends what ends the receivers, and what comes early.
    senders += bool(channel.get('early')) or any(actor['role'] == 'receive' and actor['count'] is None for actor in actors)
    receivers = max(1, sum(actor['role'] == 'receive' for actor in actors))
    locked = channel['kind'] != 'Pipe'
    sends_exact = senders == 1 or (locked and not channel.get('windows'))
    return 'exact' if sends_exact and (receivers == 1 or locked) else 'inferred'


def judge(plan: Dict[str, Any], folder: str, answer: Dict[str, Any]) -> Verdict:
    """`answer` is what pairs.ts wrote."""
    report = answer['report']
    wrong = [f"the run's {what} is {report['run'][what]}, not 0" for what in ('dropped', 'countedOnly', 'uninstrumented') if report['run'][what]]
    pids = {process['key']: process['pid'] for process in report['processes']}
    rows = [row for row in report['channels'] if not row['internal']]
    totals = Counter()
    if len(rows) != len(plan['channels']):
        wrong.append(f"{len(rows)} channels are shown, not {len(plan['channels'])}: {[row['kind'] for row in rows]}")
        return Verdict(wrong, 0, 0, 0, 0)
    for number, (row, pairs) in enumerate(zip(rows, answer['channels'])):
        truth = truth_of(folder, number)
        wrong += [f"channel {number} ({row['kind']}): {text}" for text in _row(plan, number, row, truth, pids)]
        mistakes, unpaired, made = _mistakes(pairs['pairs'], truth)
        totals['messages'] += sum(truth.sent.values())
        totals[pairs['matching']] += made
        if pairs['matching'] == 'exact' and mistakes + unpaired:
            wrong.append(f"channel {number} ({row['kind']}) is called exact, but {mistakes} of {made} pairs are wrong and {unpaired} are missing")
        elif mistakes:
            totals['mistaken'] += mistakes
        if pairs['matching'] == 'inferred' and not pairs['why']:
            wrong.append(f"channel {number} ({row['kind']}) is inferred for no reason")
    return Verdict(wrong, totals['messages'], totals['exact'], totals['inferred'], totals['mistaken'])


def _row(plan: Dict[str, Any], number: int, row: Dict[str, Any], truth: Truth, pids: Dict[str, int]) -> List[str]:
    channel = plan['channels'][number]
    wrong = []

    def same(what: str, actual: Any, expected: Any) -> None:
        if actual != expected:
            wrong.append(f"{what} is {actual!r}, not {expected!r}")

    sent, received = sum(truth.sent.values()), sum(len(log) for log in truth.got.values())
    victims = sum(actor['role'] == 'victim' and actor['channel'] == number for actor in plan['actors'])
    same('kind', row['kind'], channel['kind'])
    same('maxsize', row['maxsize'] or 0, channel.get('maxsize', 0))
    same('sent', row['sent'], sent)
    same('received', row['received'], received)
    same('undelivered', row['undelivered'], sent - received)
    same('partial', row['partial'], victims)
    same('matching', row['matching'], expected_matching(plan, number))
    edges: Counter = Counter((sender, pid) for pid, log in truth.got.items() for sender, _ in log)
    shown = {(pids[edge['from']], pids[edge['to']]): edge['messages'] for edge in row['edges']}
    if row['matching'] == 'exact':
        same('edges', shown, dict(edges))
    else:
        same('messages in edges', sum(shown.values()), sum(edges.values()))
        per_receiver: Dict[int, int] = defaultdict(int)
        for (_, receiver), messages in shown.items():
            per_receiver[receiver] += messages
        same('messages of each receiver', dict(per_receiver), {pid: len(log) for pid, log in truth.got.items() if log})
    return wrong


def _mistakes(pairs: List[int], truth: Truth) -> Tuple[int, int, int]:
    """(pairs that are wrong, received messages that are in no pair, pairs)."""
    mistakes = made = 0
    for at in range(0, len(pairs), 4):
        sender, number, receiver, place = pairs[at:at + 4]
        if receiver < 0:
            continue
        made += 1
        log = truth.got.get(receiver)
        if log is None or place >= len(log) or log[place] != (sender, number):
            mistakes += 1
    return mistakes, sum(len(log) for log in truth.got.values()) - made, made


def first(wrong: List[str], most: int = 6) -> Optional[str]:
    """The first few sentences as one text."""
    return '\n'.join('       ' + text for text in wrong[:most]) if wrong else None
