import Foundation
import Testing

/// The style guide as a test: sizes, doors, and the calls that belong to one place.
@Suite struct TidyTests {
  @Test func `there is something to look at`() {
    #expect(SourceTree.sources.count > 50)
  }

  @Test func `no file is over 400 lines and no line over 120 columns`() {
    for file in SourceTree.files {
      #expect(file.lines.count <= 401, "\(file) has \(file.lines.count) lines")
      for (index, line) in file.lines.enumerated() where line.count > 120 {
        Issue.record("\(file):\(index + 1) has \(line.count) columns")
      }
    }
  }

  @Test func `no function is over 70 lines`() {
    for file in SourceTree.files {
      for function in functions(in: file) where function.length > 70 {
        Issue.record("\(file):\(function.line) is a function of \(function.length) lines")
      }
    }
  }

  /// Each C module with the only files that may import it.
  static let doors: [String: [String]] = [
    "CSodium": ["Signing"], "CCurl": ["Platform"], "CLinux": ["Platform"], "CLibArchive": ["Bundles"],
    "CZstd": ["Bundles"],
  ]

  @Test(arguments: doors.keys.sorted())
  func `each C library has one door`(library: String) {
    let importers = SourceTree.sources.filter { file in
      file.lines.contains { $0.hasSuffix("import \(library)") && !$0.hasPrefix("//") }
    }
    let allowed = library == "CSodium" ? 2 : 1
    #expect(!importers.isEmpty, "nothing opens \(library)")
    #expect(importers.count <= allowed, "\(library) is imported by \(importers.map(\.path))")
    for file in importers {
      #expect(TidyTests.doors[library]?.contains(file.module) == true, "\(file) imports \(library)")
    }
  }

  @Test func `unsafe code stays behind the doors of Signing, Platform and Bundles`() {
    // Each does one thing: GRDB's log function is set, and memchr(3) is called.
    let exceptions = ["Sources/Storage/LedgerLog.swift", "Sources/StrictJSON/ByteSearch.swift"]
    for file in SourceTree.sources
    where !["Signing", "Platform", "Bundles"].contains(file.module) && !exceptions.contains(file.path) {
      for (index, line) in file.code.enumerated() where contains(line, word: "unsafe") {
        Issue.record("\(file):\(index + 1) is unsafe code")
      }
    }
  }

  /// Calls that belong to one file, with that file's name or prefix.
  static let confined: [(call: String, home: String)] = [
    ("print", "Sources/serin/Console"), ("Date", "Sources/Platform/SystemClock.swift"),
    ("clock_gettime", "Sources/Platform/SystemClock.swift"), ("gettimeofday", "Sources/Platform/SystemClock.swift"),
    ("fatalError", "none"), ("preconditionFailure", "none"),
  ]

  @Test func `clock and print calls stay in their files`() {
    for file in SourceTree.sources {
      for (index, line) in file.code.enumerated() {
        for rule in TidyTests.confined where !file.path.hasPrefix(rule.home) && calls(line, rule.call) {
          Issue.record("\(file):\(index + 1) calls \(rule.call)")
        }
      }
    }
  }

  @Test func `nothing is forced and no mark is left`() {
    for file in SourceTree.sources {
      for (index, line) in file.code.enumerated() {
        for forced in ["try!", "as!"] where line.contains(forced) {
          Issue.record("\(file):\(index + 1) uses \(forced)")
        }
      }
      for (index, line) in file.lines.enumerated() where line.contains("TODO") || line.contains("FIXME") {
        Issue.record("\(file):\(index + 1) leaves a mark")
      }
    }
  }

  /// The modules of the house and the modules that each may import: arrows point down only.
  static let house: [String: Set<String>] = [
    "StrictJSON": [], "Signing": [], "TUF": ["StrictJSON", "Signing"], "Platform": ["Signing"],
    "TUFClient": ["TUF", "Signing", "Platform"],
    "Releases": ["StrictJSON", "Signing"], "Bundles": ["Releases", "Signing", "StrictJSON", "Platform"],
    "Offline": ["TUF", "Bundles", "Releases", "Signing", "Platform"],
    "Storage": ["Releases", "Signing", "StrictJSON", "Platform"],
    "Sandbox": ["Releases", "Signing", "StrictJSON", "Platform"], "MCP": ["Releases", "StrictJSON", "Signing"],
    "Clients": ["Releases", "StrictJSON", "Signing", "Platform"],
    "Canary": ["MCP", "Sandbox", "Releases", "Signing", "StrictJSON", "Platform"],
    "Publishing": [
      "TUF", "Bundles", "Offline", "Canary", "MCP", "Sandbox", "Releases", "Signing", "StrictJSON", "Platform",
    ],
    "Updating": [
      "TUF", "Bundles", "Offline", "Storage", "Clients", "Canary", "MCP", "Sandbox", "Releases", "Signing",
      "StrictJSON", "Platform",
    ],
    "ReleaseServer": ["Publishing", "Releases", "Signing", "StrictJSON", "Platform"],
  ]

  @Test func `modules import only what lies below them`() {
    let names = Set(TidyTests.house.keys)
    for file in SourceTree.sources {
      guard let allowed = TidyTests.house[file.module] else { continue }
      for line in file.lines {
        let words = line.split(separator: " ")
        guard let at = words.firstIndex(of: "import"), at <= 1, let imported = words.last.map(String.init) else {
          continue
        }
        if names.contains(imported) && !allowed.contains(imported) {
          Issue.record("\(file) imports \(imported), which is not below it")
        }
      }
    }
  }

  private func contains(_ line: String, word: String) -> Bool {
    line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.contains(Substring(word))
  }

  /// Whether a line calls a free function or initialiser of this name (and not a member, or a longer name).
  private func calls(_ line: String, _ name: String) -> Bool {
    var rest = Substring(line)
    while let found = rest.firstRange(of: name + "(") {
      let before = found.lowerBound == line.startIndex ? " " : line[line.index(before: found.lowerBound)]
      if !(before.isLetter || before.isNumber || before == "_" || before == ".") { return true }
      rest = rest[found.upperBound...]
    }
    return false
  }

  /// The functions and initialisers of a file: the line of the header and how many lines they span, by indentation.
  private func functions(in file: SourceFile) -> [(line: Int, length: Int)] {
    var found: [(line: Int, length: Int)] = []
    let code = file.lines
    for (index, line) in code.enumerated() {
      let trimmed = line.drop { $0 == " " }
      let words = trimmed.split(separator: " ").prefix(6)
      guard words.contains("func") || trimmed.contains("init(") && trimmed.hasSuffix("{") || trimmed.hasPrefix("deinit")
      else { continue }
      if trimmed.hasPrefix("//") { continue }
      let indent = line.count - trimmed.count
      let closing = String(repeating: " ", count: indent) + "}"
      guard let end = code[index...].firstIndex(where: { $0 == closing || $0 == closing + ")" }) else { continue }
      found.append((index + 1, end - index + 1))
    }
    return found
  }
}
