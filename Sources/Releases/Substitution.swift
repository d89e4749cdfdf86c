/// What the variables of a launch command stand for.
package struct LaunchContext: Hashable, Sendable {
  /// `${__dirname}`: the folder of the release's tree, an absolute path.
  package let directory: String
  /// `${HOME}`: the plugin's home folder, an absolute path.
  package let home: String
  /// What the user configured.
  package let userConfig: [String: UserConfigValue]

  /// A context.
  package init(directory: String, home: String, userConfig: [String: UserConfigValue]) {
    self.directory = directory
    self.home = home
    self.userConfig = userConfig
  }

  /// What a variable stands for; nil leaves it as it is, as MCPB does with what it does not know.
  func value(of variable: String) -> UserConfigValue? {
    switch variable {
    case "__dirname": return .string(directory)
    case "HOME": return .string(home)
    case "DESKTOP": return .string(home + "/Desktop")
    case "DOCUMENTS": return .string(home + "/Documents")
    case "DOWNLOADS": return .string(home + "/Downloads")
    case "pathSeparator", "/": return .string("/")
    default:
      guard let key = Variables.userConfigKey(variable) else { return nil }
      return userConfig[key]
    }
  }
}

extension LaunchCommand {
  /// The command with its variables replaced, by the rules of MCPB and without a shell.
  ///
  /// An argument that is nothing but `${user_config.KEY}` becomes as many arguments as the value has members; a list
  /// inside a longer text, and a variable without a value, stay as they are. Values are never searched for variables
  /// again. Throws a `ReleaseError` when the result breaks a rule of commands.
  package func substituted(
    directory: String, home: String, userConfig: [String: UserConfigValue]
  ) throws(ReleaseError) -> LaunchCommand {
    let context = LaunchContext(directory: directory, home: home, userConfig: userConfig)
    var replaced: [String] = []
    for argument in arguments {
      if let variable = Variables.only(in: argument), Variables.userConfigKey(variable) != nil {
        replaced += context.value(of: variable)?.texts ?? [argument]
      } else {
        replaced.append(Variables.replaced(in: argument, context))
      }
    }
    return try LaunchCommand(
      command: Variables.replaced(in: command, context), arguments: replaced,
      environment: environment.mapValues { Variables.replaced(in: $0, context) })
  }
}

/// Finding and replacing `${…}`.
enum Variables {
  private static let userConfigPrefix = "user_config."

  /// The key of `user_config.KEY`; nil for any other variable.
  static func userConfigKey(_ variable: String) -> String? {
    guard variable.hasPrefix(userConfigPrefix) else { return nil }
    let key = variable.dropFirst(userConfigPrefix.count)
    return key.isEmpty ? nil : String(key)
  }

  /// The variable, when the text is nothing but that one.
  static func only(in text: String) -> String? {
    let parts = split(text)
    guard parts.count == 1, case .variable(let name) = parts[0] else { return nil }
    return name
  }

  /// The names of all variables in a text.
  static func names(in text: String) -> [String] {
    split(text).compactMap { part in
      if case .variable(let name) = part { name } else { nil }
    }
  }

  /// The text with its variables replaced once.
  static func replaced(in text: String, _ context: LaunchContext) -> String {
    var result = ""
    for part in split(text) {
      switch part {
      case .text(let text): result += text
      case .variable(let name): result += context.value(of: name)?.single ?? "${\(name)}"
      }
    }
    return result
  }

  private enum Part {
    case text(Substring)
    case variable(String)
  }

  private static func split(_ text: String) -> [Part] {
    var parts: [Part] = []
    var rest = text[...]
    while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
      if start.lowerBound > rest.startIndex { parts.append(.text(rest[..<start.lowerBound])) }
      parts.append(.variable(String(rest[start.upperBound..<end])))
      rest = rest[rest.index(after: end)...]
    }
    if !rest.isEmpty { parts.append(.text(rest)) }
    return parts
  }
}
