"""Plans for play.py: random ones, and the shapes of traffic at which matching is at its limits."""

import random
from typing import Any, Dict, List

Plan = Dict[str, Any]

#: More than fits the pipe in one piece.
LARGE = [70000, 70000]
QUEUES = ('Queue', 'JoinableQueue', 'SimpleQueue')
BUFFERED = ('Queue', 'JoinableQueue')


def random_plan(seed: int, method: str, messages: int = 400) -> Plan:
    """A program of some channels, each with senders and receivers of its own; `messages` is about how many a channel carries."""
    chance = random.Random(seed)
    plan: Plan = {'seed': seed, 'method': method, 'locks': 6, 'channels': [], 'actors': []}
    for number in range(chance.randint(1, 3)):
        kind = chance.choice(QUEUES + ('Pipe',))
        senders, receivers = chance.randint(1, 3), chance.randint(1, 3)
        channel: Plan = {'kind': kind}
        sizes = chance.choice([[1, 1], [1, 40], [1, 3000], LARGE])
        if kind in BUFFERED:
            channel['maxsize'] = chance.choice([0, 0, 1, 5])
            if chance.random() < 0.2 and channel['maxsize'] == 0:
                channel['early'] = 3
        # Early messages are more than one write each, and without a lock would be torn in a plain run, too.
        if kind in QUEUES and sizes != LARGE and chance.random() < 0.2 and 'early' not in channel:
            channel['windows'] = True
        if kind == 'Pipe':
            channel['duplex'] = chance.random() < 0.3
            # No lock is another channel's, too: a receiver waits with it in its hand.
            # Several may write a pipe without a lock as long as each message is one write; several readers need one.
            if sizes == LARGE and senders > 1 or chance.random() < 0.3:
                channel['sendLock'] = 2 * number
            if receivers > 1:
                channel['receiveLock'] = 2 * number + 1
        count = max(1, (messages if sizes != LARGE else messages // 20) // senders)
        _traffic(plan, channel, senders, receivers, count, sizes, chance)
    if chance.random() < 0.5:
        plan['actors'] += [{'role': 'hold', 'lock': 0, 'count': 200} for _ in range(2)]
    if chance.random() < 0.3:
        _victim(plan, chance.choice(['Pipe', 'SimpleQueue']))
    return plan


def _traffic(plan: Plan, channel: Plan, senders: int, receivers: int, count: int, sizes: List[int], chance: random.Random) -> None:
    number = len(plan['channels'])
    plan['channels'].append(channel)
    buffered = channel['kind'] in BUFFERED
    for _ in range(senders):
        actor = {'role': 'send', 'channel': number, 'count': count, 'sizes': sizes}
        # Nobody ever says of an item that was dropped that it is done: join would wait for ever.
        if chance.random() < 0.3 and channel['kind'] != 'JoinableQueue':
            actor['bad'] = 7
        if buffered and chance.random() < 0.3:
            actor['timeout'] = 0.001
        plan['actors'].append(actor)
    alone = senders == receivers == 1 and not channel.get('early')
    for _ in range(receivers):
        # One that is alone knows how much comes; the others are told when it is over.
        actor = {'role': 'receive', 'channel': number, 'count': count if alone else None}
        if buffered and chance.random() < 0.3:
            actor['timeout'] = 0.001
        plan['actors'].append(actor)


def _victim(plan: Plan, kind: str) -> None:
    plan['actors'].append({'role': 'victim', 'channel': len(plan['channels']), 'count': 20, 'sizes': [1, 100]})
    plan['channels'].append({'kind': kind})


def _shape(method: str, channel: Plan, senders: int, receivers: int, count: int, sizes: List[int], **more: Any) -> Plan:
    plan: Plan = {'seed': 7, 'method': method, 'locks': 2, 'channels': [], 'actors': []}
    _traffic(plan, channel, senders, receivers, count // senders, sizes, random.Random(0))
    for actor in plan['actors']:
        actor.pop('bad', None)
        actor.pop('timeout', None)
        for key, value in more.items():
            if key != 'bad' or actor['role'] == 'send':
                actor[key] = value
    return plan


def shapes(messages: int) -> Dict[str, Plan]:
    """Name -> plan; together about `messages` messages."""
    n = messages // 20
    victims: Plan = {'seed': 3, 'method': 'fork', 'locks': 2, 'channels': [], 'actors': []}
    for kind in ('Pipe', 'SimpleQueue') * 3:
        _victim(victims, kind)
    return {
        'four producers, three consumers, bounded queue': _shape('fork', {'kind': 'Queue', 'maxsize': 50}, 4, 3, 4 * n, [1, 60]),
        'the same by spawn': _shape('spawn', {'kind': 'Queue', 'maxsize': 50}, 4, 3, 2 * n, [1, 1]),
        'joinable queue by forkserver': _shape('forkserver', {'kind': 'JoinableQueue', 'maxsize': 10}, 3, 3, n, [1, 60]),
        'simple queue': _shape('fork', {'kind': 'SimpleQueue'}, 3, 3, 4 * n, [1, 60]),
        'a pipe, one process an end': _shape('fork', {'kind': 'Pipe'}, 1, 1, 2 * n, [1, 60]),
        'a pipe whose ends are shared under locks of the script': _shape('fork', {'kind': 'Pipe', 'sendLock': 0, 'receiveLock': 1}, 3, 3, n, [1, 2000]),
        'a pipe whose writing end is shared without a lock': _shape('fork', {'kind': 'Pipe', 'duplex': True, 'receiveLock': 1}, 3, 1, n, [1, 2000]),
        'a queue without a write lock, as on Windows': _shape('fork', {'kind': 'Queue', 'windows': True}, 3, 3, n, [1, 2000]),
        'a simple queue without a write lock': _shape('spawn', {'kind': 'SimpleQueue', 'windows': True}, 3, 2, n, [1, 2000]),
        '70 kB through a queue': _shape('fork', {'kind': 'Queue', 'maxsize': 5}, 3, 3, n // 10, LARGE),
        '70 kB through a simple queue': _shape('fork', {'kind': 'SimpleQueue'}, 3, 3, n // 10, LARGE),
        '70 kB through a pipe under locks': _shape('fork', {'kind': 'Pipe', 'sendLock': 0, 'receiveLock': 1}, 3, 3, n // 10, LARGE),
        'every third item cannot be pickled': _shape('fork', {'kind': 'Queue'}, 3, 3, n, [1, 60], bad=3),
        'gets and puts give up': _shape('fork', {'kind': 'Queue', 'maxsize': 2}, 3, 3, n, [1, 60], timeout=0.0005),
        'forks after puts': _shape('fork', {'kind': 'Queue', 'early': 5}, 3, 3, n, [1, 60]),
        'ended in the middle of a write': victims,
    }
