import Foundation
import StrictJSON
import SystemPackage
import TestSupport

/// Programs that run beside a test, and that it alone ends.
final class Processes {
  private var running: [Process] = []
  private var logs: [FilePath] = []

  /// Starts a program in a world; what it writes goes to files there.
  @discardableResult
  func start(
    _ program: FilePath, _ arguments: [String], _ world: World, adding variables: [String: String] = [:]
  ) throws -> Process {
    let log = world.scratch / "process-\(running.count)"
    let process = Process()
    process.executableURL = URL(filePath: program.string)
    process.arguments = arguments
    process.environment = world.program.environment.merging(variables) { _, new in new }
    process.standardInput = FileHandle.nullDevice
    for name in [".out", ".err"] { _ = FileManager.default.createFile(atPath: log.string + name, contents: nil) }
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: log.string + ".out"))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: log.string + ".err"))
    try process.run()
    running.append(process)
    logs.append(log)
    return process
  }

  /// Waits for the end of a program, in the order in which they were started, and reads its last line.
  func output(of index: Int) async throws -> JSON {
    for _ in 0..<400 where running[index].isRunning { try await Task.sleep(for: .milliseconds(100)) }
    guard let line = text(logs[index], ".out").split(separator: "\n").last, !running[index].isRunning else {
      throw Trouble("no result: \(text(logs[index], ".err"))")
    }
    return try JSON.parse(Array(line.utf8))
  }

  /// What a program has written to standard error so far.
  func errors(of index: Int) -> String { text(logs[index], ".err") }

  /// Asks a program to end, and returns its exit code.
  func end(_ process: Process) -> Int32 {
    process.terminate()
    process.waitUntilExit()
    return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
  }

  /// Ends whatever still runs.
  func stopAll() {
    for process in running where process.isRunning {
      process.terminate()
      process.waitUntilExit()
    }
  }

  private func text(_ log: FilePath, _ suffix: String) -> String {
    String(decoding: FileManager.default.contents(atPath: log.string + suffix) ?? Data(), as: UTF8.self)
  }
}
