"""The verbs under test: from which host each starts, what may be current after it, and what must work afterwards."""

import os
import shutil

from host_parts import Problems, check_journal
from world import PLUGIN, current_tree, home_of, read_report, state_of


class Verb:
    """One verb. `follow` yields the normal commands after a case, each with the exit codes that are well."""

    def __init__(self, name, template, arguments, trees, follow, absent=False, below="", faults=None):
        self.name = name
        self.template = template
        self.arguments = arguments
        self.trees = trees
        self.follow = follow
        self.absent = absent
        self.below = below  # only calls on paths that begin like this
        self.faults = faults  # only these faults; None for all


def facts_of(world):
    """The trees and states that the templates were made with."""
    old, new = world.template("installed"), world.template("updated")
    return {"old": current_tree(old), "new": current_tree(new), "one": state_of(old), "two": state_of(new)}


def make_verbs(world, recoveries=None):
    """All verbs that this program has, by name; `recoveries` chooses some of the points from which to recover."""
    facts = facts_of(world)
    old, new, one, two = facts["old"], facts["new"], facts["one"], facts["two"]
    empty = {new: [state_of_nothing()], old: [state_of_nothing()]}
    update = ["update", "counter", "--soak", "1s"]
    install = world.install_command()

    def again(arguments, codes=(0,)):
        return lambda host: [(arguments, codes)]

    def after_rollback(host):
        # A hold keeps 1.1.0 away from updates, so the normal way on is another rollback; it recovers first.
        if current_tree(host) == new:
            return [(["rollback", "counter"], (0,))]
        return [(["rollback", "counter", "--to", "1.1.0"], (0,)), (["verify", "counter"], (0,))]

    verbs = [
        Verb("install", "fresh", install, empty, after_install(install), absent=True),
        Verb("update", "waiting", update, {old: [one], new: [one]}, again(update)),
        Verb("activate", "soaked", update, {old: [one], new: [one]}, again(update)),
        Verb("rollback", "updated", ["rollback", "counter"], {new: [two], old: [one]}, after_rollback),
        Verb("rollback-keep", "updated", ["rollback", "counter", "--keep-state"], {new: [two, one], old: [two, one]},
             after_rollback),
    ]
    # Removed, and installed again with the data that stayed.
    verbs.append(Verb("remove", "updated", ["remove", "counter"], {new: [two], old: [one]},
                      lambda host: [(["remove", "counter"], (0,)), (install, (0,))], absent=True))
    if has_prune(world):
        verbs.append(Verb("prune", "littered", ["prune"], {new: [two]}, again(["prune"])))
    trees = {new: [two], old: [one]}
    for template in recovery_templates(world, recoveries):
        # `run` recovers before it starts the plugin.
        verbs.append(Verb(template.replace("recovering", "recovery"), template, ["run", "counter"], trees,
                          after_rollback, below=os.path.join("plugins", PLUGIN), faults=("kill-before", "kill-after")))
    # A budget of time meets the quick ones first; an update soaks for a second in each case.
    order = ["rollback", "activate", "recovery", "prune", "install", "remove", "rollback-keep", "update"]
    verbs.sort(key=lambda verb: order.index("recovery" if verb.name.startswith("recovery") else verb.name))
    return {verb.name: verb for verb in verbs}


def recovery_templates(world, choose):
    """Hosts on which a rollback was killed at a call that left it open, one for each such call."""
    report = os.path.join(world.folder, "report")
    trial = world.copy(world.template("updated"), os.path.join(world.folder, "trial"))
    world.run(trial, "rollback", "counter", injecting=("count", 0, report))
    calls = [path for _, path in read_report(report)[0]]
    journal = [index for index, path in enumerate(calls, 1) if path.endswith("/journal")]
    points = range(journal[0], journal[-1] + 1)
    found = []
    for call in choose(points) if choose else points:
        name = "recovering-%d" % call
        if not os.path.exists(world.template(name)):
            host = world.copy(world.template("updated"), trial)
            world.run(host, "rollback", "counter", injecting=("kill-before", call, report))
            if check_journal(os.path.join(home_of(host), "journal"), Problems()) is None:
                continue
            os.rename(host, world.template(name))
        found.append(name)
    shutil.rmtree(trial, ignore_errors=True)
    return found


def after_install(install):
    def follow(host):
        # Cut after the switch and before the ledger, it may go on; cut after both, it says that it is there already.
        return [(install, (0, 1)), (["list"], (0,)), (["verify", "counter"], (0,))]
    return follow


def state_of_nothing():
    import hashlib
    return hashlib.sha256(b"[]").hexdigest()


def has_prune(world):
    return world.run(world.template("none"), "prune", "--dry-run").returncode != 64
