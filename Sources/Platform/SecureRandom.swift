import Glibc

/// Random numbers that nobody can guess, from the kernel.
package enum SecureRandom {
  /// So many random bytes (`getrandom`).
  package static func bytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<max(0, count)).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  /// So many random bytes as lower-case hexadecimal text.
  package static func hex(bytes count: Int) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes(count).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
