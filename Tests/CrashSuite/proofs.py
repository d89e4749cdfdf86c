"""Proofs that the suite at the command line can fail, and that it misses no call.

Each lie leaves one call of a rollback out and tells the program that it was done; the checker must notice. Where strace
is here, the calls that it sees are compared with those that `inject` counted.
"""

import os
import re
import shutil
import subprocess

from cases import count_calls, run_case
from world import read_report

# Calls of a rollback whose loss must show: what to look for in its list. What the program itself would notice, because
# the next call fails, is no lie to be found out.
LIES = [("rename", "/current"), ("rename", "/state"), ("rename", "/snapshots/2"), ("rename", "/2.partial/state"),
        ("write", "/state.next/counter"), ("write", "/2.partial/snapshot.json")]


def lies(world, verbs):
    """How many lies were told, and how many of them nobody noticed."""
    verb = verbs["rollback"]
    calls = count_calls(world, verb)
    unnoticed = 0
    for name, ending in LIES:
        found = [index for index, (call, path) in enumerate(calls, 1) if call == name and path.endswith(ending)]
        outcome = run_case(world, verb, "lie", found[0], "lie")
        print("left out: %s %s: %s" % (name, ending, outcome.problems[0] if outcome.problems else "nobody noticed"))
        unnoticed += not outcome.problems
    return len(LIES), unnoticed


def compare_with_strace(world, verbs):
    """The difference between the calls that strace sees and those that were counted; None without strace."""
    strace = shutil.which("strace")
    if strace is None:
        return None
    verb = verbs["rollback"]
    report = os.path.join(world.folder, "report")
    log = os.path.join(world.folder, "strace.log")
    counted_host = world.copy(world.template(verb.template), os.path.join(world.folder, "counted"))
    world.run(counted_host, *verb.arguments, injecting=("count", 0, report))
    counted = [name for name, _ in read_report(report)[0]]
    host = world.copy(world.template(verb.template), os.path.join(world.folder, "traced"))
    names = "openat,write,pwrite64,fsync,fdatasync,syncfs,ftruncate,rename,unlink,unlinkat,mkdir,rmdir,symlink,chmod," \
            "linkat,ioctl"
    command = [strace, "-f", "-qq", "-y", "-o", log, "-e", "trace=" + names, world.serin, *verb.arguments]
    subprocess.run(command, env=world.environment(host), cwd=world.folder, stdin=subprocess.DEVNULL,
                   capture_output=True, check=True)
    seen = []
    with open(log, encoding="utf-8", errors="replace") as file:
        for line in file:
            match = re.match(r"\d+ +(\w+)\((.*)", line)
            if match and host in match.group(2) and changes(match.group(1), match.group(2)):
                seen.append(match.group(1))
    return sorted(seen), sorted(counted)


def changes(name, rest):
    if name == "openat":
        return re.search(r"O_CREAT|O_TRUNC|O_WRONLY|O_RDWR", rest) is not None
    return name != "ioctl" or "FICLONE" in rest


def prove(world, verbs):
    """All proofs; returns how many failed."""
    told, unnoticed = lies(world, verbs)
    print("crash suite: %d calls left out, %d of them unnoticed" % (told, unnoticed))
    compared = compare_with_strace(world, verbs)
    if compared is None:
        print("crash suite: strace is not here, nothing to compare the count with")
        return unnoticed
    print("crash suite: strace saw %d calls, %d were counted" % (len(compared[0]), len(compared[1])))
    return unnoticed + (compared[0] != compared[1])
