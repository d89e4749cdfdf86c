import Platform
import Signing
import TestSupport
import Testing

@Suite("Keyrings") struct KeyringTests {
  /// Whether this machine lets its kernel keep keys; in most containers it does not.
  static let kernelKeeps = (try? KernelKeyring().check()) != nil

  private func secret(_ text: String) throws -> SecretBytes {
    var bytes = Array(text.utf8)
    return try SecretBytes(copying: &bytes)
  }

  private func check(_ keyring: any Keyring) throws {
    let name = "serin:test:\(SecureRandom.hex(bytes: 8))"
    defer { _ = try? keyring.remove(name) }
    #expect(try keyring.value(of: name) == nil)
    #expect(try !keyring.remove(name))
    for text in ["first", "another, longer one", "\u{0}\u{1F600}"] {
      try keyring.set(name, to: secret(text))
      #expect(try keyring.value(of: name)?.exposed() == Array(text.utf8))
    }
    #expect(try keyring.remove(name))
    #expect(try keyring.value(of: name) == nil)
  }

  @Test func `a keyring in memory keeps, replaces and forgets`() throws { try check(MemoryKeyring()) }

  @Test(.enabled(if: kernelKeeps, "the kernel keeps no keys here"))
  func `the kernel's keyring keeps, replaces and forgets`() throws { try check(KernelKeyring()) }

  @Test(.enabled(if: kernelKeeps, "the kernel keeps no keys here"))
  func `the kernel's keyring refuses what is too large for a key`() throws {
    let value = try secret(String(repeating: "x", count: KernelKeyring.limit + 1))
    do {
      try KernelKeyring().set("serin:test:large", to: value)
      Issue.record("it was taken")
    } catch {
      #expect(error as KeyringError == .tooLarge(bytes: KernelKeyring.limit + 1, limit: KernelKeyring.limit))
    }
  }

  @Test func `a machine without a keyring says so`() throws {
    #expect(throws: KeyringError.unavailable(reason: "there is none")) { try NoKeyring().check() }
    #expect(throws: KeyringError.unavailable(reason: "there is none")) { try NoKeyring().value(of: "x")?.count }
  }
}
