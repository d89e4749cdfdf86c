"""The verbs under test: from which host each starts, what may be current after it, and what must work afterwards."""

from world import current_tree, state_of


class Verb:
    """One verb. `follow` yields the normal commands after a case, each with the exit codes that are well."""

    def __init__(self, name, template, arguments, trees, follow, absent=False):
        self.name = name
        self.template = template
        self.arguments = arguments
        self.trees = trees
        self.follow = follow
        self.absent = absent


def facts_of(world):
    """The trees and states that the templates were made with."""
    old, new = world.template("installed"), world.template("updated")
    return {"old": current_tree(old), "new": current_tree(new), "one": state_of(old), "two": state_of(new)}


def make_verbs(world):
    """All verbs that this program has, by name."""
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
    if has_prune(world):
        verbs.append(Verb("prune", "littered", ["prune", "--yes"], {new: [two]}, again(["prune", "--yes"])))
    return {verb.name: verb for verb in verbs}


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
