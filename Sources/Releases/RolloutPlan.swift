internal import Signing
internal import StrictJSON

/// How large a part of the hosts is offered a release, decided on each host without asking anybody.
///
/// A host's bucket depends on plugin, version and salt, so that not the same hosts are always first. Whatever is
/// malformed counts as 0 %.
package struct RolloutPlan: Hashable, Sendable {
  /// The longest salt in bytes.
  package static let maxSalt = 64
  /// Nobody.
  package static let nobody = RolloutPlan(percent: 0, salt: "")
  /// Everybody.
  package static let everybody = RolloutPlan(percent: 100, salt: "")

  /// The part of the hosts, 0 to 100.
  package let percent: Int
  /// What mixes the buckets anew; chosen at random for each release.
  package let salt: String

  /// A plan; a part below 0 or above 100, or a salt that is too long, makes it reach nobody.
  package init(percent: Int, salt: String) {
    let isValid = (0...100).contains(percent) && salt.utf8.count <= RolloutPlan.maxSalt && !salt.utf8.contains(0)
    self.percent = isValid ? percent : 0
    self.salt = isValid ? salt : ""
  }

  /// Reads a plan; anything malformed makes it reach nobody.
  init(json: JSON) {
    guard let percent = json["percent"]?.intValue, let salt = json["salt"]?.stringValue else {
      self = .nobody
      return
    }
    self.init(percent: percent, salt: salt)
  }

  var json: JSON { ["percent": .int(percent), "salt": .string(salt)] }

  /// The bucket of a host for a release: 0 to 99.
  package static func bucket(hostID: String, plugin: PluginName, version: ReleaseVersion, salt: String) -> Int {
    // NUL can stand in none of the parts, so that different parts never give the same text.
    let text = ["serin rollout 1", hostID, plugin.text, version.text, salt].joined(separator: "\0")
    let digest = SHA256Digest.of(Array(text.utf8)).bytes
    // 64 bits over 100 buckets: no bucket is larger than another by more than 10^-17.
    return Int(digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % 100)
  }

  /// Whether the release is offered to a host; never to one without an id, unless it is for everybody.
  package func includes(hostID: String, plugin: PluginName, version: ReleaseVersion) -> Bool {
    if percent == 100 { return true }
    guard !hostID.isEmpty, !hostID.utf8.contains(0) else { return false }
    return RolloutPlan.bucket(hostID: hostID, plugin: plugin, version: version, salt: salt) < percent
  }
}
