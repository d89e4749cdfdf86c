import Platform
import Signing
import StrictJSON
import SystemPackage

/// The Secret Service of the user's session (freedesktop.org), through the program `secret-tool` of libsecret.
///
/// A value goes in by standard input and comes out by standard output, never as an argument.
struct SecretService {
  let machine: Machine
  let environment: [String: String]

  private static let program = "secret-tool"
  private static let patience = Duration.seconds(20)
  /// The largest value in bytes that is read back.
  private static let limit = 2 << 20

  /// What a secret is found by.
  typealias Attributes = [(name: String, value: String)]

  /// Why it cannot be used here; nil when it can.
  ///
  /// It is asked for something that does not exist: that it says so, and nothing else, shows that it is there.
  func obstacle() async -> String? {
    let hasBus =
      environment["DBUS_SESSION_BUS_ADDRESS"].map { !$0.isEmpty } ?? false
      || environment["XDG_RUNTIME_DIR"].map { (try? machine.files.exists(FilePath($0).appending("bus"))) ?? false }
        ?? false
    guard hasBus else { return "there is no session bus for the Secret Service" }
    do {
      let output = try await run(["lookup", "serin", "probe"], input: [])
      guard output.status == .exited(1), output.stderr.isEmpty else {
        return "the Secret Service does not answer: \(Self.words(output))"
      }
      return nil
    } catch {
      return error.description
    }
  }

  /// Keeps a value, in the place of one with the same attributes.
  func set(_ attributes: Attributes, label: String, to value: borrowing SecretBytes) async throws(SecretError) {
    var bytes = value.exposed()
    defer { SecretBytes.wipe(&bytes) }
    let output = try await ask("keep a secret", ["store", "--label=\(label)"] + Self.list(attributes), input: bytes)
    guard output.status.isSuccess else { throw .service(operation: "keep a secret", reason: Self.words(output)) }
  }

  /// The value with these attributes; nil when there is none.
  func value(of attributes: Attributes) async throws(SecretError) -> SecretBytes? {
    var output = try await ask("read a secret", ["lookup"] + Self.list(attributes), input: [])
    defer { SecretBytes.wipe(&output.stdout) }
    if output.status == .exited(1), output.stderr.isEmpty { return nil }
    guard output.status.isSuccess else { throw .service(operation: "read a secret", reason: Self.words(output)) }
    do throws(KeyError) { return try SecretBytes(copying: &output.stdout) } catch {
      throw .service(operation: "read a secret", reason: error.description)
    }
  }

  /// Removes what has these attributes.
  func remove(_ attributes: Attributes) async throws(SecretError) {
    let output = try await ask("remove a secret", ["clear"] + Self.list(attributes), input: [])
    // It also ends with 1 where there was nothing to remove.
    guard output.status.isSuccess || output.stderr.isEmpty else {
      throw .service(operation: "remove a secret", reason: Self.words(output))
    }
  }

  private static func list(_ attributes: Attributes) -> [String] { attributes.flatMap { [$0.name, $0.value] } }

  private func ask(
    _ operation: String, _ arguments: [String], input: [UInt8]
  ) async throws(SecretError) -> ProcessOutput {
    do throws(ProcessError) { return try await run(arguments, input: input) } catch {
      throw .service(operation: operation, reason: error.description)
    }
  }

  private func run(_ arguments: [String], input: [UInt8]) async throws(ProcessError) -> ProcessOutput {
    let command = Command(
      executable: FilePath(Self.program), arguments: arguments, environment: .exact(environment))
    return try await machine.processes.run(command, input: input, outputLimit: Self.limit, timeout: Self.patience)
  }

  /// The last thing that the program said, fit for a sentence.
  private static func words(_ output: ProcessOutput) -> String {
    let line = String(decoding: output.stderr.suffix(2048), as: UTF8.self).split(whereSeparator: \.isNewline).last
    return line.map { Quoted(String($0)).description } ?? "it ended with code \(output.status.shellCode)"
  }
}
