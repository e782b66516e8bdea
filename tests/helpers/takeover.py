"""What a worker could do that was taken over by its service: its ends of the wires are taken from it with
pidfd_getfd(2), its book from the parent's descriptors; so this must be root and the worker may be as it is.

takeover.py tell WORKER N KIND [VALUE [NUMBER [TEXT]]]   the message N times; prints how many were taken
takeover.py ask WORKER N                                 asks for a resolver N times and keeps what it gets
takeover.py book PARENT WORKER SECONDS                   in its book another worker seems to accept
takeover.py claim PARENT WORKER PID...                   in its book every place is a session of these processes
"""
import ctypes, mmap, os, socket, struct, sys, time

LIBC = ctypes.CDLL(None, use_errno=True)
NET_ADDR = 24
WIRE = "<IIQ%ds256s" % NET_ADDR
ASK_RESOLVER = 11
# engine/book.h
BOOK, SESSIONS, SESSION, TOP, WORKER = 9961752, 65536, 88, 24, 28


def steal(pid):
    """The worker's SOCK_SEQPACKET ends: to the parent, to the log."""
    pidfd = os.pidfd_open(pid)
    for name in os.listdir(f"/proc/{pid}/fd"):
        if not os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:"):
            continue
        fd = LIBC.syscall(438, pidfd, int(name), 0)
        if fd < 0:
            raise OSError(ctypes.get_errno(), "pidfd_getfd")
        s = socket.socket(fileno=fd)
        if s.family == socket.AF_UNIX and s.type & 0xf == socket.SOCK_SEQPACKET:
            s.setblocking(False)
            yield s


def wire(kind, value=0, number=0, text=b""):
    return struct.pack(WIRE, kind, value, number, bytes(NET_ADDR), text[:255])


def tell(pid, n, kind, value=0, number=0, text=""):
    taken = 0
    message = wire(int(kind), int(value), int(number), text.encode().decode("unicode_escape").encode("latin1"))
    ends = list(steal(int(pid)))
    for _ in range(int(n)):
        for s in ends:
            for _ in range(200):
                try:
                    s.send(message)
                    taken += 1
                    break
                except BlockingIOError:
                    time.sleep(0.001)
                except OSError:
                    break
    print(taken)


def ask(pid, n):
    kept = []
    for s in steal(int(pid)):
        for _ in range(int(n)):
            try:
                s.send(wire(ASK_RESOLVER))
            except BlockingIOError:
                time.sleep(0.001)
            except OSError:
                break
            try:
                _, fds, _, _ = socket.recv_fds(s, 4096, 4, socket.MSG_DONTWAIT)
                kept += fds
            except OSError:
                pass
    print("ready", flush=True)
    time.sleep(15)


def book_of(parent, worker):
    with open(f"/proc/{worker}/maps") as f:
        inodes = {int(line.split()[4]) for line in f if "gatehouse-book" in line}
    for name in os.listdir(f"/proc/{parent}/fd"):
        path = f"/proc/{parent}/fd/{name}"
        if "gatehouse-book" in os.readlink(path) and os.stat(path).st_ino in inodes:
            with open(path, "r+b") as f:
                b = mmap.mmap(f.fileno(), 0)
            assert len(b) == BOOK and b[:8] == b"ghbook02", "engine/book.h is another"
            return b


def book(parent, worker, seconds):
    b = book_of(parent, worker)
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        b[WORKER:WORKER + 4] = b"\xff\xff\xff\xff"


def claim(parent, worker, *pids):
    b = book_of(parent, worker)
    number = b[WORKER:WORKER + 4]
    for i in range(SESSIONS):
        at = BOOK - (SESSIONS - i) * SESSION
        b[at:at + 20] = struct.pack("<I4sQi", 2, number, i + 1, int(pids[i % len(pids)]))
    b[TOP:TOP + 4] = b"\xff\xff\xff\xff"


globals()[sys.argv[1]](*sys.argv[2:])
