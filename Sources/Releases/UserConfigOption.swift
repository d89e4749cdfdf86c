package import StrictJSON

/// One thing that a plugin lets its user configure, as `user_config` of MCPB manifests declares it.
package struct UserConfigOption: Hashable, Sendable {
  /// What kind of value an option takes.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Any text.
    case string
    /// A number.
    case number
    /// Yes or no.
    case boolean
    /// The path of a folder.
    case directory
    /// The path of a file.
    case file
  }

  /// The most options of a plugin.
  package static let maxOptions = 128
  /// The longest value in bytes.
  package static let maxValue = 8192
  /// The most members of a list.
  package static let maxMembers = 128

  /// The name under which the value is found: `${user_config.KEY}`.
  package let key: String
  /// What kind of value it takes.
  package let type: Kind
  /// A name for people.
  package let title: String
  /// What it is for.
  package let description: String
  /// Whether the plugin cannot start without it.
  package let required: Bool
  /// The value where the user gives none.
  package let `default`: UserConfigValue?
  /// Whether it takes several values.
  package let multiple: Bool
  /// Whether the value is a secret.
  package let sensitive: Bool
  /// The smallest number.
  package let min: Double?
  /// The largest number.
  package let max: Double?

  /// An option; throws a `ReleaseError` for a bad key or a default that breaks the option's own rules.
  package init(
    key: String, type: Kind, title: String, description: String = "", required: Bool = false,
    default: UserConfigValue? = nil, multiple: Bool = false, sensitive: Bool = false, min: Double? = nil,
    max: Double? = nil
  ) throws(ReleaseError) {
    let isPlain = key.utf8.allSatisfy {
      Characters.isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
    }
    guard isPlain, !key.isEmpty, key.utf8.count <= 64 else {
      let rule = "have 1 to 64 letters, digits, '_', '-' or '.'"
      throw ReleaseError("userConfig", .invalid(offered: key, rule: rule))
    }
    guard !multiple || type == .directory || type == .file || type == .string else {
      throw ReleaseError("multiple", .invalid(offered: "true", rule: "be false for a \(type.rawValue)"))
    }
    self.key = key
    self.type = type
    self.title = title
    self.description = description
    self.required = required
    self.multiple = multiple
    self.sensitive = sensitive
    self.min = min
    self.max = max
    self.default = `default`
    // A default may hold variables such as ${HOME}, so that only its kind can be checked here.
    if let value = `default` { try checkKind(of: value, field: "default") }
  }

  /// The option as a JSON object, without its key.
  package var json: JSON {
    var object = JSON.Object([("type", .string(type.rawValue)), ("title", .string(title))])
    object.set("description", .string(description))
    if required { object.set("required", true) }
    if let value = `default` { object.set("default", value.json) }
    if multiple { object.set("multiple", true) }
    if sensitive { object.set("sensitive", true) }
    if let min { object.set("min", UserConfigValue.json(of: min)) }
    if let max { object.set("max", UserConfigValue.json(of: max)) }
    return .object(object)
  }

  /// Reads an option; members that MCPB does not have are passed over.
  init(key: String, _ fields: Fields) throws(ReleaseError) {
    let type = try fields.parse("type") { text throws(ReleaseError) in
      guard let kind = Kind(rawValue: text) else {
        let names = Kind.allCases.map(\.rawValue).joined(separator: ", ")
        throw ReleaseError("type", .invalid(offered: text, rule: "be one of \(names)"))
      }
      return kind
    }
    var value: UserConfigValue?
    if fields.has("default") {
      let json = try fields.required("default")
      guard let read = UserConfigValue(json: json) else {
        throw fields.wrongKind("default", json, needed: "a text, number, true or false, or a list of texts")
      }
      value = read
    }
    let title = try fields.string("title", limit: 256)
    let description = try fields.optionalString("description") ?? ""
    let flags = try (
      required: fields.bool("required", default: false), multiple: fields.bool("multiple", default: false),
      sensitive: fields.bool("sensitive", default: false)
    )
    let bounds = try (min: UserConfigOption.number(fields, "min"), max: UserConfigOption.number(fields, "max"))
    do throws(ReleaseError) {
      try self.init(
        key: key, type: type, title: title, description: description, required: flags.required, default: value,
        multiple: flags.multiple, sensitive: flags.sensitive, min: bounds.min, max: bounds.max)
    } catch {
      throw fields.error(error.field, error.problem)
    }
  }

  private static func number(_ fields: Fields, _ key: String) throws(ReleaseError) -> Double? {
    guard fields.has(key) else { return nil }
    let json = try fields.required(key)
    guard let number = json.doubleValue, number.isFinite else {
      throw fields.wrongKind(key, json, needed: "a number")
    }
    return number
  }

  /// Reads an object of options in its order; none where it is absent.
  static func list(_ fields: Fields, _ key: String) throws(ReleaseError) -> [UserConfigOption] {
    guard let options = try fields.optionalFields(key) else { return [] }
    guard options.object.count <= maxOptions else {
      throw fields.error(key, .tooMany(offered: options.object.count, limit: maxOptions))
    }
    var list: [UserConfigOption] = []
    for name in options.object.keys { list.append(try UserConfigOption(key: name, options.fields(name))) }
    return list
  }

  /// The options as a JSON object in their order.
  static func json(of options: [UserConfigOption]) -> JSON {
    .object(JSON.Object(options.map { ($0.key, $0.json) }))
  }
}
