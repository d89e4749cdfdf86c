"""One case: a verb, a call, a fault; what it left is checked, then the normal way on is taken and checked again."""

import errno
import json
import os
import shutil
import subprocess

from check_host import HostCheck
from world import PLUGIN, age, read_report

KILLS = ("kill-before", "kill-after")
ERRORS = ("ENOSPC", "EIO", "EDQUOT", "EMFILE", "EINTR")
FAULTS = KILLS + ERRORS + ("short",)
# Full disks and used up quotas have a code of their own.
NO_SPACE = {"ENOSPC": 73, "EDQUOT": 73}
# What a refused call may end in: every code of the manual, and nothing a crash would give.
CODES = {0, 1, 20, 21, 22, 24, 30, 31, 32, 40, 50, 69, 73}


class Outcome:
    """What became of a case."""

    def __init__(self, verb, fault, call):
        self.verb, self.fault, self.call = verb, fault, call
        self.place = ""
        self.code = None
        self.kind = "reached"  # or "missed": the program made fewer calls; or "unfit": the call cannot be cut that way
        self.problems = []

    def record(self):
        return {"verb": self.verb, "fault": self.fault, "call": self.call, "place": self.place, "code": self.code,
                "kind": self.kind, "problems": self.problems}


def code_of(fault):
    return str(getattr(errno, fault)) if fault in ERRORS else fault


def question(world, verb, host, stage):
    return {"host": host, "plugin": PLUGIN, "keys": world.keys(), "trees": verb.trees, "absent": verb.absent,
            "stage": stage}


def run_case(world, verb, fault, call, slot):
    """Runs one case in a folder of its own."""
    outcome = Outcome(verb.name, fault, call)
    host = world.copy(world.template(verb.template), os.path.join(world.folder, "case-%s" % slot))
    report = host + ".report"
    try:
        result = world.run(host, *verb.arguments, injecting=(code_of(fault), call, report))
        calls, last = read_report(report)
        outcome.code = result.returncode
        outcome.kind = {"missed": "missed", "unfit": "unfit"}.get(last, "reached")
        outcome.place = "%s %s" % (calls[call - 1][0], os.path.relpath(calls[call - 1][1], host)) \
            if len(calls) >= call else ""
        check_end(outcome, result)
        add(outcome, "after the fault", HostCheck(question(world, verb, host, "cut")).run())
        go_on(world, verb, host, outcome)
    except (subprocess.TimeoutExpired, OSError) as error:
        outcome.problems.append("the case did not end: %s" % error)
    keep = outcome.problems and os.environ.get("SERIN_CRASH_KEEP")
    if not keep:
        shutil.rmtree(host, ignore_errors=True)
    return outcome


def add(outcome, when, sentences):
    outcome.problems += ["%s: %s" % (when, sentence) for sentence in sentences]


def check_end(outcome, result):
    """A killed program is dead; any other ends with a code of the manual and says in a sentence why."""
    errors = result.stderr.decode(errors="replace")
    if outcome.kind == "reached" and outcome.fault in KILLS:
        if result.returncode != 137:
            outcome.problems.append("it was killed and ended with %d" % result.returncode)
        return
    if result.returncode not in CODES:
        outcome.problems.append("it ended with %d: %s" % (result.returncode, errors[-300:]))
    elif result.returncode != 0 and "serin: " not in errors:
        outcome.problems.append("it ended with %d and did not say why" % result.returncode)
    if (outcome.kind == "missed" or outcome.fault in ("short", "EINTR")) and not is_known(outcome):
        if result.returncode != 0:
            outcome.problems.append("nothing refused anything, and it ended with %d: %s"
                                    % (result.returncode, errors[-300:]))
    wanted = NO_SPACE.get(outcome.fault)
    if wanted is not None and outcome.kind == "reached" and result.returncode not in (0, wanted) \
            and not is_known(outcome):
        outcome.problems.append("no space is code %d, not %d: %s" % (wanted, result.returncode, errors[-300:]))


def is_known(outcome):
    """What SQLite makes of refusals: every invariant must hold all the same, only the exit code is 1.

    It does not repeat an interrupted fdatasync, does not tell a used up quota from a broken disk when it writes, and
    opens a ledger that is there for reading alone when it may not be opened for writing.
    """
    name, _, path = outcome.place.partition(" ")
    if not path.startswith("ledger.sqlite"):
        return False
    return (outcome.fault, name) in (("EINTR", "fdatasync"), ("EDQUOT", "pwrite64"), ("ENOSPC", "openat"),
                                     ("EDQUOT", "openat"))


def go_on(world, verb, host, outcome):
    """The normal way on: it succeeds, and then nothing is left that was not there before."""
    for arguments, codes in verb.follow(host):
        result = world.run(host, *arguments)
        if result.returncode not in codes:
            outcome.problems.append("afterwards serin %s ended with %d: %s" % (
                " ".join(arguments), result.returncode, result.stderr.decode(errors="replace")[-300:]))
    stage = "settled"
    if world.has_prune:
        age(host)
        result = world.run(host, "prune")
        stage = "clean"
        if result.returncode != 0:
            outcome.problems.append("afterwards serin prune ended with %d: %s" % (
                result.returncode, result.stderr.decode(errors="replace")[-300:]))
    asked = question(world, verb, host, stage)
    asked["absent"] = False
    add(outcome, "after going on", HostCheck(asked).run())


def count_calls(world, verb, slot="count"):
    """How many calls of a verb change the host; each as (name, path)."""
    host = world.copy(world.template(verb.template), os.path.join(world.folder, "case-%s" % slot))
    report = host + ".report"
    result = world.run(host, *verb.arguments, injecting=("count", 0, report))
    calls, _ = read_report(report)
    shutil.rmtree(host)
    if result.returncode != 0:
        raise RuntimeError("%s does not even work undisturbed: %s" % (verb.name, result.stderr.decode()))
    return [(name, os.path.relpath(path, host)) for name, path in calls]


def load(path):
    """The results of earlier runs, by case."""
    found = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            for line in file:
                record = json.loads(line)
                found[(record["verb"], record["fault"], record["call"])] = record
    return found
