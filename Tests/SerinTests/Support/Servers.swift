import Foundation
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// Servers that a test has started and that it alone ends.
final class Servers: Sendable {
  private let running = Mutex<[Int32]>([])

  /// Starts `serin serve` and waits until it names its port; returns the address.
  func start(_ program: Program, _ arguments: [String], in scratch: Scratch) async throws -> String {
    let log = scratch / "serve-\(UUID().uuidString).log"
    _ = FileManager.default.createFile(atPath: log.string, contents: nil)
    let process = Process()
    process.executableURL = URL(filePath: Program.serin.string)
    process.arguments = arguments
    process.environment = program.environment
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: URL(filePath: log.string))
    try process.run()
    let pid = process.processIdentifier
    running.withLock { $0.append(pid) }
    for _ in 0..<600 {
      let text = try String(contentsOfFile: log.string, encoding: .utf8)
      if let port = text.firstMatch(of: /at http:\/\/127\.0\.0\.1:([0-9]+)\//) { return "http://127.0.0.1:\(port.1)" }
      guard kill(pid, 0) == 0 else { break }
      try await Task.sleep(for: .milliseconds(20))
    }
    let text = try String(contentsOfFile: log.string, encoding: .utf8)
    throw Trouble("the server did not start: \(text)")
  }

  /// Ends every server that was started here and is still running.
  func stopAll() {
    let pids = running.withLock { pids in
      defer { pids = [] }
      return pids
    }
    for pid in pids { kill(pid, SIGTERM) }
  }
}

/// Why a test cannot go on.
struct Trouble: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
