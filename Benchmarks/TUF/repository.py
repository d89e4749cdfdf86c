"""Makes two states of one TUF repository with python-tuf's API: `repository.py FOLDER KIND COUNT [LENGTH]`.

FOLDER/1 and FOLDER/2 can be served as they are; in the second, one target has changed, which is named in FOLDER/target.
Kinds: `targets` (all in one role), `bins` (256 hash bins, TAP 15), `roles` (one delegated role with a key of its own for
each target). The changed target is LENGTH bytes long, if that is given. Compact JSON, Ed25519, consistent snapshots, versions alone in the snapshot role.
"""
import datetime, hashlib, os, shutil, sys

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (DelegatedRole, Delegations, Metadata, MetaFile, Root, Snapshot, SuccinctRoles, TargetFile,
                              Targets, Timestamp)
from tuf.api.serialization.json import JSONSerializer

EXPIRES = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=365)
COMPACT = JSONSerializer(compact=True)


class Repository:
    def __init__(self, folder, kind, count, length=0):
        self.folder, self.kind, self.length = folder, kind, length
        self.signer = CryptoSigner.generate_ed25519()
        self.targets = {"targets": Targets(expires=EXPIRES)}
        self.signers = {}
        self.names = [f"plugins/io.github.acme/plugin-{index:05}/stable.json" for index in range(count)]
        os.makedirs(f"{folder}/1/metadata")
        os.makedirs(f"{folder}/1/targets")
        root = Root(expires=EXPIRES, consistent_snapshot=True)
        for role in ("root", "timestamp", "snapshot", "targets"):
            root.add_key(self.signer.public_key, role)
        self.save(1, "1.root.json", root)
        top = self.targets["targets"]
        if kind == "bins":
            bins = SuccinctRoles([], 1, 8, "bin")
            top.delegations = Delegations({}, succinct_roles=bins)
            top.add_key(self.signer.public_key)
            for name in bins.get_roles():
                self.targets[name] = Targets(expires=EXPIRES)
        elif kind == "roles":
            top.delegations = Delegations({}, {})
            for index, name in enumerate(self.names):
                role = f"plugin-{index:05}"
                signer = self.signers[role] = CryptoSigner.generate_ed25519()
                top.delegations.roles[role] = DelegatedRole(role, [], 1, True, [os.path.dirname(name) + "/*"])
                top.add_key(signer.public_key, role)
                self.targets[role] = Targets(expires=EXPIRES)
        self.add(self.names, b"first")
        self.publish(1, self.targets)
        shutil.copytree(f"{folder}/1", f"{folder}/2", copy_function=os.link)
        os.remove(f"{folder}/2/metadata/timestamp.json")
        changed = self.names[count // 2]
        self.publish(2, self.add([changed], b"second"))
        with open(f"{folder}/target", "w") as file:
            file.write(changed)

    def responsible(self, name):
        if self.kind == "bins":
            return self.targets["targets"].delegations.succinct_roles.get_role_for_target(name)
        return os.path.dirname(name).rsplit("/", 1)[-1] if self.kind == "roles" else "targets"

    def add(self, names, content):
        """Gives targets new content; returns the roles that changed."""
        changed = set()
        for name in names:
            data = content + name.encode()
            if content == b"second":
                data += bytes(max(0, self.length - len(data)))
            role = self.responsible(name)
            self.targets[role].targets[name] = TargetFile(len(data), {"sha256": hashlib.sha256(data).hexdigest()}, name)
            changed.add(role)
            if content == b"second":
                folder, last = os.path.split(name)
                os.makedirs(f"{self.folder}/2/targets/{folder}")
                with open(f"{self.folder}/2/targets/{folder}/{hashlib.sha256(data).hexdigest()}.{last}", "wb") as file:
                    file.write(data)
        return changed

    def publish(self, version, changed):
        for role in changed:
            self.targets[role].version = version
            self.save(version, f"{version}.{role}.json", self.targets[role], self.signers.get(role))
        meta = {f"{name}.json": MetaFile(targets.version) for name, targets in self.targets.items()}
        self.save(version, f"{version}.snapshot.json", Snapshot(version, expires=EXPIRES, meta=meta))
        self.save(version, "timestamp.json", Timestamp(version, expires=EXPIRES, snapshot_meta=MetaFile(version)))

    def save(self, version, name, signed, signer=None):
        metadata = Metadata(signed)
        metadata.sign(signer or self.signer)
        with open(f"{self.folder}/{version}/metadata/{name}", "wb") as file:
            file.write(COMPACT.serialize(metadata))


Repository(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
