/// How much work it takes to try one passphrase of a secret key (scrypt, RFC 7914).
///
/// The two limits are what minisign writes into key files; libsodium derives N, r and p from them.
public struct ScryptCost: Hashable, Sendable {
  /// The limit of operations.
  public let operations: UInt64
  /// The limit of memory in bytes.
  public let memory: UInt64

  /// A cost by its two limits, which may be more than a key file is allowed to ask for.
  public init(operations: UInt64, memory: UInt64) {
    self.operations = operations
    self.memory = memory
  }

  /// N = 2^14, r = 8: 16 MiB; for tests and throw-away keys only.
  public static let light = ScryptCost(operations: 524_288, memory: 16_777_216)
  /// N = 2^17, r = 8: 128 MiB and some tenths of a second.
  public static let standard = ScryptCost(operations: 4_194_304, memory: 134_217_728)
  /// N = 2^20, r = 8: 1 GiB and some seconds, as minisign writes by itself; nothing above it is accepted.
  public static let sensitive = ScryptCost(operations: 33_554_432, memory: 1_073_741_824)

  var isAllowed: Bool {
    operations <= ScryptCost.sensitive.operations && memory <= ScryptCost.sensitive.memory
  }
}
