"""What `scripts/bench` compares: topics, their scenarios, who takes part in each, and the gates for Millpond.

A scenario's name and a contestant's variant are arguments of the programs; see `core-benchmark` and `peers/`.
"""

from dataclasses import dataclass, field

MILLPOND, GO, C, NIO = "core-benchmark", "go-peer", "c-peer", "nio-benchmark"


@dataclass(frozen=True)
class Contestant:
    label: str
    program: str
    variant: str
    environment: dict = field(default_factory=dict, hash=False)
    share: float = 1  # the part of the scenario's operations that it does, where it is many times slower


@dataclass(frozen=True)
class Gate:
    """At most so much of the best of some contestants, by label; or of nobody, at most so many nanoseconds; or, of the
    tail, the 99th percentile of the wait at most so many times the median."""
    limit: float
    of: tuple = ()
    tail: bool = False


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    operations: int
    contestants: tuple
    gates: tuple = ()
    figure: str = "cpu"  # or "wall": what ratios and gates are about
    unit: str = "operation"
    socket: bool = False  # standard input is a socket whose other end is drained


@dataclass(frozen=True)
class Topic:
    name: str
    title: str
    about: str
    scenarios: tuple


NETWORKS = ("1024-4096", "256-2048", "64-512", "1-128")
PEEK = "Go bufio, Peek + Discard"
CHAINED = "Go chained pooled reader"
SYNC_POOL = "Go sync.Pool"
MALLOC = "C malloc + free"
READERS = (
    Contestant("**Millpond**", MILLPOND, "view"),
    Contestant(PEEK, GO, "peek"),
    Contestant("Go bufio, one buffer reused", GO, "reused"),
    Contestant("Go bufio, make", GO, "make"),
    Contestant(CHAINED, GO, "chained"),
    Contestant("SwiftNIO ByteBuffer, view", NIO, "view"),
    Contestant("SwiftNIO ByteBuffer, slice", NIO, "slice"),
    Contestant("C, one flat buffer a stream (floor)", C, "flat"),
)
BEST_OF_READERS = (Gate(0.8, (PEEK,)), Gate(0.3, (CHAINED,)))


def reader_operations(network):
    return {"1-128": 800_000, "64-512": 2_000_000}.get(network, 4_000_000)


def reader_topic(name, kind, title, about, limits):
    return Topic(name, title, about, tuple(
        Scenario(f"{kind}/{network}", f"chunks of {network.replace('-', ' to ')} bytes", reader_operations(network),
                 READERS, BEST_OF_READERS + ((Gate(limits[network]),) if network in limits else ()), unit="packet")
        for network in NETWORKS))


FAN_OUT = tuple(
    Scenario(f"fanout/{count}", f"{count} subscribers look at once", 4_000_000 // (count + 4) // 100 * 100, (
        Contestant("**Millpond**", MILLPOND, "view"),
        Contestant(PEEK, GO, "peek"),
        Contestant("Go bufio, make", GO, "make"),
        Contestant(CHAINED, GO, "chained"),
        Contestant("SwiftNIO ByteBuffer, view", NIO, "view"),
    ), BEST_OF_READERS + ((Gate(38),) if count == 3 else ()), unit="packet") for count in (3, 10, 100))
KEPT = tuple(
    Scenario(f"kept/{count}", f"{count} subscribers keep each packet until the fourth after it",
             2_000_000 // (count + 4) // 100 * 100, (
                 Contestant("**Millpond**, shared bytes", MILLPOND, "shared"),
                 Contestant("Go bufio, make and the garbage collector", GO, "make"),
                 Contestant("Go bufio, sync.Pool and a counter", GO, "counted"),
                 Contestant("SwiftNIO ByteBuffer, slice", NIO, "slice"),
             ), unit="packet") for count in (3, 10, 100))

OBJECTS = tuple(
    Scenario(f"objects/{threads}", f"object of 64 bytes, {threads} thread{'s' if threads > 1 else ''}", 20_000_000, (
        Contestant("**Millpond** ObjectPool", MILLPOND, "take"),
        Contestant("Millpond ObjectPool, scoped", MILLPOND, "scoped"),
        Contestant(SYNC_POOL, GO, "syncpool"),
        Contestant("Go new", GO, "new"),
        Contestant(MALLOC, C, "malloc"),
    ), (Gate(1.0, (SYNC_POOL,)), Gate(3))) for threads in (1, 2))
BLOCKS = tuple(
    Scenario(f"{kind}/{size}", f"block of {size // 1024} KiB{', 64 held' if kind == 'held' else ''}", 4_000_000, (
        Contestant("**Millpond** BlockPool", MILLPOND, "pool"),
        Contestant(MALLOC, C, "malloc"),
        Contestant(SYNC_POOL, GO, "syncpool"),
        Contestant("Go make", GO, "make", share=4096 / size / 5),
    ), (Gate(0.5, (MALLOC,)), Gate(3))) for kind in ("blocks", "held") for size in (4096, 16384, 65536))

SQL = "Go database/sql"
CONNECTIONS = (
    Contestant("**Millpond** ConnectionPool", MILLPOND, "pool"),
    Contestant(SQL, GO, "sql"),
    Contestant(SQL + ", GOMAXPROCS=1", GO, "sql", {"GOMAXPROCS": "1"}),
    Contestant("Go channel of connections", GO, "channel"),
    Contestant("Go channel of connections, GOMAXPROCS=1", GO, "channel", {"GOMAXPROCS": "1"}),
)
WAITERS = CONNECTIONS + (Contestant("Millpond's reactor, the same tasks without a pool", MILLPOND, "none"),)
GOROUTINES, CHANNEL = "Go, a goroutine for each", "Go, buffered channel with workers"
JOBS = (
    Contestant("**Millpond** WorkerPool", MILLPOND, "submit"),
    Contestant("Millpond WorkerPool, 64 at a time", MILLPOND, "batch"),
    Contestant(GOROUTINES, GO, "go"),
    Contestant(CHANNEL, GO, "channel"),
    Contestant("Go, bounded pool of our own", GO, "bounded"),
)
SLEEPERS = JOBS[:1] + JOBS[2:]

ENDS = (
    ("buffered, 16 a flush", "buffered"),
    ("unbuffered", "unbuffered"),
)
WRITES = Scenario(
    "writes/64", "64 bytes into a socket, read at the other end", 160_000,
    tuple(Contestant(f"{'**Millpond**' if program == MILLPOND and variant == 'buffered' else label}, {how}", program,
                     variant)
          for how, variant in ENDS for label, program in (("Millpond", MILLPOND), ("Go", GO), ("C", C))),
    unit="write")
MEMORY = Scenario("memory/64", "64 bytes into memory", 20_000_000, (
    Contestant("**Millpond**", MILLPOND, "buffered"),
    Contestant("Go bufio", GO, "buffered"),
), (Gate(3.5),), unit="write")
FILE = Scenario("file/1", "a file to a TCP socket", 1 << 30, (
    Contestant("**Millpond**, `sendfile`", MILLPOND, "sendfile"),
    Contestant("Go, `sendfile`", GO, "sendfile"),
    Contestant("C, `sendfile`", C, "sendfile"),
    Contestant("Millpond, through blocks", MILLPOND, "copy"),
    Contestant("Go, through a buffer", GO, "copy"),
    Contestant("C, 64 KiB read and written", C, "copy"),
), unit="byte", socket=True)

TOPICS = (
    reader_topic(
        "packets", "packets", "Concurrent network read",
        "100 streams in turn on one thread, packets of 1 KiB. Each payload reaches a consumer that folds its length and "
        "both ends into the check.", {"1024-4096": 12, "1-128": 125}),
    reader_topic(
        "frames", "frames", "Protocol parsing",
        "The same networks: a big-endian length of four bytes, then a payload of 64 to 1340 bytes.",
        {"1024-4096": 10, "1-128": 85}),
    Topic("pressure", "Allocation pressure", "Protocol parsing, continuously: what is allocated, and what is resident.",
          tuple(Scenario(f"pressure/{network}", f"chunks of {network.replace('-', ' to ')} bytes", operations, READERS,
                         unit="packet")
                for network, operations in (("1024-4096", 10_000_000), ("1-128", 2_000_000)))),
    Topic("streams", "Streaming server",
          "100 streams of packets of 1 to 3 KiB over chunks of 1024 to 4096 bytes; each packet is forwarded to all "
          "subscribers of its stream. Peek + Discard cannot keep a packet.", FAN_OUT + KEPT),
    Topic("pools", "Object and block pools",
          "Taken, written to at both ends, read from there, put back. “64 held”: the oldest of 64 is put back before "
          "another is taken.", OBJECTS + BLOCKS),
    Topic("connections", "Connection pool",
          "Borrowed, used once, given back. Where tasks wait, each lets the others run while it has a connection; "
          "Millpond's run on one reactor, Go's on both cores unless said otherwise. The driver of database/sql does "
          "nothing.", (
              Scenario("borrow/1", "one task, one connection", 1_000_000, CONNECTIONS, (Gate(20),)),
              Scenario("waiters/64-8", "64 tasks, 8 connections", 320_000, WAITERS,
                       (Gate(1.0, (SQL, SQL + ", GOMAXPROCS=1")),)),
              Scenario("waiters/100-10", "100 tasks, 10 connections", 320_000, WAITERS,
                       (Gate(1.0, (SQL, SQL + ", GOMAXPROCS=1")), Gate(315), Gate(2, tail=True))))),
    Topic("workers", "Worker pool",
          "Jobs submitted from one place, which waits when as many as the limit are queued; goroutines have no limit. "
          "Wall time: the jobs run beside the submitter.", (
              Scenario("jobs/1000000", "a million trivial jobs, a worker for each core, at most a million queued",
                       1_000_000, JOBS, (Gate(1.0, (GOROUTINES, CHANNEL)), Gate(60)), "wall", "job"),
              Scenario("jobs/4096", "trivial jobs, a worker for each core, at most 4096 queued", 200_000, JOBS,
                       (Gate(1.0, (GOROUTINES, CHANNEL)),), "wall", "job"),
              Scenario("sleep/1000", "10 000 jobs that sleep 10 ms, 1000 workers", 10_000, SLEEPERS, (), "wall", "job"),
              Scenario("sleep/10000", "10 000 jobs that sleep 10 ms, 10 000 workers", 10_000, SLEEPERS, (Gate(1600),),
                       "wall", "job"))),
    Topic("writers", "Writers",
          "16 writes share a flush. The file is in the page cache; another process drains the socket and adds up the "
          "bytes, and its time does not count.", (WRITES, MEMORY, FILE)),
)
