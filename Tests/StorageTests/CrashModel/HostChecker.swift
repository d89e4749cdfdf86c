import Foundation
import Platform
import StrictJSON
import Synchronization
import SystemPackage
import TestSupport

/// The independent checker of `Tests/CrashSuite`, running beside the tests: one question a line, one answer a line.
final class HostChecker: Sendable {
  /// Whether what it needs is here: Python and minisign.
  static var isHere: Bool {
    ["/usr/bin/python3", "/usr/bin/minisign"].allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
  }

  private let process = Process()
  private let questions = Pipe()
  private let answers = Pipe()
  private let asked = Atomic(0)
  private let buffer = Mutex<[UInt8]>([])

  init() throws {
    let script = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
      .appending("CrashSuite/check_host.py")
    process.executableURL = URL(filePath: "/usr/bin/python3")
    process.arguments = ["-B", script.string, "--serve"]
    process.standardInput = questions
    process.standardOutput = answers
    try process.run()
  }

  deinit {
    try? questions.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// How many hosts were looked at.
  var count: Int { asked.load(ordering: .relaxed) }

  /// What is wrong with a host; empty when all is well.
  func problems(_ question: JSON) throws -> [String] {
    asked.wrappingAdd(1, ordering: .relaxed)
    let line = Data(question.serialized(pretty: false) + [UInt8(ascii: "\n")])
    try questions.fileHandleForWriting.write(contentsOf: line)
    let answer = try JSON.parse(try readLine())
    guard let sentences = answer.arrayValue else { return ["the checker gave no answer"] }
    return sentences.map { $0.stringValue ?? "?" }
  }

  private func readLine() throws -> [UInt8] {
    try buffer.withLock { buffer in
      while true {
        if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
          defer { buffer.removeSubrange(...end) }
          return Array(buffer[..<end])
        }
        let more = answers.fileHandleForReading.availableData
        guard !more.isEmpty else { throw CheckerGone() }
        buffer += more
      }
    }
  }
}

/// The checker ended before it answered.
struct CheckerGone: Error {}

extension DiskImage {
  /// Everything below a folder as the checker takes it: path, kind, mode and content of each.
  func json(below folder: String) -> JSON {
    .array(
      listing.compactMap { entry in
        guard entry.path.hasPrefix(folder + "/") else { return nil }
        let path = JSON.string(String(entry.path.dropFirst(folder.utf8.count)))
        let mode = JSON.int(Int(entry.node.mode))
        if let original = entry.sameAs {
          return [path, "same", mode, .string(String(original.dropFirst(folder.utf8.count)))]
        }
        return switch entry.node.body {
        case .file(let bytes): [path, "file", mode, .string(String(decoding: bytes, as: UTF8.self))]
        case .folder: [path, "folder", mode, ""]
        case .link(let target): [path, "link", mode, .string(target)]
        }
      })
  }
}
