import Platform
import Releases
import Storage
import StrictJSON

/// What a snapshot remembers beside tree and state: what the release might do, which tools it pinned, and the hold that
/// went with its being replaced.
struct SnapshotDetails {
  /// The permissions of the release that a snapshot keeps; nil in snapshots that do not say.
  let permissions: JSON?
  /// The tool pins of that release; null where it had none.
  let toolPins: JSON?
  /// The hold that a rollback placed on it.
  let hold: Hold?
  /// The hold of before that this one took the place of.
  let replaced: Hold?

  init(_ manifest: BundleManifest, hold: Hold? = nil, replaced: Hold? = nil) {
    permissions = manifest.permissions.json
    toolPins = manifest.toolPins?.json ?? .null
    self.hold = hold
    self.replaced = replaced
  }

  init(_ json: JSON, of plugin: PluginName) {
    permissions = json["permissions"]
    toolPins = json["toolPins"]
    hold = json["hold"].flatMap { Hold(snapshot: $0, of: plugin) }
    replaced = json["replacedHold"].flatMap { Hold(snapshot: $0, of: plugin) }
  }

  var json: JSON {
    var object: JSON.Object = ["permissions": permissions ?? .null, "toolPins": toolPins ?? .null]
    if let hold { object["hold"] = hold.snapshotJSON }
    if let replaced { object["replacedHold"] = replaced.snapshotJSON }
    return .object(object)
  }
}

extension Snapshot {
  /// Refuses a release whose kept manifest allows or pins something else than it did when the snapshot was taken: what
  /// comes back are the permissions and tool pins of that moment, or nothing.
  func require(_ manifest: BundleManifest) throws(UpdatingError) {
    let kept = SnapshotDetails(details, of: manifest.plugin)
    let now = SnapshotDetails(manifest)
    for (what, then, today) in [
      ("permissions", kept.permissions, now.permissions), ("tool pins", kept.toolPins, now.toolPins),
    ] {
      guard let then, let today, then.canonical != today.canonical else { continue }
      throw .snapshotDiffers(
        plugin: manifest.plugin.text, version: manifest.version.text, snapshot: number, what: what)
    }
  }
}

extension JSON {
  /// The bytes by which two values are compared, whatever the order of their members.
  fileprivate var canonical: [UInt8] { (try? canonicalBytes()) ?? serialized(pretty: false) }
}

extension Hold {
  fileprivate init?(snapshot json: JSON, of plugin: PluginName) {
    guard let id = json["id"]?.int64Value, let kind = json["kind"]?.stringValue.flatMap(Kind.init(rawValue:)),
      let reason = json["reason"]?.stringValue,
      let created = json["created"]?.stringValue.flatMap({ Instant(rfc3339: $0) })
    else { return nil }
    self.init(
      plugin: plugin, kind: kind, version: json["version"]?.stringValue.flatMap { try? ReleaseVersion($0) },
      until: json["until"]?.stringValue.flatMap { Instant(rfc3339: $0) }, reason: reason, created: created)
    self.id = id
  }

  fileprivate var snapshotJSON: JSON {
    [
      "id": .integer(id), "kind": .string(kind.rawValue), "version": version.map { .string($0.text) } ?? .null,
      "until": until.map { .string($0.rfc3339) } ?? .null, "reason": .string(reason),
      "created": .string(created.rfc3339),
    ]
  }
}
