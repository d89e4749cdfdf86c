import Releases
import Signing
package import StrictJSON
package import TUF

/// What people who are apart have to sign: one file that travels between them.
///
/// It carries the `signed` parts to be signed, the signatures so far, and what is needed to say in plain words what
/// they change: the repository's present metadata, the channel manifests and the bundle manifests. Nothing in it is
/// believed that does not follow from the bytes to be signed or from signatures; ``SigningReview`` does that.
package struct SigningRequest: Sendable {
  /// The newest layout that this program reads and writes.
  package static let currentFormat = 1
  /// The largest request that is read, in bytes.
  package static let maximumBytes = 64 << 20
  /// The largest bundle manifest that a request carries, in bytes.
  static let maximumManifestBytes = 16 << 20

  /// One role's part of a request.
  package struct Part: Sendable {
    /// The role.
    package let role: RoleName
    /// The `signed` part of its file to be.
    package let signed: JSON.Object
    /// The signatures so far; foreign text, perhaps forged.
    package internal(set) var signatures: [MetadataSignature]
  }

  /// A bundle's manifest with its minisign signature, as they lie at the front of the bundle.
  struct BundleText: Hashable, Sendable {
    let manifest: String
    let signature: String
  }

  /// The roles to be signed.
  package internal(set) var parts: [Part]
  /// The repository's metadata when the request was made, by path.
  let metadata: [String: String]
  /// The channel manifests that the metadata name, before and after.
  let manifests: [String]
  /// The bundle manifests that those name.
  let bundles: [BundleText]
  /// Names for public keys that the workspace does not have yet; labels, nothing more.
  let keys: [String: PublicKey]
  /// Policy files for channels that begin; not signed, only for the workspace.
  let policies: [ChannelName: ChannelPolicy]
}

extension SigningRequest {
  private static let maximumParts = 256
  private static let maximumMetadata = 100_000
  private static let maximumManifests = 4096
  private static let maximumSignatures = 256
  private static let maximumKeys = 256

  /// Reads a request; it comes from anybody.
  ///
  /// Throws ``PublishingError/badRequest(reason:)`` for another format, and for whatever is too long, missing, or of
  /// another shape.
  package init(json bytes: [UInt8]) throws(PublishingError) {
    let json: JSON
    do throws(JSONError) {
      json = try JSON.parse(bytes, limits: JSONLimits(maxBytes: Self.maximumBytes))
    } catch {
      throw .badRequest(reason: error.description)
    }
    guard let object = json.objectValue, object["kind"]?.stringValue == "serin.signing-request" else {
      throw .badRequest(reason: "it is no signing request")
    }
    guard let format = object["format"]?.intValue, format == Self.currentFormat else {
      let offered = object["format"]?.intValue.map { "\($0)" } ?? "missing"
      throw .badRequest(reason: "its format is \(offered), this program reads \(Self.currentFormat)")
    }
    let known = ["kind", "format", "metadata", "parts", "manifests", "bundles", "keys", "policies"]
    if let unknown = object.keys.first(where: { !known.contains($0) }) {
      throw .badRequest(reason: "it has the unknown member \"\(unknown.prefix(40))\"")
    }
    parts = try Self.array(object, "parts", limit: Self.maximumParts).map(Self.part)
    metadata = try Self.texts(object, "metadata", limit: Self.maximumMetadata)
    manifests = try Self.array(object, "manifests", limit: Self.maximumManifests)
      .map { value throws(PublishingError) in try Self.text(value, "manifests") }
    bundles = try Self.array(object, "bundles", limit: Self.maximumManifests)
      .map { value throws(PublishingError) in
        BundleText(
          manifest: try Self.text(value["manifest"], "bundles"), signature: try Self.text(value["signature"], "bundles")
        )
      }
    keys = try Self.keys(Self.texts(object, "keys", limit: Self.maximumKeys))
    policies = try Self.policies(Self.texts(object, "policies", limit: Workspace.maximumChannels))
    guard !parts.isEmpty, Set(parts.map(\.role)).count == parts.count else {
      throw .badRequest(reason: "it names no role, or one twice")
    }
  }

  /// The text of the request, the same for the same request.
  package func encoded() -> [UInt8] {
    func object(_ texts: [String: String]) -> JSON {
      .object(JSON.Object(texts.map { ($0.key, JSON.string($0.value)) }).sortedByKey())
    }
    let list = parts.map { part -> JSON in
      [
        "role": .string(part.role.text), "signed": .object(part.signed),
        "signatures": .array(part.signatures.map { ["keyid": .string($0.keyID), "sig": .string($0.hex)] }),
      ]
    }
    let json: JSON = [
      "kind": "serin.signing-request", "format": .int(Self.currentFormat), "parts": .array(list),
      "metadata": object(metadata), "manifests": .strings(manifests),
      "bundles": .array(
        bundles.map { ["manifest": .string($0.manifest), "signature": .string($0.signature)] }),
      "keys": object(keys.mapValues(\.base64)),
      "policies": object(Dictionary(uniqueKeysWithValues: policies.map { ($0.key.text, $0.value.yaml) })),
    ]
    return json.serialized(pretty: true)
  }

  // MARK: - Reading

  private static func part(_ value: JSON) throws(PublishingError) -> Part {
    guard let name = value["role"]?.stringValue, let role = RoleName(named: name),
      let signed = value["signed"]?.objectValue
    else { throw .badRequest(reason: "a part has no role or nothing to sign") }
    let list = value["signatures"]?.arrayValue ?? []
    guard list.count <= maximumSignatures else { throw .badRequest(reason: "\(role) has too many signatures") }
    var signatures: [MetadataSignature] = []
    for entry in list {
      guard let id = entry["keyid"]?.stringValue, let hex = entry["sig"]?.stringValue else {
        throw .badRequest(reason: "a signature of \(role) has no key id or no value")
      }
      signatures.append(MetadataSignature(keyID: id, hex: hex))
    }
    return Part(role: role, signed: signed, signatures: signatures)
  }

  private static func array(_ object: JSON.Object, _ key: String, limit: Int) throws(PublishingError) -> [JSON] {
    guard let values = object[key]?.arrayValue, values.count <= limit else {
      throw .badRequest(reason: "\(key) is no list of at most \(limit)")
    }
    return values
  }

  private static func texts(
    _ object: JSON.Object, _ key: String, limit: Int
  ) throws(PublishingError) -> [String: String] {
    guard let members = object[key]?.objectValue?.members, members.count <= limit else {
      throw .badRequest(reason: "\(key) is no object of at most \(limit) members")
    }
    var texts: [String: String] = [:]
    for member in members { texts[member.key] = try text(member.value, key) }
    return texts
  }

  private static func text(_ value: JSON?, _ key: String) throws(PublishingError) -> String {
    guard let text = value?.stringValue else { throw .badRequest(reason: "\(key) holds something other than texts") }
    return text
  }

  private static func keys(_ texts: [String: String]) throws(PublishingError) -> [String: PublicKey] {
    var keys: [String: PublicKey] = [:]
    for (name, text) in texts {
      do {
        try KeyName.check(name, field: "keys")
        keys[name] = try PublicKey(minisign: text)
      } catch {
        throw .badRequest(reason: "a public key in it cannot be read: \(error)")
      }
    }
    return keys
  }

  private static func policies(_ texts: [String: String]) throws(PublishingError) -> [ChannelName: ChannelPolicy] {
    var policies: [ChannelName: ChannelPolicy] = [:]
    for (name, text) in texts {
      do {
        policies[try ChannelName(name)] = try ChannelPolicy(yaml: text)
      } catch {
        throw .badRequest(reason: "a channel policy in it cannot be read: \(error)")
      }
    }
    return policies
  }
}
