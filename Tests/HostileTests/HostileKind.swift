import Bundles
import Platform
import Releases
import Signing
import TestSupport
import Testing

/// One kind of file that somebody could hand over to do harm, or that is only unusual, and what becomes of it.
struct HostileKind: Sendable, CustomTestStringConvertible {
  /// Which entry of the program the file goes through.
  enum Form: String, Sendable {
    /// The publisher's import of a tar, a zip or an `.mcpb`: `ArchiveImporter`.
    case archive
    /// A host's staging of a bundle whose digest signed metadata name: `CheckedFile`, `BundleReader`, `BundleStaging`.
    case bundle
    /// A host's staging of a delta over an installed tree.
    case delta
  }

  let group: String
  let name: String
  let form: Form
  /// The case of the error that refuses it, or `accepted`.
  let outcome: String
  /// The most changes of the disk that it may take.
  let steps: Int
  /// What an import may hold.
  let limits: ArchiveImporter.Limits
  let make: @Sendable (Forge) async throws -> [UInt8]

  var testDescription: String { "\(group): \(name)" }

  /// No kind but the largest needs more changes of the disk than this, of at most 256 KiB each.
  static let usualSteps = 64

  static func archive(
    _ group: String, _ name: String, _ outcome: String, steps: Int = usualSteps, limits: ArchiveImporter.Limits = small,
    _ make: @escaping @Sendable (Forge) async throws -> [UInt8]
  ) -> HostileKind {
    HostileKind(group: group, name: name, form: .archive, outcome: outcome, steps: steps, limits: limits, make: make)
  }

  static func tar(
    _ group: String, _ name: String, _ outcome: String, _ build: @escaping @Sendable (inout HostileTar) -> Void
  ) -> HostileKind {
    archive(group, name, outcome) { _ in
      var tar = HostileTar()
      tar.add("manifest.json", "{}")
      build(&tar)
      return tar.closed
    }
  }

  static func zip(
    _ name: String, _ outcome: String, group: String = "zip",
    _ build: @escaping @Sendable (inout CraftedZip) -> Void
  ) -> HostileKind {
    archive(group, name, outcome) { _ in
      var zip = CraftedZip()
      zip.add("manifest.json", Array("{}".utf8))
      build(&zip)
      return zip.closed
    }
  }

  static func bundle(
    _ group: String, _ name: String, _ outcome: String, steps: Int = usualSteps,
    _ make: @escaping @Sendable (Forge) async throws -> [UInt8]
  ) -> HostileKind {
    HostileKind(group: group, name: name, form: .bundle, outcome: outcome, steps: steps, limits: small, make: make)
  }

  /// Imports are tried with a bound on content of 8 MiB, and a bomb is one from 1 MiB on: the rules are the same.
  static let small: ArchiveImporter.Limits = {
    var limits = ArchiveImporter.Limits()
    limits.content = 8 << 20
    limits.minBombContent = 1 << 20
    return limits
  }()
}

/// The words in which errors are compared: their cases, without what they carry.
enum Verdict {
  static func word(_ error: any Error) -> String {
    guard let error = error as? BundleError else { return "\(type(of: error)).\(label(error))" }
    return switch error {
    case .archive(let inner): "archive." + label(inner)
    case .signature(_, let inner): "signature." + label(inner)
    case .release(let inner): "release." + label(inner.problem)
    case .trailingData: "trailingData"
    default: label(error)
    }
  }

  private static func label(_ error: Any) -> String {
    if case ArchiveError.noPath? = error as? ArchiveError { return "noPath" }
    return Mirror(reflecting: error).children.first?.label ?? "\(error)"
  }
}
