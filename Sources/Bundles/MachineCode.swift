internal import Releases

/// Which platforms the files of a tree are machine code for, judged by their ELF headers.
struct MachineCode: Sendable {
  private var platforms: Set<TargetPlatform> = []
  private var others: Set<String> = []

  /// The bytes at the front of a file that `look` needs.
  static let headerBytes = 20

  /// Looks at the front of one file.
  mutating func look(at front: ArraySlice<UInt8>) {
    let bytes = Array(front.prefix(Self.headerBytes))
    guard bytes.count == Self.headerBytes, bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { return }
    // e_machine of the ELF header; only 64-bit little-endian files can be for the platforms that are known here.
    let machine = UInt16(bytes[18]) | UInt16(bytes[19]) << 8
    switch (bytes[4], bytes[5], machine) {
    case (2, 1, 62): platforms.insert(.linuxX86_64)
    case (2, 1, 183): platforms.insert(.linuxAarch64)
    default: others.insert("another processor (ELF machine \(machine))")
    }
  }

  /// The one platform that the tree runs on; throws `BundleError.unclearPlatform` when there is not one.
  func platform() throws(BundleError) -> TargetPlatform {
    if platforms.isEmpty, others.isEmpty { return .any }
    guard others.isEmpty, platforms.count == 1, let only = platforms.first else {
      throw .unclearPlatform(found: platforms.sorted().map(\.text) + others.sorted())
    }
    return only
  }
}
