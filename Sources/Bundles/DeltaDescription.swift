internal import Releases
internal import Signing
internal import StrictJSON

/// `delta.json`: which old manifest a delta starts from and what its frames hold.
///
/// ```json
/// { "format": 1, "from": "<SHA-256 of the old bundle.json>", "manifest": 274005,
///   "frames": [ { "new": [3], "part": [0, 4194304], "old": [[17, 0, 5242880]] },
///               { "new": [0, 2, 1], "old": [4, 5] } ] }
/// ```
/// `manifest` is the size of the new `bundle.json`. A member of `old` is an entry of the old manifest, or a list of the
/// entry, an offset and a length. A `part` is an offset and a length; the parts of a file follow each other.
struct DeltaDescription: Hashable, Sendable {
  let from: SHA256Digest
  let manifestSize: Int
  let frames: [DeltaFrame]

  init(from: SHA256Digest, manifestSize: Int, frames: [DeltaFrame]) {
    self.from = from
    self.manifestSize = manifestSize
    self.frames = frames
  }

  func encoded() -> [UInt8] {
    let json: JSON = [
      "format": 1, "from": .string(from.hex), "manifest": .int(manifestSize), "frames": .array(frames.map(Self.json)),
    ]
    return json.serialized()
  }

  private static func json(of frame: DeltaFrame) -> JSON {
    var object: JSON.Object = ["new": .array(frame.files.map(JSON.int))]
    if let part = frame.part {
      object["part"] = [.integer(part.lowerBound), .integer(part.upperBound - part.lowerBound)]
    }
    if !frame.sources.isEmpty {
      object["old"] = .array(
        frame.sources.map { source in
          guard let part = source.part else { return .int(source.entry) }
          return [.int(source.entry), .integer(part.lowerBound), .integer(part.upperBound - part.lowerBound)]
        })
    }
    return .object(object)
  }

  /// Reads a description strictly; what it says of files is compared with the manifests by `check`.
  ///
  /// Throws `BundleError.badDelta`.
  init(json bytes: [UInt8]) throws(BundleError) {
    let limits = JSONLimits(
      maxBytes: DeltaLimits.maxDescriptionBytes, maxDepth: 5, maxMembers: DeltaLimits.maxDescriptionMembers)
    let json: JSON
    do throws(JSONError) {
      json = try JSON.parse(bytes, limits: limits)
    } catch {
      throw .badDelta(field: DeltaPart.description, reason: error.description)
    }
    let object = try Self.object(json, DeltaPart.description, ["format", "from", "manifest", "frames"])
    guard object["format"] == 1 else {
      throw .badDelta(field: "format", reason: "is not 1, which is all that this version reads")
    }
    guard let text = object["from"]?.stringValue, let from = SHA256Digest(hex: text) else {
      throw .badDelta(field: "from", reason: "is not a SHA-256 digest")
    }
    let size = object["manifest"]?.intValue
    guard let size, (1...BundleManifest.maxManifestBytes).contains(size) else {
      throw .badDelta(field: "manifest", reason: "is not a size from 1 to \(BundleManifest.maxManifestBytes)")
    }
    guard let list = object["frames"]?.arrayValue, list.count <= DeltaLimits.maxFrames else {
      throw .badDelta(field: "frames", reason: "is not a list of at most \(DeltaLimits.maxFrames)")
    }
    var frames: [DeltaFrame] = []
    frames.reserveCapacity(list.count)
    for (number, member) in list.enumerated() { frames.append(try Self.frame(member, "frames[\(number)]")) }
    self.init(from: from, manifestSize: size, frames: frames)
  }

  private static func frame(_ json: JSON, _ field: String) throws(BundleError) -> DeltaFrame {
    let object = try object(json, field, ["new", "part", "old"])
    var frame = DeltaFrame(files: [], sources: [])
    for member in object["new"]?.arrayValue ?? [] { frame.files.append(try number(member, field + ".new")) }
    if let part = object["part"] {
      guard let list = part.arrayValue, list.count == 2 else {
        throw .badDelta(field: field + ".part", reason: "is not an offset and a length")
      }
      frame.part = try range(list[...], field + ".part")
    }
    guard object["old"].map({ $0.arrayValue != nil }) ?? true else {
      throw .badDelta(field: field + ".old", reason: "is not a list")
    }
    for member in object["old"]?.arrayValue ?? [] {
      guard let list = member.arrayValue else {
        frame.sources.append(DeltaFrame.Source(entry: try number(member, field + ".old")))
        continue
      }
      guard list.count == 3 else {
        throw .badDelta(field: field + ".old", reason: "is not an entry, an offset and a length")
      }
      frame.sources.append(
        DeltaFrame.Source(entry: try number(list[0], field + ".old"), part: try range(list[1...], field + ".old")))
    }
    return frame
  }

  private static func object(
    _ json: JSON, _ field: String, _ known: Set<String>
  ) throws(BundleError) -> JSON.Object {
    guard let object = json.objectValue else { throw .badDelta(field: field, reason: "is not an object") }
    for key in object.keys where !known.contains(key) {
      throw .badDelta(field: field, reason: "has the unknown member \(Quoted(key))")
    }
    return object
  }

  private static func number(_ json: JSON, _ field: String) throws(BundleError) -> Int {
    guard let number = json.intValue, number >= 0 else {
      throw .badDelta(field: field, reason: "is not a list of numbers")
    }
    return number
  }

  private static func range(_ list: ArraySlice<JSON>, _ field: String) throws(BundleError) -> Range<Int64> {
    guard let offset = list.first?.int64Value, let length = list.last?.int64Value,
      (0...TreeEntry.maxFileSize).contains(offset), (1...TreeEntry.maxFileSize).contains(length)
    else { throw .badDelta(field: field, reason: "is not an offset and a length of at least 1") }
    return offset..<(offset + length)
  }
}
