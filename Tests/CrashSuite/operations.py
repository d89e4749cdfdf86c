"""What goes wrong around a verb: a second process, a dead holder of a lock, a full disk, a busy state folder."""

import concurrent.futures
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from cases import go_on, question
from check_host import HostCheck
from world import PLUGIN, home_of

LOCKED = 50


class Result:
    """What became of one operation, in the form of a case's outcome."""

    def __init__(self, name):
        self.name = name
        self.problems = []
        self.skipped = None

    def require(self, holds, sentence):
        if not holds:
            self.problems.append(sentence)


def place(world, verb, name):
    return world.copy(world.template(verb.template), os.path.join(world.folder, "operation-" + name))


def check(world, verb, host, stage, result):
    for sentence in HostCheck(question(world, verb, host, stage)).run():
        result.problems.append("%s: %s" % (stage, sentence))


def finish(world, verb, host, result):
    """The verb itself must work afterwards, and leave nothing behind."""
    go_on(world, verb, host, result)
    shutil.rmtree(host, ignore_errors=True)
    return result


def two_at_once(world, verbs, first, second, number):
    """Two processes start together: each ends well or is told who holds the lock, and the host is never broken."""
    one, two = verbs[first], verbs[second]
    result = Result("%s beside %s" % (first, second))
    host = place(world, one, "two-%s-%s-%d" % (first, second, number))
    rest = random.Random(number).uniform(0, 0.15)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        early = pool.submit(world.run, host, *one.arguments)
        time.sleep(rest)
        late = pool.submit(world.run, host, *two.arguments)
        ends = [early.result(), late.result()]
    for end in ends:
        # Whoever comes second may find its work done, the plugin elsewhere, or the lock taken.
        well = end.returncode in (0, 1, LOCKED)
        result.require(well, "ended with %d: %s" % (end.returncode, end.stderr.decode(errors="replace")[-300:]))
    result.require(any(end.returncode == 0 for end in ends), "neither of the two went through")
    check(world, one, host, "cut", result)
    return finish(world, one, host, result)


def holder_of(path):
    """A process that holds a lock until it is killed; returns when it has it."""
    script = "import fcntl,sys,time; f=open(sys.argv[1],'a+'); fcntl.flock(f, 2); print(1, flush=True); time.sleep(600)"
    process = subprocess.Popen([sys.executable, "-c", script, path], stdout=subprocess.PIPE)
    process.stdout.readline()
    return process


def killed_holder(world, verbs, name, lock):
    """While somebody holds the lock the verb says so and changes nothing; when he dies it works at once."""
    verb = verbs[name]
    result = Result("%s while %s is held" % (name, lock))
    host = place(world, verb, "held-" + name)
    holder = holder_of(os.path.join(host, lock))
    try:
        end = world.run(host, *verb.arguments)
        errors = end.stderr.decode(errors="replace")
        result.require(end.returncode == LOCKED, "held, it ended with %d: %s" % (end.returncode, errors[-300:]))
        result.require("locked by" in errors, "it does not say who holds the lock: " + errors[-300:])
        check(world, verb, host, "cut", result)
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    return finish(world, verb, host, result)


def full_disk(world, verbs, name, spare):
    """A disk of memory that is really full."""
    verb = verbs[name]
    result = Result("%s with %d KiB left" % (name, spare))
    if os.geteuid() != 0:
        result.skipped = "a disk can be mounted by root alone"
        return result
    disk = tempfile.mkdtemp(prefix="serin-full-")
    try:
        mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk]
        mounting = subprocess.run(mount, capture_output=True, check=False)
        if mounting.returncode != 0:
            result.skipped = "no disk can be mounted here"
            return result
        host = world.copy(world.template(verb.template), os.path.join(disk, "host"))
        fill(disk, spare)
        end = world.run(host, *verb.arguments)
        errors = end.stderr.decode(errors="replace")
        result.require(end.returncode in (0, 73), "ended with %d: %s" % (end.returncode, errors[-300:]))
        check(world, verb, host, "cut", result)
        os.remove(os.path.join(disk, "ballast"))
        return finish(world, verb, host, result)
    finally:
        subprocess.run(["umount", disk], capture_output=True, check=False)
        shutil.rmtree(disk, ignore_errors=True)


def fill(disk, spare):
    """Leaves so many KiB free."""
    free = os.statvfs(disk)
    with open(os.path.join(disk, "ballast"), "wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(4096, free.f_bavail * free.f_frsize - spare * 1024))


def busy_state(world, verbs, name, number):
    """The plugin goes on writing while its state is copied: a copy of some moment, or a refusal."""
    verb = verbs[name]
    result = Result("%s while the state changes" % name)
    host = place(world, verb, "busy-%s-%d" % (name, number))
    state = os.path.join(home_of(host), "state")
    churn = ("import os,random,sys\nr=random.Random(%d)\nwhile True:\n"
             "  p=os.path.join(sys.argv[1],'f%%d'%%r.randrange(30))\n"
             "  try:\n"
             "    k=r.randrange(4)\n"
             "    if k==0: open(p,'w').write('x'*r.randrange(9000))\n"
             "    elif k==1: os.remove(p)\n"
             "    elif k==2: os.symlink('/etc/passwd',p)\n"
             "    else: os.rename(p,p+'r')\n"
             "  except OSError: pass\n") % number
    process = subprocess.Popen([sys.executable, "-c", churn, state], stderr=subprocess.DEVNULL)
    try:
        end = world.run(host, *verb.arguments)
    finally:
        process.kill()
        process.wait()
    errors = end.stderr.decode(errors="replace")
    result.require(end.returncode in (0, 1), "ended with %d: %s" % (end.returncode, errors[-300:]))
    current = os.path.realpath(os.path.join(home_of(host), "current"))
    result.require(os.path.basename(current) in verb.trees, "current leads to %s" % current)
    check_links(home_of(host), result)
    end = world.run(host, "verify", "counter")
    result.require(end.returncode == 0, "verify ended with %d" % end.returncode)
    end = world.run(host, *verb.follow(host)[0][0])
    result.require(end.returncode == 0,
                   "afterwards it ended with %d: %s" % (end.returncode, end.stderr.decode()[-300:]))
    shutil.rmtree(host, ignore_errors=True)
    return result


def check_links(home, result):
    """A link in the state is copied as a link: what it leads to must not be in any copy."""
    with open("/etc/passwd", "rb") as file:
        secret = file.read()
    for folder, _, files in os.walk(os.path.join(home, "snapshots")):
        for name in files:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                with open(path, "rb") as file:
                    result.require(file.read() != secret, "%s is a copy of what a link led to" % path)


def all_operations(verbs, brief):
    """Every operation as a function of a world; a brief run takes one of each kind."""
    switches = [name for name in ("rollback", "activate", "prune") if name in verbs]
    pairs = [("rollback", "rollback"), ("activate", "activate"), ("rollback", "activate"), ("install", "install")]
    if "prune" in verbs:
        pairs += [("rollback", "prune"), ("activate", "prune"), ("install", "prune")]
    plugin_lock = os.path.join("plugins", PLUGIN, "lock")
    found = []
    for number in range(1 if brief else 10):
        found += [lambda world, a=a, b=b, n=number: two_at_once(world, verbs, a, b, n) for a, b in pairs]
        found += [lambda world, v=v, n=number: busy_state(world, verbs, v, n) for v in ("activate", "rollback-keep")]
    held = [("rollback", plugin_lock), ("activate", plugin_lock),
            ("activate", os.path.join("plugins", PLUGIN, "update.lock")), ("install", "lock")]
    found += [lambda world, v=v, l=l: killed_holder(world, verbs, v, l) for v, l in held]
    for spare in (0, 16) if brief else (0, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256):
        found += [lambda world, v=v, s=spare: full_disk(world, verbs, v, s) for v in ["install", *switches]]
    return found
