"""What a host's folder is made of, read again by somebody who does not know Serin's code."""

import hashlib
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import tempfile


class Problems:
    """The sentences that an answer consists of."""

    def __init__(self):
        self.sentences = []

    def add(self, sentence):
        if sentence not in self.sentences:
            self.sentences.append(sentence)

    def require(self, holds, sentence):
        if not holds:
            self.add(sentence)


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for piece in iter(lambda: file.read(1 << 18), b""):
            digest.update(piece)
    return digest.hexdigest()


def read_bytes(path, limit=64 << 20):
    with open(path, "rb") as file:
        return file.read(limit)


def read_json(path, problems):
    try:
        return json.loads(read_bytes(path))
    except (OSError, ValueError) as error:
        problems.add("%s cannot be read: %s" % (path, error))
        return None


def read_tree_name(link, problems):
    """The tree that a link names, when it is a link into trees/."""
    if not os.path.islink(link):
        problems.add("%s is no symbolic link" % link)
        return None
    target = os.readlink(link)
    if not target.startswith("trees/") or "/" in target[6:]:
        problems.add("%s points to %s" % (link, target))
        return None
    return target[6:]


# Trees


_signatures = {}


def check_tree(home, tree, plugin, keys, problems):
    """A tree is complete: a signed manifest describes it, every file is what it says, nothing is missing or extra."""
    path = os.path.join(home, "trees", tree)
    if not os.path.isdir(path) or os.path.islink(path):
        return problems.add("the tree %s is no folder" % tree)
    manifest_path = os.path.join(home, "manifests", tree + ".json")
    signature_path = manifest_path + ".minisig"
    if not os.path.isfile(manifest_path) or not os.path.isfile(signature_path):
        return problems.add("the tree %s has no signed manifest" % tree)
    manifest = read_json(manifest_path, problems)
    if manifest is None:
        return None
    expected = "plugin:%s version:%s platform:%s" % (plugin, manifest.get("version"), manifest.get("platform"))
    problems.require(manifest.get("plugin") == plugin, "the manifest of %s is for %s" % (tree, manifest.get("plugin")))
    check_signature(manifest_path, signature_path, keys, expected, problems)
    entries = manifest.get("entries", [])
    canonical = json.dumps(entries, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
    digest = hashlib.sha256(canonical).hexdigest()
    problems.require(tree.split("-")[0] == digest, "the manifest of %s describes the tree %s" % (tree, digest))
    if "-" in tree:
        variant = sha256_of(manifest_path)[:16]
        problems.require(tree.split("-")[1] == variant, "the manifest of %s is another one" % tree)
    compare_tree(path, entries, problems)
    return None


def check_signature(manifest, signature, keys, expected, problems):
    """One of the keys signed the manifest, says the program minisign; the trusted comment is the expected one."""
    key = (sha256_of(manifest), sha256_of(signature), tuple(keys), expected)
    if key not in _signatures:
        _signatures[key] = any(signed_by(manifest, signature, one, expected) for one in keys)
    problems.require(_signatures[key], "no known key signed %s with the comment %s" % (manifest, expected))


def signed_by(manifest, signature, key, expected):
    result = subprocess.run(["minisign", "-V", "-Q", "-m", manifest, "-x", signature, "-P", key], capture_output=True,
                            stdin=subprocess.DEVNULL, check=False)
    return result.returncode == 0 and result.stdout.decode(errors="replace").strip() == expected


def compare_tree(root, entries, problems):
    wanted = {entry["path"]: entry for entry in entries}
    folders = {""}
    for path in wanted:
        parts = path.split("/")
        folders.update("/".join(parts[:count]) for count in range(1, len(parts)))
    folders.update(path for path, entry in wanted.items() if entry["type"] == "directory")
    seen = set()
    for folder, names, files in os.walk(root):
        place = os.path.relpath(folder, root)
        place = "" if place == "." else place
        problems.require(place in folders, "%s/%s is extra" % (root, place))
        mode = stat.S_IMODE(os.lstat(folder).st_mode)
        problems.require(mode == 0o555, "%s/%s has mode %o" % (root, place, mode))
        seen.add(place)
        links = [name for name in names if os.path.islink(os.path.join(folder, name))]
        for name in files + links:
            path = name if place == "" else place + "/" + name
            seen.add(path)
            compare_entry(os.path.join(folder, name), wanted.get(path), problems)
    for path in sorted((set(wanted) | folders) - seen):
        problems.add("%s/%s is missing" % (root, path))


def compare_entry(path, entry, problems):
    status = os.lstat(path)
    if entry is None or entry["type"] == "directory":
        return problems.add("%s is extra" % path)
    if entry["type"] == "symlink":
        holds = stat.S_ISLNK(status.st_mode) and os.readlink(path) == entry["target"]
        return problems.require(holds, "%s is not the link that was signed" % path)
    if not stat.S_ISREG(status.st_mode):
        return problems.add("%s is no file" % path)
    mode = 0o555 if entry["mode"] == "0755" else 0o444
    problems.require(stat.S_IMODE(status.st_mode) == mode, "%s has mode %o" % (path, stat.S_IMODE(status.st_mode)))
    problems.require(status.st_size == entry["size"] and sha256_of(path) == entry["sha256"],
                     "%s does not have the content that was signed" % path)
    return None


def check_objects(root, problems):
    """Every object is what its name says; half-made ones do not exist."""
    for shard in sorted(os.listdir(root)) if os.path.isdir(root) else []:
        folder = os.path.join(root, shard)
        if not os.path.isdir(folder):
            continue
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            digest = name[:-2] if name.endswith(".x") else name
            if not os.path.isfile(path) or len(digest) != 64:
                problems.add("%s is no object" % path)
                continue
            mode = 0o555 if name.endswith(".x") else 0o444
            problems.require(stat.S_IMODE(os.lstat(path).st_mode) == mode, "the object %s has another mode" % name)
            holds = digest[:2] == shard and sha256_of(path) == digest
            problems.require(holds, "the object %s has other content" % name)


# The journal


STEPS_OPEN = ("intended", "prepared", "switched")
STEPS = STEPS_OPEN + ("finished", "undone")


def check_journal(path, problems):
    """Every record but the last is whole; returns the last whole record when it is still open."""
    if not os.path.lexists(path):
        return None
    data = read_bytes(path)
    lines = data.split(b"\n")
    tail = lines.pop()
    last = None
    for index, line in enumerate(lines):
        record = journal_record(line)
        if record is None:
            # What a torn write left may stand at the very end; the next record is written over it.
            problems.require(index == len(lines) - 1 and not tail, "record %d of the journal is damaged" % index)
            continue
        last = record
    problems.require(last is None or last.get("step") in STEPS, "the journal has an unknown step")
    return last if last is not None and last.get("step") in STEPS_OPEN else None


def journal_record(line):
    parts = line.split(b" ", 2)
    if len(parts) != 3:
        return None
    checksum, length, text = parts
    if checksum.decode(errors="replace") != hashlib.sha256(text).hexdigest()[:16] or length != b"%d" % len(text):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


# State


def state_entries(folder):
    entries = []
    for place, names, files in os.walk(folder):
        for name in names + files:
            path = os.path.join(place, name)
            status = os.lstat(path)
            relative = os.path.relpath(path, folder)
            if stat.S_ISLNK(status.st_mode):
                entries.append([relative, "link", os.readlink(path)])
            elif stat.S_ISDIR(status.st_mode):
                entries.append([relative, "folder", stat.S_IMODE(status.st_mode)])
            elif stat.S_ISREG(status.st_mode):
                entries.append([relative, "file", stat.S_IMODE(status.st_mode), sha256_of(path)])
    return sorted(entries)


def state_digest(folder):
    return hashlib.sha256(json.dumps(state_entries(folder)).encode()).hexdigest()


def state_texts(folder):
    texts = {}
    for place, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(place, name)
            texts[os.path.relpath(path, folder)] = read_bytes(path, 4096).decode(errors="replace")
    return texts


# The ledger


def check_ledger(path, problems):
    """SQLite itself says whether the file is whole; a copy is opened, for opening writes."""
    if not os.path.exists(path):
        return
    folder = tempfile.mkdtemp(prefix="serin-check-")
    try:
        for suffix in ("", "-wal"):
            if os.path.exists(path + suffix):
                shutil.copyfile(path + suffix, os.path.join(folder, "ledger.sqlite" + suffix))
        connection = sqlite3.connect(os.path.join(folder, "ledger.sqlite"))
        try:
            rows = connection.execute("PRAGMA integrity_check").fetchall()
            problems.require(rows == [("ok",)], "the ledger is damaged: %s" % rows)
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        problems.add("the ledger is damaged: %s" % error)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
