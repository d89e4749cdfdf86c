/// What a bundle runs on.
package enum TargetPlatform: String, Hashable, Sendable, Comparable, CaseIterable, CustomStringConvertible {
  /// Any machine: the bundle holds no machine code.
  case any
  /// Linux on 64-bit ARM.
  case linuxAarch64 = "linux-aarch64"
  /// Linux on 64-bit Intel and AMD.
  case linuxX86_64 = "linux-x86_64"

  /// The platform of this program.
  #if arch(arm64)
    package static let current = TargetPlatform.linuxAarch64
  #else
    package static let current = TargetPlatform.linuxX86_64
  #endif

  /// Reads a platform's name; throws a `ReleaseError` that lists the names.
  package init(_ text: String) throws(ReleaseError) {
    guard let platform = TargetPlatform(rawValue: text) else {
      let names = TargetPlatform.allCases.map(\.rawValue).joined(separator: ", ")
      throw ReleaseError("platform", .invalid(offered: text, rule: "be one of \(names)"))
    }
    self = platform
  }

  /// The platform's name as in file names.
  package var text: String { rawValue }

  /// The platform's name.
  package var description: String { rawValue }

  /// Whether a bundle for this platform runs on the other one.
  package func runs(on machine: TargetPlatform) -> Bool { self == .any || self == machine }

  /// Whether one name comes before another.
  package static func < (left: TargetPlatform, right: TargetPlatform) -> Bool { left.rawValue < right.rawValue }
}
