import Foundation

/// One Swift file of the checkout, read once, with what the tidy rules ask of it.
struct SourceFile: Sendable, CustomStringConvertible {
  /// Path relative to the checkout, as in `Sources/TUF/Root.swift`.
  let path: String
  let lines: [Substring]

  var description: String { path }

  /// The module or test target that the file belongs to.
  var module: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

  /// The file's lines with comments and the text of string literals blanked out, so that rules look at code only.
  var code: [String] {
    var inMultilineString = false
    return lines.map { line in
      let quotes = line.components(separatedBy: "\"\"\"").count - 1
      defer { if quotes % 2 == 1 { inMultilineString.toggle() } }
      return inMultilineString ? "" : SourceFile.withoutTextAndComments(line)
    }
  }

  private static func withoutTextAndComments(_ line: Substring) -> String {
    var kept = ""
    var inString = false
    var previous: Character = " "
    for character in line {
      if character == "\"" && previous != "\\" {
        inString.toggle()
      } else if !inString {
        if character == "/" && previous == "/" {
          kept.removeLast()
          return kept
        }
        kept.append(character)
      }
      previous = character
    }
    return kept
  }
}

/// The checkout that this test was compiled from.
enum SourceTree {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static let files: [SourceFile] = swiftFiles(under: "Sources") + swiftFiles(under: "Tests")

  static var sources: [SourceFile] { files.filter { $0.path.hasPrefix("Sources/") } }

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  private static func swiftFiles(under folder: String) -> [SourceFile] {
    let base = root.appending(path: folder)
    guard let walk = FileManager.default.enumerator(atPath: base.path) else { return [] }
    return walk.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.sorted().compactMap { name in
      guard let text = try? String(contentsOf: base.appending(path: name), encoding: .utf8) else { return nil }
      return SourceFile(
        path: folder + "/" + name, lines: text.split(separator: "\n", omittingEmptySubsequences: false))
    }
  }
}
