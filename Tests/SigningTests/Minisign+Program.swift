import Foundation
import Signing
import TestSupport

/// The real `minisign` program, the judge of what we sign.
struct MinisignProgram {
  /// What a run of the program came to.
  struct Outcome {
    let status: Int32
    let output: String
  }

  let folder: TestFolder

  /// Runs the program in the folder; what it asks for is answered with the input.
  func run(_ arguments: [String], input: String = "") throws -> Outcome {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/minisign")
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    let (given, printed) = (Pipe(), Pipe())
    process.standardInput = given
    process.standardOutput = printed
    process.standardError = printed
    try process.run()
    try given.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try given.fileHandleForWriting.close()
    let output = try printed.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Outcome(status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
  }
}

/// A temporary folder that goes with the test.
final class TestFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "signing-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: url.appending(path: name))
  }

  func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: url.appending(path: name)), as: UTF8.self)
  }
}

/// A passphrase in secret memory.
func secret(_ text: String) throws -> SecretBytes {
  var bytes = Array(text.utf8)
  return try SecretBytes(copying: &bytes)
}
