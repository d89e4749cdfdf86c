#!/usr/bin/python3
"""The crash suite at the command line: every verb, every system call that changes its host, every fault.

Prepares hosts once, copies one for each case, runs the verb below `inject`, checks what is left with a checker that
shares no code with the program, runs the normal command after it and checks again. Interrupted, it goes on where it
stopped when it is called with the same --work folder.
"""

import argparse
import concurrent.futures
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from cases import FAULTS, count_calls, load, run_case
from operations import all_operations
from proofs import prove
from verbs import has_prune, make_verbs
from world import World

HERE = os.path.dirname(os.path.realpath(__file__))


def span(text):
    """The numbers of "210" or "210-528"."""
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serin", required=True, help="the program under test")
    parser.add_argument("--work", help="a folder to keep hosts and results in (default: one that goes at the end)")
    parser.add_argument("--verb", action="append", help="only this verb (repeatable)")
    parser.add_argument("--fault", action="append", choices=FAULTS, help="only this fault (repeatable)")
    parser.add_argument("--call", type=span, help="only this call, or these: 210, 210-528")
    parser.add_argument("--sample", type=int,
                        help="so many cases of each verb, a quarter of that for the slow update, chosen by the seed")
    parser.add_argument("--seed", type=int, default=1, help="for --sample")
    parser.add_argument("--seconds", type=float, help="begin no case after so long")
    parser.add_argument("--recoveries", type=int, help="recover from so many points of a rollback only")
    parser.add_argument("--operations", choices=("all", "brief", "none", "only"), default="all",
                        help="two processes, held locks, full disks and busy states")
    parser.add_argument("--choose", type=int, help="only so many of the operations, chosen by the seed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="cases at a time")
    return parser.parse_args()


def compile_inject(folder):
    target = os.path.join(folder, "inject")
    compiler = shutil.which("clang") or shutil.which("cc")
    if compiler is None:
        sys.exit("crash: neither clang nor cc is here to compile inject.c")
    subprocess.run([compiler, "-O1", "-Wall", "-Werror", "-o", target, os.path.join(HERE, "inject.c")], check=True)
    return target


def plan(options, world, verbs):
    """The cases that are wanted, in the order of the verbs."""
    wanted = []
    for name, verb in verbs.items():
        if options.verb and name not in options.verb:
            continue
        calls = count_calls(world, verb)
        faults = [fault for fault in options.fault or FAULTS if fault in (verb.faults or FAULTS)]
        cases = [(name, fault, call) for call, (_, path) in enumerate(calls, 1) if path.startswith(verb.below)
                 for fault in faults]
        if options.call:
            cases = [case for case in cases if case[2] in options.call]
        if options.sample:
            count = max(1, options.sample // 4) if name == "update" else options.sample
            cases = random.Random("%d %s" % (options.seed, name)).sample(cases, min(count, len(cases)))
        print("%-14s %4d calls, %5d cases" % (name, len(calls), len(cases)), flush=True)
        wanted += cases
    return wanted


def perform(options, world, verbs, wanted, results):
    known = load(results)
    left = [case for case in wanted if case not in known]
    print("%d cases, %d of them known from an earlier run" % (len(wanted), len(wanted) - len(left)), flush=True)
    deadline = time.monotonic() + options.seconds if options.seconds else None
    lock = threading.Lock()

    def one(case):
        if deadline and time.monotonic() > deadline:
            return
        name, fault, call = case
        record = run_case(world, verbs[name], fault, call, threading.get_ident()).record()
        with lock:
            known[case] = record
            with open(results, "a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
            if record["problems"]:
                tell(record)

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(one, left))
    return [known[case] for case in wanted if case in known]


def operate(options, world, verbs):
    """The operations, one after the other; returns how many failed."""
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    kinds = {}
    operations = all_operations(verbs, options.operations == "brief")
    if options.choose is not None:
        operations = random.Random(options.seed).sample(operations, min(options.choose, len(operations)))
    for operation in operations:
        result = operation(world)
        kind = "skipped" if result.skipped else "failed" if result.problems else "passed"
        counts[kind] += 1
        kinds[(result.name, kind)] = kinds.get((result.name, kind), 0) + 1
        if kind != "passed":
            print("%s %s" % (kind.upper(), result.name))
            for problem in result.problems or [result.skipped]:
                print("    " + problem, flush=True)
    print()
    for (name, kind), count in sorted(kinds.items()):
        print("%-60s %3d %s" % (name, count, kind))
    print("crash suite: %(passed)d operations passed, %(failed)d failed, %(skipped)d skipped" % counts)
    return counts["failed"]


def tell(record):
    print("FAILED %(verb)s, %(fault)s at call %(call)d (%(place)s), exit %(code)s" % record)
    for problem in record["problems"]:
        print("    " + problem)
    print("    again: script/crash --verb %(verb)s --fault %(fault)s --call %(call)d" % record, flush=True)


def summarise(records, wanted):
    """The table of counts; returns how many failed."""
    print("\n%-14s %-12s %8s %8s %8s %8s" % ("verb", "fault", "passed", "failed", "missed", "unfit"))
    rows = sorted({(record["verb"], record["fault"]) for record in records})
    totals = [0, 0, 0, 0]
    for verb, fault in rows:
        own = [record for record in records if (record["verb"], record["fault"]) == (verb, fault)]
        failed = sum(bool(record["problems"]) for record in own)
        others = [sum(record["kind"] == kind and not record["problems"] for record in own)
                  for kind in ("reached", "missed", "unfit")]
        row = [others[0], failed, others[1], others[2]]
        totals = [total + count for total, count in zip(totals, row)]
        print("%-14s %-12s %8d %8d %8d %8d" % (verb, fault, *row))
    print("%-27s %8d %8d %8d %8d" % ("all", *totals))
    print("crash suite: %d of %d cases run, %d passed, %d failed, %d did not reach their call, %d unfit (no such write)"
          % (len(records), len(wanted), *totals))
    return totals[1]


def main():
    options = arguments()
    folder = options.work or tempfile.mkdtemp(prefix="serin-crash-")
    os.makedirs(folder, exist_ok=True)
    try:
        world = World(os.path.join(folder, "world"), os.path.realpath(options.serin), compile_inject(folder))
        world.make()
        world.has_prune = has_prune(world)
        choose = None
        if options.recoveries is not None:
            def choose(points):
                return random.Random(options.seed).sample(list(points), min(options.recoveries, len(points)))
        verbs = make_verbs(world, choose)
        failed = 0
        if options.operations != "only":
            wanted = plan(options, world, verbs)
            records = perform(options, world, verbs, wanted, os.path.join(folder, "results.jsonl"))
            failed += summarise(records, wanted)
        if options.operations != "none" and not options.call:
            failed += operate(options, world, verbs)
        if not options.verb and not options.call:
            failed += prove(world, verbs)
        return 1 if failed else 0
    finally:
        if not options.work:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
