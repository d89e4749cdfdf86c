package import StrictJSON
package import SystemPackage

/// What a client is told to start: always `serin run NAME`, so that no update ever touches the client's file.
package struct ClientEntry: Hashable, Sendable {
  /// The absolute path of the program.
  package let program: FilePath
  /// The arguments after it.
  package let arguments: [String]

  /// The entry for a plugin.
  /// - Parameters:
  ///   - program: the absolute path of Serin.
  ///   - plugin: the plugin's full name.
  ///   - hostFolder: the host's folder, where Serin would not find it without the variables of this session.
  package init(program: FilePath, plugin: String, hostFolder: FilePath?) {
    self.program = program
    arguments = ["run"] + (hostFolder.map { ["--host-folder", $0.string] } ?? []) + [plugin]
  }

  /// The command line for people.
  package var commandLine: String { CommandWords.line([program.string] + arguments) }

  /// The entry as a client wants it.
  package func json(for client: AIClient) -> JSON.Object {
    var object = JSON.Object()
    if let kind = client.kindMember { object[kind.key] = .string(kind.value) }
    object["command"] = .string(program.string)
    object["args"] = .strings(arguments)
    return object
  }

  /// Whether an entry that was read starts the same; what a client adds of its own accord (`env`, `disabled`) is its.
  func isMeant(by found: JSON) -> Bool {
    found["command"]?.stringValue == program.string
      && found["args"]?.arrayValue?.compactMap(\.stringValue) == arguments
  }

  /// The plugin that an entry starts through Serin; nil for every other entry.
  static func plugin(startedBy found: JSON) -> String? {
    guard let command = found["command"]?.stringValue, let name = FilePath(command).lastComponent?.string,
      name == "serin" || name.hasPrefix("serin-"), let arguments = found["args"]?.arrayValue?.compactMap(\.stringValue),
      arguments.first == "run"
    else { return nil }
    return arguments.count > 1 ? arguments.last : nil
  }

  /// What can be the name of an entry in every client.
  package static func check(name: String) throws(ClientError) {
    let bytes = Array(name.utf8)
    func isPlain(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: false
      }
    }
    let isAllowed = bytes.allSatisfy { isPlain($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    guard (1...64).contains(bytes.count), isAllowed, let first = bytes.first, isPlain(first) else {
      throw .badEntryName(name)
    }
  }

  /// The name of a plugin's entry where none is chosen: its short name, with dashes for dots.
  package static func name(for plugin: String) -> String {
    String(String(plugin.split(separator: "/").last ?? "").map { $0 == "." ? "-" : $0 })
  }
}

/// Command lines as a person would type them.
enum CommandWords {
  /// The words with quotes where a shell needs them.
  static func line(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

  private static func quoted(_ word: String) -> String {
    let plain = ByteSet("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,")
    // Stars stand in the place of what is not shown.
    if !word.isEmpty, word.replacing("•", with: "").utf8.allSatisfy({ plain.contains($0) }) { return word }
    return "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
