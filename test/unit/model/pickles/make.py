"""Writes pickles.json: what multiprocessing would send for values of many kinds, by protocol, in hexadecimal.

Run it with a Python that has numpy and torch; without them their rows are left as they are.
"""
import collections, dataclasses, datetime, decimal, enum, fractions, json, pathlib, pickle, sys, uuid

HERE = pathlib.Path(__file__).parent


@dataclasses.dataclass
class Job:
    id: int
    name: str
    tags: list


@dataclasses.dataclass(frozen=True)
class Slotted:
    __slots__ = ("x", "y")
    x: int
    y: str


class Plain:
    def __init__(self):
        self.color = "red"
        self.size = 3


class Bag(dict):
    pass


class Row(list):
    pass


class Color(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    HIGH = 10


class Flags(enum.Flag):
    READ = 1
    WRITE = 2


class State:
    def __reduce__(self):
        return (State, (), {"a": 1})


class WithNew:
    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __getnewargs_ex__(self):
        return ((1,), {"key": "v"})


Point = collections.namedtuple("Point", "x y")
shared = [1]
bag = Bag(a=1)
ordered = collections.OrderedDict(a=1, b=2)
counting = collections.defaultdict(int, a=2)

VALUES = {
    "None": None,
    "bools": [True, False],
    "ints": [0, 255, 256, 65536, -1, 2**31, -(2**40), 2**70],
    "floats": [1.5, -0.0, 1e100, float("inf")],
    "complex": 1 + 2j,
    "str": "hello",
    "quotes": "it's",
    "unicode": "π 漢字 🙂",
    "bytes": b"ab\x00\xff",
    "empty bytes": b"",
    "bytearray": bytearray(b"abc"),
    "list": [1, [2, [3]]],
    "long list": list(range(12)),
    "tuples": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
    "dict": {"id": 5, "data": {"x": [1, 2]}, 3: None},
    "set": {1},
    "frozenset": frozenset({2}),
    "twice": [shared, shared],
    "dataclass": Job(7, "resize", ["a", "b"]),
    "slots": Slotted(1, "q"),
    "plain object": Plain(),
    "object without state": State.__new__(State),
    "new with keywords": WithNew(),
    "namedtuple": Point(1, 2),
    "dict subclass": bag,
    "list subclass": Row([1, 2]),
    "OrderedDict": ordered,
    "defaultdict": counting,
    "Counter": collections.Counter("aab"),
    "deque": collections.deque([1, 2], 5),
    "enum": Color.RED,
    "int enum": Level.HIGH,
    "flag": Flags.READ,
    "datetime": datetime.datetime(2026, 1, 2, 3, 4, 5, 678900),
    "aware datetime": datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.timezone.utc),
    "date": datetime.date(2026, 1, 2),
    "time": datetime.time(3, 4, 5),
    "timedelta": datetime.timedelta(days=1, seconds=2),
    "Decimal": decimal.Decimal("1.50"),
    "Fraction": fractions.Fraction(1, 3),
    "UUID": uuid.UUID(int=5),
    "path": pathlib.PurePosixPath("/tmp/x"),
    "range": range(1, 10, 2),
    "slice": slice(1, 2) if sys.version_info >= (3, 5) else None,
    "exception": ValueError("no tiles", 3),
    "class": Job,
    "function": len,
    "task": (3, 0, len, ([1],), {}),
}


def dump(value, protocol):
    return pickle.dumps(value, protocol=protocol)


def main():
    path = HERE / "pickles.json"
    rows = json.loads(path.read_text()) if path.exists() else {}
    for name, value in VALUES.items():
        rows[name] = {str(protocol): dump(value, protocol).hex() for protocol in range(2, 6)}
    try:
        import numpy
    except ImportError:
        numpy = None
    if numpy is not None:
        arrays = {
            "numpy array": numpy.zeros((2, 3)),
            "numpy ints": numpy.arange(4, dtype="int16"),
            "numpy Fortran": numpy.zeros((2, 3), order="F"),
            "numpy scalar": numpy.float32(1.5),
            "numpy strings": numpy.array(["a", "bc"]),
            "numpy records": numpy.zeros(2, dtype=[("a", "i4"), ("b", "f8")]),
            "numpy empty": numpy.zeros((0, 3)),
            "numpy dtype": numpy.dtype("float64"),
            "numpy in a dict": {"frame": 3, "tiles": [numpy.zeros((2, 2), dtype="uint8")]},
        }
        for name, value in arrays.items():
            rows[name] = {str(protocol): dump(value, protocol).hex() for protocol in range(2, 6)}
        # Only the first bytes of a large one are kept.
        large = numpy.zeros((1000, 1000), dtype="float32")
        rows["numpy large"] = {str(protocol): dump(large, protocol)[:220].hex() for protocol in range(2, 6)}
    try:
        import torch
    except ImportError:
        torch = None
    if torch is not None:
        tensors = {
            "torch tensor": torch.zeros(2, 3),
            "torch half": torch.zeros(4, dtype=torch.float16),
            "torch parameter": torch.nn.Parameter(torch.zeros(2)),
            "torch size": torch.Size([1, 2]),
            "torch dtype": torch.float32,
        }
        for name, value in tensors.items():
            rows[name] = {str(protocol): dump(value, protocol).hex() for protocol in range(2, 6)}
        # As a queue of torch.multiprocessing sends it: the storage goes by shared memory, the pickle tells only of it.
        import torch.multiprocessing.reductions  # noqa: F401
        from multiprocessing.reduction import ForkingPickler

        torch.multiprocessing.set_sharing_strategy("file_system")
        rows["torch shared"] = {"5": bytes(ForkingPickler.dumps(torch.zeros(2, 3))).hex()}
    path.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    # Their module must be one that a reader has heard of.
    for thing in (Job, Slotted, Plain, Bag, Row, Color, Level, Flags, State, WithNew, Point):
        thing.__module__ = "script"
    sys.modules["script"] = sys.modules["__main__"]
    main()
