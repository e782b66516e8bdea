"""What the tests of a server under load share: TAP, the server in namespaces of its own, clients,
and what its processes hold. BUILD in the environment is where everything was built."""
import glob
import os
import shutil
import signal
import subprocess
import sys
import time

BUILD = os.environ.get("BUILD") or os.path.realpath(f"{os.path.dirname(__file__)}/../../build")
TMP = "/mnt"  # a tmpfs, in our own mount namespace
HELLO = TMP + "/hello"
count = bad = 0


def ok(fine, name, *notes):
    global count, bad
    count += 1
    bad += not fine
    print(f"{'ok' if fine else 'not ok'} {count} - {name}")
    for note in () if fine else notes:
        print("# " + str(note).replace("\n", "\n# "))
    sys.stdout.flush()


def note(text):
    print(f"# {text}")
    sys.stdout.flush()


def finish():
    print(f"1..{count}")
    sys.exit(1 if bad else 0)


def enter():
    """Called first: everything after it happens in namespaces that end with us."""
    if "--inside" not in sys.argv:
        if os.geteuid() != 0:
            print("1..0 # SKIP root")
            sys.exit(0)
        os.execvp("unshare", ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", sys.executable,
                              *sys.argv, "--inside"])
    for words in (["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", TMP], ["mount", "-t", "proc", "proc", "/proc"],
                  ["ip", "link", "set", "lo", "up"],
                  ["sysctl", "-qw", "net.ipv4.ip_local_port_range=20000 65000", "net.core.somaxconn=8192"]):
        subprocess.run(words, check=True)
    os.makedirs(TMP + "/up")
    os.makedirs(TMP + "/w")
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/etc,upperdir={TMP}/up,workdir={TMP}/w", "/etc"],
                   check=True)
    write("/etc/hosts.allow", "")
    write("/etc/hosts.deny", "")
    shutil.copy(f"{BUILD}/tests/hello", HELLO)


def write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    os.chmod(path, 0o644)
    return path


def service(name, port, how=f"user = nobody\n\tserver = {HELLO}", more="\tflags = NOLIBWRAP\n"):
    """One entry of xinetd.conf; no limits but those in more."""
    return (f"service {name}\n{{\n\ttype = {'INTERNAL ' if 'server' not in how and 'redirect' not in how else ''}UNLISTED"
            f"\n\tid = {name}-{port}\n\tsocket_type = stream\n\tprotocol = tcp\n\twait = no\n\tport = {port}\n\t{how}\n"
            f"\tinstances = UNLIMITED\n\tper_source = UNLIMITED\n\tcps = 1000000 1\n{more}}}\n")


class Server:
    def __init__(self, text):
        self.config = write(f"{TMP}/conf", text)
        self.process = None

    def start(self, ports=()):
        with open(f"{TMP}/out", "ab") as out:
            self.process = subprocess.Popen([f"{BUILD}/gatehoused", "--foreground", "-f", self.config, "--control",
                                             f"{TMP}/control"], stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        return self.listens(ports)

    def listens(self, ports):
        end = time.monotonic() + 10
        while time.monotonic() < end and self.process.poll() is None:
            if set(ports) <= listening().keys():
                return True
            time.sleep(0.02)
        return False

    def reload(self, text=None):
        if text is not None:
            write(self.config + ".new", text)
            os.rename(self.config + ".new", self.config)
        os.kill(self.process.pid, signal.SIGHUP)

    def said(self):
        with open(f"{TMP}/out", encoding="utf-8", errors="replace") as f:
            return f.read()[-2000:]


def clients(*words, background=False, stdin=None, errors=None, session=False):
    process = subprocess.Popen([f"{BUILD}/tests/clients", *map(str, words)], stdout=subprocess.PIPE, stdin=stdin,
                               stderr=errors, text=True, start_new_session=session)
    return process if background else outcome(process)


def outcome(process):
    words = process.communicate()[0].split()
    return {key: float(value) for key, value in zip(words[::2], words[1::2])}


def errors_of(got):
    return {k: int(v) for k, v in got.items() if k in ("refused", "reset", "short", "timeout", "other") and v}


def listening():
    """Port -> inodes of its listening TCP sockets."""
    found = {}
    for path in "/proc/net/tcp", "/proc/net/tcp6":
        with open(path, encoding="ascii") as f:
            next(f)
            for line in f:
                words = line.split()
                if words[3] == "0A":
                    found.setdefault(int(words[1].rsplit(":", 1)[1], 16), set()).add(words[9])
    return found


def read(path):
    try:
        with open(path, encoding="ascii", errors="replace") as f:
            return f.read()
    except OSError:
        return ""


def processes():
    """pid -> (parent, state, program) of all but ourselves, in this pid namespace."""
    found = {}
    for path in glob.glob("/proc/[0-9]*"):
        words = read(path + "/stat").rsplit(")", 1)
        if len(words) == 2:
            try:
                exe = os.readlink(path + "/exe")
            except OSError:
                exe = ""
            state, parent = words[1].split()[:2]
            found[int(path[6:])] = (int(parent), state, exe)
    return found


def ours():
    """pids of the server's own processes."""
    return sorted(pid for pid, (_, state, exe) in processes().items() if exe.endswith("/gatehoused") and state != "Z")


def zombies():
    return [pid for pid, (_, state, _) in processes().items() if state == "Z"]


def descriptors(pid):
    """Where each goes; sockets by their inode."""
    found = []
    for path in glob.glob(f"/proc/{pid}/fd/*"):
        try:
            found.append(os.readlink(path))
        except OSError:
            pass
    return found


def rss_kib(pid):
    for line in read(f"/proc/{pid}/status").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    return 0
