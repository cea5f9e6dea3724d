"""Plays a plan: processes that send and receive on queues and pipes, each noting what it did. The script that is watched.

    python play.py PLAN.json FOLDER

The plan is made by plans.py. FOLDER gets, for each process and channel, what it sent (`sent-CHANNEL-ACTOR-PID`: how many) and
what it received, in order (`got-CHANNEL-ACTOR-PID`: two 32-bit numbers a message: the sending actor, the message's number).
Standard output says what does not depend on chance: the same with and without Procession.
"""

import json
import multiprocessing
import multiprocessing.queues
import os
import queue
import random
import sys
import time
from array import array

#: The actor that makes the others; it sends the early messages, and to each receiver that shares its end the word that ends it.
MAIN = 0


class NotPicklable:
    def __reduce__(self):
        raise TypeError('never to be sent')


class Windows:
    """`sys` as the module of queues would see it on Windows, where a queue has no write lock."""

    platform = 'win32'

    def __getattr__(self, name):
        return getattr(sys, name)


class Sender:
    """One actor's way into one channel."""

    def __init__(self, plan, number, actor, ends, locks):
        channel = plan['channels'][number]
        self.number, self.actor, self.lock = number, actor, locks[channel['sendLock']] if channel.get('sendLock') is not None else None
        self.is_pipe = channel['kind'] == 'Pipe'
        self.put = ends[number][1].send if self.is_pipe else ends[number].put
        self.can_wait = channel['kind'] in ('Queue', 'JoinableQueue')
        self.sent = 0
        self.random = random.Random(plan['seed'] * 1000 + actor)

    def send(self, sizes, timeout=None):
        """False where the queue was full."""
        item = (self.actor, self.sent, bytes(self.random.randint(*sizes)))
        try:
            if self.lock is not None:
                with self.lock:
                    self.put(item)
            elif timeout is not None and self.can_wait:
                self.put(item, timeout=timeout)
            else:
                self.put(item)
        except queue.Full:
            return False
        self.sent += 1
        return True

    def send_bad(self):
        try:
            self.put(NotPicklable())
        except TypeError:
            pass

    def end(self, folder):
        with open(os.path.join(folder, 'sent-%d-%d-%d' % (self.number, self.actor, os.getpid())), 'w') as file:
            file.write(str(self.sent))


class Receiver:
    """One actor's way out of one channel."""

    def __init__(self, plan, number, actor, ends, locks):
        channel = plan['channels'][number]
        self.number, self.actor, self.lock = number, actor, locks[channel['receiveLock']] if channel.get('receiveLock') is not None else None
        self.end = ends[number]
        self.get = self.end[0].recv if channel['kind'] == 'Pipe' else self.end.get
        self.can_wait = channel['kind'] in ('Queue', 'JoinableQueue')
        self.done = self.end.task_done if channel['kind'] == 'JoinableQueue' else None
        self.log = array('I')

    def receive(self, timeout=None):
        """The message, or None where none came in time."""
        try:
            if self.lock is not None:
                with self.lock:
                    item = self.get()
            elif timeout is not None and self.can_wait:
                item = self.get(timeout=timeout)
            else:
                item = self.get()
        except queue.Empty:
            return None
        self.log.extend(item[:2])
        if self.done is not None:
            self.done()
        return item

    def save(self, folder):
        with open(os.path.join(folder, 'got-%d-%d-%d' % (self.number, self.actor, os.getpid())), 'wb') as file:
            file.write(self.log.tobytes())


def act(plan, index, ends, locks, folder):
    """What a child does."""
    actor = plan['actors'][index]
    number = index + 1
    windows(plan)
    if actor['role'] == 'send':
        sender = Sender(plan, actor['channel'], number, ends, locks)
        spoiled = -1
        while sender.sent < actor['count']:
            # Once at each place: a full queue has the same message sent again, as often as time will have it.
            if actor.get('bad') and sender.sent % actor['bad'] == 0 and sender.sent != spoiled:
                spoiled = sender.sent
                sender.send_bad()
            sender.send(actor['sizes'], actor.get('timeout'))
        sender.end(folder)
        if actor.get('bad') and sender.can_wait:
            # A feeder that meets such an item while its process ends gives up all that comes after it.
            ends[actor['channel']].close()
            ends[actor['channel']].join_thread()
    elif actor['role'] == 'receive':
        receiver = Receiver(plan, actor['channel'], number, ends, locks)
        while actor['count'] is None or len(receiver.log) < 2 * actor['count']:
            item = receiver.receive(actor.get('timeout'))
            if item is not None and item[2] == b'':
                break
        receiver.save(folder)
    elif actor['role'] == 'hold':
        # Takes a lock again and again, as others do.
        for _ in range(actor['count']):
            with locks[actor['lock']]:
                time.sleep(0)
    else:
        # A victim: what it sends last does not fit the pipe, and nobody reads on.
        sender = Sender(plan, actor['channel'], number, ends, locks)
        for _ in range(actor['count']):
            sender.send(actor['sizes'])
        sender.end(folder)
        sender.put((number, sender.sent, bytes(1 << 18)))


def windows(plan):
    if any(channel.get('windows') for channel in plan['channels']):
        multiprocessing.queues.sys = Windows()


def make(context, channel):
    if channel['kind'] == 'Pipe':
        return context.Pipe(channel.get('duplex', False))
    if channel['kind'] == 'SimpleQueue':
        made = context.SimpleQueue()
    else:
        made = getattr(context, channel['kind'])(channel.get('maxsize', 0))
    if channel.get('windows'):
        made._wlock = None
    return made


def main(plan_path, folder):
    with open(plan_path) as file:
        plan = json.load(file)
    context = multiprocessing.get_context(plan['method'])
    ends = [make(context, channel) for channel in plan['channels']]
    locks = [context.Lock() for _ in range(plan['locks'])]
    windows(plan)
    senders = {}
    for number, channel in enumerate(plan['channels']):
        # Before anybody is there to receive: what the feeder has not written yet is in the buffer when the children are forked.
        if channel.get('early'):
            senders[number] = Sender(plan, number, MAIN, ends, locks)
            for _ in range(channel['early']):
                senders[number].send([70000, 70000])
    children = [context.Process(target=act, args=(plan, index, ends, locks, folder)) for index in range(len(plan['actors']))]
    for child in children:
        child.start()
    receivers = {}
    for index, (child, actor) in enumerate(zip(children, plan['actors'])):
        if actor['role'] == 'victim':
            receivers[index] = Receiver(plan, actor['channel'], MAIN, ends, locks)
            for _ in range(actor['count']):
                receivers[index].receive()
            receivers[index].save(folder)
            reading = ends[actor['channel']][0] if plan['channels'][actor['channel']]['kind'] == 'Pipe' else ends[actor['channel']]._reader
            reading.poll(None)
            time.sleep(0.3)
            child.terminate()
            child.join()
    for child, actor in zip(children, plan['actors']):
        if actor['role'] in ('send', 'hold'):
            child.join()
    for actor in plan['actors']:
        if actor['role'] == 'receive' and actor['count'] is None:
            sender = senders.setdefault(actor['channel'], Sender(plan, actor['channel'], MAIN, ends, locks))
            sender.send([0, 0])
    for number, sender in senders.items():
        sender.end(folder)
        if plan['channels'][number]['kind'] == 'JoinableQueue':
            ends[number].join()
    for child, actor in zip(children, plan['actors']):
        child.join()
        print(actor['role'], child.exitcode)
    for number in range(len(ends)):
        tell(folder, number)


def tell(folder, number):
    """What came out of a channel: of each sender all, and to each receiver in the order in which it was sent."""
    came, ordered = {}, True
    for name in sorted(os.listdir(folder)):
        if not name.startswith('got-%d-' % number):
            continue
        log = array('I')
        with open(os.path.join(folder, name), 'rb') as file:
            log.frombytes(file.read())
        last = {}
        for sender, message in zip(log[0::2], log[1::2]):
            ordered = ordered and message > last.get(sender, -1)
            last[sender] = message
            came[sender] = came.get(sender, 0) + 1
    print(number, sorted(came.items()), ordered)


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2])
