package import StrictJSON

/// How a plugin is started: a program with arguments and environment, never a shell line.
///
/// Texts may hold the variables of MCPB manifests: `${__dirname}`, `${HOME}`, `${user_config.KEY}` and others.
package struct LaunchCommand: Hashable, Sendable {
  /// The most arguments, and the most environment variables.
  package static let maxMembers = 1024
  /// The longest argument or value in bytes.
  package static let maxText = 32_768

  /// The program: a name to be found, or a path.
  package let command: String
  /// The arguments, without the program's name.
  package let arguments: [String]
  /// The environment variables that the plugin asks for.
  package let environment: [String: String]

  /// A command; throws a `ReleaseError` for an empty program, NUL characters, bad variable names, or too much.
  package init(
    command: String, arguments: [String] = [], environment: [String: String] = [:]
  ) throws(ReleaseError) {
    guard !command.isEmpty else { throw ReleaseError("command", .invalid(offered: command, rule: "not be empty")) }
    guard arguments.count <= LaunchCommand.maxMembers else {
      throw ReleaseError("arguments", .tooMany(offered: arguments.count, limit: LaunchCommand.maxMembers))
    }
    guard environment.count <= LaunchCommand.maxMembers else {
      throw ReleaseError("environment", .tooMany(offered: environment.count, limit: LaunchCommand.maxMembers))
    }
    try LaunchCommand.check(command, "command")
    for (index, argument) in arguments.enumerated() { try LaunchCommand.check(argument, "arguments[\(index)]") }
    for name in environment.keys.sortedByBytes() {
      try EnvironmentName.check(name, field: "environment")
      try LaunchCommand.check(environment[name, default: ""], "environment.\(name)")
    }
    self.command = command
    self.arguments = arguments
    self.environment = environment
  }

  private static func check(_ text: String, _ field: String) throws(ReleaseError) {
    let count = text.utf8.count
    guard count <= maxText else { throw ReleaseError(field, .tooLong(offered: count, limit: maxText)) }
    guard !text.utf8.contains(0) else {
      throw ReleaseError(field, .invalid(offered: text, rule: "hold no NUL character"))
    }
  }

  /// The command as a JSON object.
  package var json: JSON {
    [
      "command": .string(command), "arguments": .strings(arguments),
      "environment": .object(
        JSON.Object(environment.keys.sortedByBytes().map { ($0, .string(environment[$0, default: ""])) })),
    ]
  }

  init(_ fields: Fields) throws(ReleaseError) {
    try fields.refuseUnknown(["command", "arguments", "environment"])
    let command = try fields.string("command", limit: LaunchCommand.maxText)
    let arguments = try fields.strings(
      "arguments", limit: LaunchCommand.maxMembers, maxText: LaunchCommand.maxText)
    let environment = try fields.texts("environment", limit: LaunchCommand.maxMembers)
    do throws(ReleaseError) {
      try self.init(command: command, arguments: arguments, environment: environment)
    } catch {
      throw fields.error(error.field, error.problem)
    }
  }

  /// Every text that may hold variables, with the name of its field.
  var texts: [(field: String, text: String)] {
    [("command", command)] + arguments.enumerated().map { ("arguments[\($0.offset)]", $0.element) }
      + environment.keys.sortedByBytes().map { ("environment.\($0)", environment[$0, default: ""]) }
  }
}

/// The rule for names of environment variables.
enum EnvironmentName {
  static let maxBytes = 128

  static func check(_ name: String, field: String) throws(ReleaseError) {
    let isPlain = name.utf8.allSatisfy { Characters.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    guard isPlain, let first = name.utf8.first, !Characters.isDigit(first), name.utf8.count <= maxBytes else {
      let rule = "be the name of a variable: letters, digits and '_', not beginning with a digit"
      throw ReleaseError(field, .invalid(offered: name, rule: rule))
    }
  }
}
