#!/usr/bin/python3
"""Looks at a host's folder from outside and says what is wrong with it.

Shares no code with Serin: Python's standard library reads the files, `minisign` checks the signatures. One question as
JSON on the command line, or one a line on standard input with --serve; each answer is a JSON array of sentences, empty
when everything holds. A question:

  host     the folder; or, with --serve, a list of [path, kind, mode, content] from which the folder is made first,
           kind being "file", "folder", "link" or "same" (a hard link to the path that the content names)
  plugin   "io.github.acme/time"
  keys     minisign public keys (RW...) of which one must have signed every tree
  trees    {tree: [state, ...]}: what may be current, and with which state; a state is a digest as state_digest makes
           it, or {path: text}
  recorded further states that snapshots may hold
  absent   true when nothing may be current, too
  stage    "cut": whatever a kill or a power cut may leave
           "settled": an interrupted switch has been brought to its end
           "clean": besides, nothing is left that a finished run does not need
"""

import json
import os
import re
import sys
import tempfile

from host_parts import (Problems, check_journal, check_ledger, check_objects, check_tree, read_json, read_tree_name,
                        state_digest, state_texts)

# What lies in a host's folder and in a plugin's folder when nothing is going on. Everything else is a leftover.
HOST_NAMES = {"host-id", "lock", "repositories", "downloads", "objects", "plugins", "trash", "ledger.sqlite",
              "ledger.sqlite-wal", "ledger.sqlite-shm", "sandboxes", "canary", "quarantine", "agent.json", "agent.lock",
              "self"}
PLUGIN_NAMES = {"trees", "manifests", "snapshots", "state", "cache", "current", "last-known-good", "pinned",
                "candidate", "baseline", "unconfirmed", "journal", "lock", "update.lock", "undo", "sessions",
                "sessions.1", "running", "audit", "blocked", "serin-rescue", "rescued"}
# Folders that hold files only while something runs, with what they may keep.
EMPTY_FOLDERS = {"trash": (), "sandboxes": ("sandboxes/runtime.json",), "canary": ()}


class HostCheck:
    """One look at one host."""

    def __init__(self, question):
        self.host = question["host"]
        self.plugin = question["plugin"]
        self.home = os.path.join(self.host, "plugins", self.plugin)
        self.keys = question.get("keys", [])
        self.allowed = question["trees"]
        self.recorded = [state for states in self.allowed.values() for state in states] + question.get("recorded", [])
        self.absent = question.get("absent", False)
        self.stage = question["stage"]
        self.ledger = question.get("ledger", True)
        self.problems = Problems()

    def run(self):
        if not os.path.isdir(self.home):
            self.problems.require(self.absent, "the plugin's folder is gone")
        else:
            open_record = check_journal(os.path.join(self.home, "journal"), self.problems)
            current = self.check_current()
            self.check_trees()
            self.check_snapshots()
            self.check_state(current, open_record)
            if self.stage != "cut":
                self.problems.require(open_record is None, "the journal has an open record: %s" % (open_record,))
            if self.stage == "clean":
                self.check_leftovers()
        check_objects(os.path.join(self.host, "objects"), self.problems)
        self.check_downloads()
        if self.ledger:
            check_ledger(os.path.join(self.host, "ledger.sqlite"), self.problems)
        return self.problems.sentences

    # Promise 1: current resolves to a complete tree that a signed manifest describes, the old one or the new one.
    def check_current(self):
        link = os.path.join(self.home, "current")
        if not os.path.lexists(link):
            self.problems.require(self.absent, "current is gone")
            return None
        tree = read_tree_name(link, self.problems)
        if tree is None:
            return None
        self.problems.require(tree in self.allowed, "current is %s, neither the old tree nor the new one" % tree)
        check_tree(self.home, tree, self.plugin, self.keys, self.problems)
        return tree

    # Promise 2: whatever has a tree's name was verified to the last byte.
    def check_trees(self):
        folder = os.path.join(self.home, "trees")
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            if name.endswith(".partial"):
                continue
            if not re.fullmatch(r"[0-9a-f]{64}(-[0-9a-f]{16})?", name):
                self.problems.add("trees/%s is no tree's name" % name)
                continue
            check_tree(self.home, name, self.plugin, self.keys, self.problems)

    def check_snapshots(self):
        folder = os.path.join(self.home, "snapshots")
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            if name.endswith(".partial"):
                continue
            path = os.path.join(folder, name)
            about = read_json(os.path.join(path, "snapshot.json"), self.problems)
            if about is None:
                continue
            number = about.get("number")
            self.problems.require(str(number) == name, "snapshot %s says it is %s" % (name, number))
            tree = about.get("tree", "")
            self.problems.require(os.path.isdir(os.path.join(self.home, "trees", tree)),
                                  "the tree %s of snapshot %s is gone" % (tree, name))
            state = os.path.join(path, "state")
            if about.get("state"):
                self.problems.require(os.path.isdir(state) and matches(state, self.recorded),
                                      "snapshot %s has no state that was ever recorded" % name)

    # Code and state belong together once a switch is over; before, the state is still one of the recorded ones.
    def check_state(self, current, open_record):
        state = os.path.join(self.home, "state")
        if self.stage == "cut" and open_record is not None:
            for name in ("state", "state.old"):
                path = os.path.join(self.home, name)
                if os.path.isdir(path):
                    self.problems.require(matches(path, self.recorded), name + " is no state that was ever recorded")
            return
        if current is None or current not in self.allowed:
            return
        if not os.path.isdir(state):
            self.problems.add("the state is gone")
        elif not matches(state, self.allowed[current]):
            self.problems.add("the state does not belong to the current tree: %s" % state_texts(state))

    def check_leftovers(self):
        for name in sorted(os.listdir(self.host)):
            self.problems.require(name in HOST_NAMES, "left over: " + name)
        for name, kept in EMPTY_FOLDERS.items():
            for path, _, files in os.walk(os.path.join(self.host, name)):
                for file in files:
                    place = os.path.relpath(os.path.join(path, file), self.host)
                    self.problems.require(place in kept, "left over: " + place)
        for name in sorted(os.listdir(self.home)):
            known = name in PLUGIN_NAMES or re.fullmatch(r"soak-[0-9a-f-]+\.json", name)
            self.problems.require(known, "left over in the plugin's folder: " + name)
        for folder in ("trees", "snapshots", "manifests"):
            for name in sorted(os.listdir(os.path.join(self.home, folder))):
                self.problems.require(not name.endswith(".partial"), "left over: %s/%s" % (folder, name))
        for name in sorted(os.listdir(os.path.join(self.home, "manifests"))):
            tree = name.split(".")[0]
            self.problems.require(os.path.isdir(os.path.join(self.home, "trees", tree)),
                                  "left over: manifests/%s has no tree" % name)
        for path, _, files in os.walk(os.path.join(self.host, "repositories")):
            for file in files:
                self.problems.require(not (file.startswith(".") and file.endswith(".new")), "left over: " + file)

    # A download has its name only when every byte of it is what the name says.
    def check_downloads(self):
        folder = os.path.join(self.host, "downloads")
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            path = os.path.join(folder, name)
            if re.fullmatch(r"[0-9a-f]{64}", name):
                from host_parts import sha256_of
                self.problems.require(sha256_of(path) == name, "the download %s is not what its name says" % name)
            elif self.stage == "clean" and not os.path.isdir(path):
                self.problems.add("left over: downloads/" + name)


def matches(folder, states):
    """Whether a state folder is one of the recorded states."""
    texts = [state for state in states if isinstance(state, dict)]
    digests = [state for state in states if isinstance(state, str)]
    return (bool(digests) and state_digest(folder) in digests) or (bool(texts) and state_texts(folder) in texts)


def answer(text):
    try:
        asked = json.loads(text)
        if isinstance(asked["host"], str):
            return HostCheck(asked).run()
        with tempfile.TemporaryDirectory(dir=memory(), prefix="serin-host-") as folder:
            make_host(folder, asked["host"])
            return HostCheck(dict(asked, host=folder)).run()
    except Exception as error:  # a checker that stumbles must never look like a host that is well
        return ["the checker stumbled: %s: %s" % (type(error).__name__, error)]


def memory():
    return "/dev/shm" if os.path.isdir("/dev/shm") else None


def make_host(folder, entries):
    """Writes a host down; folders get their modes at the end, when everything is in them."""
    modes = []
    for path, kind, mode, content in entries:
        place = folder + path
        if kind == "folder":
            os.mkdir(place)
            modes.append((place, mode))
        elif kind == "link":
            os.symlink(content, place)
        elif kind == "same":
            os.link(folder + content, place, follow_symlinks=False)
        else:
            with open(place, "w", encoding="utf-8", newline="") as file:
                file.write(content)
            os.chmod(place, mode)
    for place, mode in reversed(modes):
        os.chmod(place, mode)


def main(arguments):
    if arguments == ["--serve"]:
        for line in sys.stdin:
            print(json.dumps(answer(line)), flush=True)
        return 0
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 64
    sentences = answer(arguments[0])
    for sentence in sentences:
        print(sentence)
    return 1 if sentences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
