import Foundation
import Platform
import StrictJSON
import SystemPackage
import Testing

/// What one run of a program left behind.
struct Outcome: Sendable, CustomStringConvertible {
  let command: String
  let status: ProcessStatus
  let output: String
  let errors: String

  /// The exit code, or 128 and the signal's number.
  var code: Int { status.shellCode }

  /// Every line of standard output as JSON: events first, the result last.
  func objects() throws -> [JSON] {
    try output.split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }
  }

  /// The result of a command that was run with `--json`.
  func json() throws -> JSON {
    try #require(try objects().last, "no result: \(self)")
  }

  var description: String { "$ \(command)\nexit \(code)\nstdout: \(output)\nstderr: \(errors)" }
}

/// The `serin` that was built together with these tests, and other programs, each run with exactly this environment.
struct Program: Sendable {
  /// The folder of the running test bundle: the build folder.
  static let serin: FilePath = {
    let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return FilePath(bundle).removingLastComponent().appending("serin")
  }()

  var environment: [String: String]
  var folder: FilePath

  /// The longest time that any command of these tests may take.
  static let patience = Duration.seconds(180)

  /// A program that needs no folders.
  static let bare = Program(environment: ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent"], folder: "/")

  /// Runs `serin`.
  func callAsFunction(_ arguments: String..., input: String = "", in folder: FilePath? = nil) async throws -> Outcome {
    try await run(Self.serin, arguments, input: input, in: folder)
  }

  /// Runs `serin` and expects an exit code.
  @discardableResult
  func expect(
    _ code: Int = 0, _ arguments: [String], input: String = "", in folder: FilePath? = nil,
    at location: SourceLocation = #_sourceLocation
  ) async throws -> Outcome {
    let outcome = try await run(Self.serin, arguments, input: input, in: folder)
    #expect(outcome.code == code, "\(outcome)", sourceLocation: location)
    return outcome
  }

  /// Runs `serin`, which must succeed for the test to go on.
  @discardableResult
  func must(
    _ arguments: String..., in folder: FilePath? = nil, at location: SourceLocation = #_sourceLocation
  ) async throws -> Outcome {
    let outcome = try await run(Self.serin, arguments, in: folder)
    try #require(outcome.code == 0, "\(outcome)", sourceLocation: location)
    return outcome
  }

  /// Runs any program to its end.
  func run(
    _ executable: FilePath, _ arguments: [String], input: String = "", in folder: FilePath? = nil,
    adding variables: [String: String] = [:]
  ) async throws -> Outcome {
    let command = Command(
      executable: executable, arguments: arguments,
      environment: .exact(environment.merging(variables) { _, new in new }),
      workingDirectory: folder ?? self.folder)
    let result = try await Machine.live.processes.run(
      command, input: Array(input.utf8), outputLimit: 16 << 20, timeout: Self.patience)
    return Outcome(
      command: ([executable.lastComponent?.string ?? ""] + arguments).joined(separator: " "),
      status: result.status, output: String(decoding: result.stdout, as: UTF8.self),
      errors: String(decoding: result.stderr, as: UTF8.self))
  }

  /// Runs a command of the system that must succeed.
  @discardableResult
  func tool(
    _ name: String, _ arguments: String..., at location: SourceLocation = #_sourceLocation
  ) async throws -> Outcome {
    let outcome = try await run(FilePath(name), arguments)
    try #require(outcome.code == 0, "\(outcome)", sourceLocation: location)
    return outcome
  }

  /// Where a program lies, if the system has it.
  static func path(_ name: String) -> FilePath? {
    ["/usr/bin", "/usr/sbin", "/bin", "/sbin"].map { FilePath($0).appending(name) }.first { isThere($0) }
  }

  /// Whether anything lies at a path.
  static func isThere(_ path: FilePath) -> Bool { FileManager.default.fileExists(atPath: path.string) }

  /// Whether plugins can be contained here: a runtime, a Python for the test plugin, and root for the control groups.
  static let canSandbox =
    (path("runc") != nil || path("crun") != nil) && isThere("/usr/bin/python3") && UserAccount.current.uid == 0
}
