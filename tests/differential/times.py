#!/usr/bin/env python3
"""times.py GATEHOUSED CLOCK HELLO: access_times by gatehoused and by the real xinetd, at times of day set by us.

Makes CASES questions (2000) from SEED (1): services with random intervals, each asked at random times on
random days, near the intervals' ends most of all. Both run with the preloaded clock (helpers/clock.c). Three
answers are compared: xinetd's, gatehoused's, and what the manual says; xinetd may differ where an
interval goes over midnight, ends at 24:00, is one minute or names weekdays, which is "access-times" in gatehouse.conf(5). TAP.
"""
import calendar
import os
import random
import shutil
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lists  # noqa: E402
import super as peer  # noqa: E402

SERVICES, PORT, DAYS = 50, 2000, ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]


class Window:
    def __init__(self, rng, odd):
        self.start, self.end = sorted(rng.randrange(24 * 60) for _ in range(2))
        self.days = list(range(7))
        self.text = ""
        self.odd = rng.choice(["over", "24", "days"]) if odd else None
        if self.odd == "over":
            self.start, self.end = self.end, self.start
            self.odd = "over" if self.start > self.end else None
        elif self.odd == "24":
            self.end = 24 * 60 - 1
        elif self.odd == "days":
            first, last = rng.randrange(7), rng.randrange(7)
            self.days = [(first + i) % 7 for i in range((last - first) % 7 + 1)]
            self.text = f"{DAYS[first]}-{DAYS[last]}@"
        if self.start == self.end and not self.odd:
            self.odd = "one"
        hour = lambda minute: f"{minute // 60:{rng.choice(['', '02'])}}:{minute % 60:02}"
        self.text += f"{hour(self.start)}-{'24:00' if self.odd == '24' else hour(self.end)}"

    def has(self, day, minute):
        if self.start <= self.end:
            return day in self.days and self.start <= minute <= self.end
        return (day in self.days and minute >= self.start) or ((day - 1) % 7 in self.days and minute <= self.end)


def ask(root, command, ports, moments, ready):
    """What each service answers at each moment: {(port, moment): letter}."""
    child = lists.start(root, command, ready, {"LD_PRELOAD": "/clock.so", "FAKE_CLOCK": "/clock", "TZ": "UTC"})
    found = {}
    for port, moment in moments:
        with open(f"{root}/clock", "r+b") as f:
            f.write(struct.pack("=q", moment - int(time.time())))
        found[port, moment] = lists.connect(["127.0.0.1"], [port])["127.0.0.1", port]
    return found if lists.stop(child) else None


def compare(gatehoused, clock, hello, base, binary):
    cases, seed = int(os.environ.get("CASES", 2000)), int(os.environ.get("SEED", 1))
    rng = random.Random(seed)
    root = peer.prepare(base, binary, "xinetd")
    subprocess.run(["mount", "--rbind", "/proc", f"{root}/proc"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for path, name in ((hello, "hello"), (gatehoused, "gatehoused"), (clock, "clock.so")):
        shutil.copy(path, f"{root}/{name}")
    done, bad, alike, more, rounds = 0, 0, 0, 0, 0
    while done < cases:
        rounds += 1
        services, text = {}, "defaults\n{\ncps = 1000000 1\ninstances = UNLIMITED\nlog_type = FILE /log\n}\n"
        for number in range(SERVICES):
            port = PORT + 2 * SERVICES * (rounds % 20) + number
            odd = rng.random() < 0.3
            services[port] = [Window(rng, odd and rng.random() < 0.6) for _ in range(rng.randint(1, 3))]
            text += (f"service s{number}\n{{\ntype = UNLISTED\nsocket_type = stream\nprotocol = tcp\nwait = no\nuser = root\n"
                     f"port = {port}\nserver = /hello\naccess_times = {' '.join(w.text for w in services[port])}\n}}\n")
        peer.write(f"{root}/etc/xinetd.conf", text)
        moments = []
        for _ in range(min(500, cases - done)):
            port = rng.choice(list(services))
            window = rng.choice(services[port])
            minute = rng.choice([window.start, window.end, rng.randrange(24 * 60)]) + rng.choice([-1, 0, 0, 1])
            # Not at a minute's last seconds: the clock goes on.
            moments.append((port, calendar.timegm((2030, 1, rng.randint(1, 28), 0, 0, 0)) + minute * 60 + rng.randrange(40)))
        with open(f"{root}/clock", "wb") as f:
            f.write(struct.pack("=q", 0))
        real = ask(root, ["/usr/sbin/xinetd", "-f", "/etc/xinetd.conf", "-dontfork", "-filelog", "/log", "-pidfile", "/pid"],
                   services, moments, lambda: "Started working" in peer.read(f"{root}/log"))
        ours = ask(root, ["/gatehoused", "--foreground", "--control", "/run/control", "--pidfile", "/run/pid", "--filelog", "/log",
                          "-f", "/etc/xinetd.conf"], services, moments, lambda: os.path.exists(f"{root}/run/control"))
        if real is None or ours is None:
            print("# a server ended:", peer.read(f"{root}/out")[-300:], peer.read(f"{root}/log")[-300:])
            bad, done = bad + 1, cases
            break
        for port, moment in moments:
            at = time.gmtime(moment)
            said = any(w.has((at.tm_wday + 1) % 7, at.tm_hour * 60 + at.tm_min) for w in services[port])
            odd = any(w.odd for w in services[port])
            answers = real[port, moment], ours[port, moment]
            done += 1
            if answers[1] == ("+" if said else "-") and (answers[0] == answers[1] or (odd and answers[0] == "x")):
                alike += answers[0] == answers[1]
                more += answers[0] != answers[1]
                continue
            bad += 1
            if bad < 10:
                print(f"# {time.strftime('%a %H:%M:%S', at)}, {[w.text for w in services[port]]}: xinetd", answers[0], "ours", answers[1],
                      "manual", said)
    print(f"# {done} questions, {alike} answered alike, {more} where xinetd did not start the service (access-times), {bad} wrong")
    good = not bad and alike and more
    print(f"{'' if good else 'not '}ok 1 - times: access_times as xinetd or as documented")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(lists.run(compare, __file__))
