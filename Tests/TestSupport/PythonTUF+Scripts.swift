/// The client of python-tuf: refreshes, downloads, and says on standard output what it believes.
let pythonTUFClient = #"""
  import json, os, sys
  from tuf.ngclient import Updater

  metadata_url, targets_url, root, folder, *names = sys.argv[1:]
  metadata, targets = os.path.join(folder, "metadata"), os.path.join(folder, "targets")
  os.makedirs(metadata, exist_ok=True)
  os.makedirs(targets, exist_ok=True)
  contents, versions = {}, {}
  try:
      with open(root, "rb") as file:
          updater = Updater(metadata, metadata_url, targets, targets_url, bootstrap=file.read())
      updater.refresh()
      for name in names:
          info = updater.get_targetinfo(name)
          if info is None: continue
          with open(updater.download_target(info), "rb") as file: content = file.read()
          contents[name] = content.decode(errors="replace")
  except Exception as error:
      sys.stderr.write("%s: %s\n" % (type(error).__name__, error))
      sys.exit(1)
  for name in os.listdir(metadata):
      if name.endswith(".json"):
          with open(os.path.join(metadata, name)) as file: signed = json.load(file)["signed"]
          versions[name[:-5]] = signed["version"]
  print(json.dumps({"versions": versions, "targets": contents}))
  """#

/// Repositories by python-tuf's API: `stage1` to `stage3` continue one another, and no client may follow to `stage4`.
let pythonTUFRepositories = #"""
  import os, sys
  from datetime import datetime, timedelta, timezone
  from securesystemslib.signer import CryptoSigner
  from tuf.api.metadata import (DelegatedRole, Delegations, Metadata, MetaFile, Root, Snapshot, SuccinctRoles,
                                TargetFile, Targets, Timestamp)

  folder, keytype, layout, names = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4] == "consistent"
  makers = {"ed25519": CryptoSigner.generate_ed25519, "ecdsa": CryptoSigner.generate_ecdsa,
            "rsa": lambda: CryptoSigner.generate_rsa(size=2048)}
  made = 0

  def key():
      global made
      made += 1
      return makers[sorted(makers)[made % 3] if keytype == "mixed" else keytype]()

  expires = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=1)
  root_keys, timestamp_keys, snapshot_keys = [key() for _ in range(3)], [key()], [key()]
  targets_keys, bin_keys = [key()], [key()]
  root = Root(version=1, expires=expires, consistent_snapshot=names)
  for role, keys in (("root", root_keys), ("timestamp", timestamp_keys), ("snapshot", snapshot_keys),
                     ("targets", targets_keys)):
      for one in keys: root.add_key(one.public_key, role)
  root.roles["root"].threshold = 2

  ids = [one.public_key.keyid for one in bin_keys]
  listed = {one.public_key.keyid: one.public_key for one in bin_keys}
  if layout == "succinct":
      bins = SuccinctRoles(ids, 1, 5, "bin")
      delegations = Delegations(listed, succinct_roles=bins)
      roles = {name: Targets(expires=expires) for name in bins.get_roles()}
  elif layout == "prefixes":
      entries = {"bin-" + digit: DelegatedRole("bin-" + digit, ids, 1, True, path_hash_prefixes=[digit])
                 for digit in "0123456789abcdef"}
      delegations = Delegations(listed, roles=entries)
      roles = {name: Targets(expires=expires) for name in entries}
  else:
      # "first" covers everything and has nothing; "second" delegates the odd numbers on to "third".
      delegations = Delegations(listed, roles={
          "first": DelegatedRole("first", ids, 1, False, paths=["*", "folder/*"]),
          "second": DelegatedRole("second", ids, 1, True, paths=["folder/?-*.txt", "folder/??-*.txt"])})
      roles = {name: Targets(expires=expires) for name in ("first", "second", "third")}
      roles["second"].delegations = Delegations(listed, roles={
          "third": DelegatedRole("third", ids, 1, False, paths=["folder/*-odd.txt"])})
  targets = Targets(expires=expires, delegations=delegations)
  snapshot, timestamp = Snapshot(expires=expires), Timestamp(expires=expires)

  def responsible(path):
      if layout == "paths": return "third" if path.endswith("-odd.txt") else "second"
      return next(name for name, _ in delegations.get_roles_for_target(path))

  contents = {}

  def signed(content, keys):
      metadata = Metadata(content)
      for one in keys: metadata.sign(one, append=True)
      return metadata.to_bytes()

  def write(stage, name, data):
      path = os.path.join(folder, stage, name)
      os.makedirs(os.path.dirname(path), exist_ok=True)
      with open(path, "wb") as file: file.write(data)

  roots = {}

  def publish(stage, root_signers):
      """Writes the whole repository as it is now."""
      for number in range(24):
          path = "folder/%d-%s.txt" % (number, "odd" if number % 2 else "even")
          data = ("%s of %s" % (path, stage)).encode()
          info = TargetFile.from_data(path, data, ["sha256", "sha512"] if number % 3 else ["sha512"])
          roles[responsible(path)].targets[path] = info
          for prefix in (info.hashes.values() if names else [None]):
              file = path if prefix is None else path.replace("folder/", "folder/%s." % prefix)
              write(stage, "targets/" + file, data)
      roots["%d.root.json" % root.version] = signed(root, root_signers)
      for name, data in roots.items(): write(stage, "metadata/" + name, data)
      for name, content in [("targets", targets)] + list(roles.items()):
          data = signed(content, targets_keys if name == "targets" else bin_keys)
          # Length and digests are optional: half of the roles have them.
          snapshot.meta[name + ".json"] = (
              MetaFile.from_data(content.version, data, ["sha256"]) if len(name) % 2 else MetaFile(content.version))
          write(stage, "metadata/" + ("%d." % content.version if names else "") + name + ".json", data)
      data = signed(snapshot, snapshot_keys)
      write(stage, "metadata/" + ("%d." % snapshot.version if names else "") + "snapshot.json", data)
      timestamp.snapshot_meta = MetaFile.from_data(snapshot.version, data, ["sha256", "sha512"])
      write(stage, "metadata/timestamp.json", signed(timestamp, timestamp_keys))
      for content in [root, targets, snapshot, timestamp] + list(roles.values()): content.version += 1

  def replace(role, keys, new):
      for one in keys: root.revoke_key(one.public_key.keyid, role)
      for one in new: root.add_key(one.public_key, role)
      return new

  publish("stage1", root_keys[:2])
  # One root key goes, another comes, now three of three must sign; new online keys.
  old, root_keys = root_keys, root_keys[1:] + [key()]
  root.revoke_key(old[0].public_key.keyid, "root")
  root.add_key(root_keys[2].public_key, "root")
  root.roles["root"].threshold = 3
  timestamp_keys = replace("timestamp", timestamp_keys, [key()])
  snapshot_keys = replace("snapshot", snapshot_keys, [key()])
  publish("stage2", old[:2] + root_keys)
  # One root key is enough from now on, and two keys must sign the targets role.
  root.roles["root"].threshold = 1
  targets_keys = targets_keys + [key()]
  root.add_key(targets_keys[1].public_key, "targets")
  root.roles["targets"].threshold = 2
  publish("stage3", root_keys)
  # The trusted root agrees to this one, but its own threshold is not met.
  root.roles["root"].threshold = 2
  publish("stage4", root_keys[:1])
  """#

/// Says which lines of `mutations` (a file's name and its bytes in hexadecimal) the API of python-tuf does not believe.
let pythonTUFJudge = #"""
  import json, os, sys
  from tuf.api.metadata import Metadata

  folder = sys.argv[1]

  def read(name):
      with open(os.path.join(folder, name), "rb") as file: return Metadata.from_bytes(file.read())

  delegators = {"2.root.json": read("1.root.json"), "1.stable.json": read("2.targets.json")}
  refused, number = [], -1
  with open(os.path.join(folder, "mutations")) as lines:
      for number, line in enumerate(lines):
          name, text = line.split()
          role = name.split(".")[-2]
          try:
              metadata = Metadata.from_bytes(bytes.fromhex(text))
              if metadata.signed.type != ("targets" if role == "stable" else role): raise ValueError("type")
              delegator = delegators[name] if name in delegators else read("2.root.json")
              judges = [delegator, metadata] if role == "root" else [delegator]
              for judge in judges: judge.signed.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
          except Exception as error:
              refused.append({"line": number, "error": "%s: %s" % (type(error).__name__, error)})
  print(json.dumps({"judged": number + 1, "refused": refused}))
  """#
