#!/usr/bin/env python3
"""Our word for every unit against the real `systemctl --root=DIR is-enabled`, on trees that change.

usage: systemd.py UNITDUMP [SEED [ROUNDS]]

Trees: one of made-up units of every kind, and, when GATEHOUSE_ROOTS/systemd is a Debian root, a
copy of its unit folders. Each round changes a tree a few times, by systemctl's own verbs and by
hand, and then compares all names. TAP; skips without systemctl. What differs is left out only
where it is listed below with its reason.
"""
import glob
import os
import random
import shutil
import subprocess
import sys
import tempfile

DUMP = sys.argv[1]
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 20
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 40
DIRS = ["etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system",
        "etc/systemd/system.control", "run/systemd/generator", "run/systemd/transient", "run/systemd/generator.late"]
VENDOR = "usr/lib/systemd/system"
DEBIAN = os.path.join(os.environ.get("GATEHOUSE_ROOTS", "/nonexistent"), "systemd")
random.seed(SEED)


def find_systemctl():
    """This machine's, or the Debian root's with the libraries it has there; [] when there is none."""
    if shutil.which("systemctl"):
        return ["systemctl"]
    libraries = sorted(glob.glob(DEBIAN + "/usr/lib/*-linux-gnu*"))
    loaders = sorted(glob.glob(DEBIAN + "/lib64/ld-*") + glob.glob(DEBIAN + "/lib/ld-*"))
    if not libraries or not loaders:
        return []
    path = ":".join(libraries + [folder + "/systemd" for folder in libraries])
    return [loaders[0], "--library-path", path, DEBIAN + "/usr/bin/systemctl"]


SYSTEMCTL = find_systemctl()


def run(*command):
    # The mutations may well fail: what counts is that both sides see the same tree after.
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "SYSTEMD_LOG_LEVEL": "crit",
                          "SYSTEMCTL_SKIP_SYSV": "1"})


def write(root, path, text):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.lexists(path):
        os.unlink(path)
    with open(path, "w") as f:
        f.write(text)


def link(root, target, path):
    path = os.path.join(root, path)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(target, path)
    except (FileExistsError, NotADirectoryError):
        pass


def kinds(name):
    if "@." in name:
        return "template"
    return "instance" if "@" in name else "plain"


def install_section(name):
    """A random [Install] section that fits the name, or none."""
    lines = []
    ending = name.rsplit(".", 1)[1]
    if random.random() < 0.6:
        lines.append("WantedBy=" + random.choice(["multi-user.target", "sockets.target timers.target", "%p.target"]))
    if random.random() < 0.2:
        lines.append("RequiredBy=other.service")
    if random.random() < 0.3:
        lines.append("Alias=" + (f"also-{name}" if kinds(name) != "template"
                                 else random.choice([f"also-{name}", f"also-{name.replace('@.', '@x.')}"])))
    if random.random() < 0.3:
        lines.append("Also=" + random.choice(["b.socket", "a.service c.timer"]))
    if "@." in name and random.random() < 0.5:
        lines.append("DefaultInstance=" + random.choice(["x", "tty1"]))
    if random.random() < 0.1:
        lines.insert(random.randrange(len(lines) + 1), "WantedBy=")
    text = "\n".join(lines)
    return f"[Install]\n{text}\n" if lines and ending else ""


def unit_text(name):
    return f"[Unit]\nDescription={name}\n[Service]\nExecStart=/bin/true\n" + install_section(name)


def make_tree(root):
    for name in ["multi-user.target", "sockets.target", "timers.target", "default.target"]:
        write(root, f"{VENDOR}/{name}", "[Unit]\nDescription=x\n")
    for name in ["a.service", "b.service", "b.socket", "c.timer", "c.service", "d.path", "e.service", "other.service",
                 "f@.service", "g@.service", "g@.socket", "h-i-j.service", "k.mount", "l.target", "m@.service",
                 "m@one.service", "n.service", "o.service", "p.service", "q.socket"]:
        write(root, f"{VENDOR}/{name}", unit_text(name))


def copy_tree(root, source):
    os.makedirs(os.path.join(root, "usr/lib/systemd"))
    for name in ["etc/systemd", "usr/lib/systemd/system", "usr/lib/systemd/system-preset"]:
        if os.path.isdir(os.path.join(source, name)):
            shutil.copytree(os.path.join(source, name), os.path.join(root, name), symlinks=True, dirs_exist_ok=True)
    os.symlink("usr/lib", os.path.join(root, "lib"))


def names_of(root):
    found = set()
    for folder in DIRS:
        path = os.path.join(root, folder)
        if os.path.isdir(path):
            found.update(n for n in os.listdir(path) if not os.path.isdir(os.path.join(path, n)) or
                         os.path.islink(os.path.join(path, n)))
    return sorted(n for n in found if "." in n and not n.endswith((".wants", ".requires", ".d")))


# Changes ----------------------------------------------------------------------------------

def some_name(names):
    name = random.choice(names)
    if "@." in name and random.random() < 0.6:
        name = name.replace("@.", random.choice(["@x.", "@tty1.", "@y."]))
    return name


def by_systemctl(root, names):
    verb = random.choice(["enable", "enable", "enable", "disable", "mask", "unmask", "preset", "add-wants",
                          "add-requires", "revert", "link"])
    arguments = [some_name(names)]
    if verb.startswith("add-"):
        arguments.insert(0, random.choice(["multi-user.target", "l.target", "b.service"]))
    if verb == "link":
        text = some_name(names)
        write(root, f"opt/{text}", unit_text(text))
        arguments = [f"/opt/{text}"]
    options = [o for o in ["--runtime", "--force"] if random.random() < 0.25]
    run(*SYSTEMCTL, f"--root={root}", "--quiet", *options, verb, *arguments)


def by_hand_link(root, names):
    """An alias, wants link or linked unit that somebody made with ln."""
    name, other, folder = some_name(names), some_name(names), random.choice(DIRS)
    where = random.choice([folder, f"{folder}/multi-user.target.wants", f"{folder}/b.service.requires"])
    own = random.choice([name, other, f"also-{name}"])
    target = random.choice([f"/usr/lib/systemd/system/{name}", f"../{name}", name, f"/opt/{name}", f"/etc/systemd/system/{name}",
                            "/dev/null"])
    if target == f"/opt/{name}" and random.random() < 0.8:
        write(root, f"opt/{name}", unit_text(name))
    link(root, target, f"{where}/{own}")


def by_hand_file(root, names):
    name = some_name(names)
    write(root, f"{random.choice(DIRS)}/{name}", random.choice(["", unit_text(name), unit_text(name), "# only a comment\n"]))


def by_hand_drop_in(root, names):
    name, folder = some_name(names), random.choice(DIRS)
    write(root, f"{folder}/{name}.d/{random.choice('xyz')}.conf",
          random.choice([install_section(name), "[Install]\nWantedBy=\nRequiredBy=\nAlias=\n", "", "[Unit]\nWants=b.service\n"]))


def by_hand_remove(root, names):
    every = []
    for folder in DIRS:
        if folder == VENDOR and random.random() < 0.7:
            continue
        for base, _, files in os.walk(os.path.join(root, folder)):
            every += [os.path.join(base, f) for f in files]
    if every:
        os.unlink(random.choice(sorted(every)))


def change(root):
    names = names_of(root)
    random.choice([by_systemctl] * 6 + [by_hand_link] * 3 + [by_hand_file, by_hand_drop_in, by_hand_remove])(root, names)


# Comparison -------------------------------------------------------------------------------

def theirs(root, names):
    """One call for all; systemctl stops at the first it cannot tell, which is then asked alone."""
    states = {}
    todo = list(names)
    while todo:
        lines = run(*SYSTEMCTL, f"--root={root}", "is-enabled", "--", *todo).stdout.split("\n")[:-1]
        for name, state in zip(todo, lines):
            states[name] = state
        if len(lines) < len(todo):
            states[todo[len(lines)]] = "not found"
        todo = todo[len(lines) + 1:]
    return states


def ours(root):
    output = run(DUMP, "--root", root)
    if output.returncode:
        return None
    return dict(line.split("\t") for line in output.stdout.splitlines())


def compare(root, say):
    mine = ours(root)
    if mine is None:
        say("unitdump failed")
        return 0, 1
    real = theirs(root, sorted(mine))
    wrong = [n for n in mine if mine[n] != real[n]]
    for name in wrong[:10]:
        say(f"{name}: ours {mine[name]}, systemctl {real[name]}")
        out = run("find", root, "-name", f"*{name}*", "-printf", "%P -> %l\n").stdout
        for line in out.splitlines():
            say(f"    {line}")
    return len(mine), len(wrong)


def test(number, title, make, rounds):
    compared = wrong = 0
    say = lambda text: print(f"# {text}")
    root = None
    for i in range(rounds):
        if root is None or i % 10 == 0:
            if root:
                shutil.rmtree(root)
            root = tempfile.mkdtemp(prefix="gatehouse-units.")
            make(root)
        else:
            for _ in range(random.randrange(1, 8)):
                change(root)
        n, bad = compare(root, say)
        compared += n
        wrong += bad
        if wrong:
            say(f"seed {SEED}, round {i}; the tree stays in {root}")
            break
    else:
        shutil.rmtree(root)
    print(f"{'not ok' if wrong else 'ok'} {number} - {title}: {compared} states compared, {wrong} differ")
    return wrong


def main():
    print("TAP version 13")
    if not SYSTEMCTL:
        print("1..0 # SKIP needs root, cap_sys_admin and a mirror for a Debian root, or systemctl (package systemd)")
        return 0
    print("1..2")
    wrong = test(1, "made-up units", make_tree, ROUNDS)
    if os.path.isdir(os.path.join(DEBIAN, "usr/lib/systemd/system")):
        wrong += test(2, "a Debian root", lambda root: copy_tree(root, DEBIAN), ROUNDS)
    else:
        print("ok 2 - a Debian root # SKIP needs root, cap_sys_admin and a mirror for a Debian root")
    return 1 if wrong else 0


sys.exit(main())
