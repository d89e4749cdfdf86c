internal import Signing
internal import StrictJSON

extension UserConfigOption {
  /// Reads what the user typed for this option; several texts only where the option takes several.
  ///
  /// Throws a `ReleaseError` that names the option and its rule, and blames the user.
  package func value(from texts: [String]) throws(ReleaseError) -> UserConfigValue {
    guard let first = texts.first else { throw ReleaseError(key, .missing, blame: .user) }
    let value: UserConfigValue
    if multiple {
      value = .list(texts)
    } else {
      guard texts.count == 1 else { throw ReleaseError("--set", .duplicate(key), blame: .user) }
      switch type {
      case .string, .directory, .file: value = .string(first)
      case .number:
        guard let number = Double(first), number.isFinite else { throw broken(first, "be a number") }
        value = .number(number)
      case .boolean:
        guard first == "true" || first == "false" else { throw broken(first, "be true or false") }
        value = .boolean(first == "true")
      }
    }
    try check(value)
    return value
  }

  /// Checks a value against the option's kind and bounds.
  ///
  /// Throws a `ReleaseError` that names the option and its rule, and blames the user.
  package func check(_ value: UserConfigValue) throws(ReleaseError) {
    do throws(ReleaseError) {
      try checkKind(of: value, field: key)
    } catch {
      throw error.blaming(.user)
    }
    if case .number(let number) = value {
      if let min, number < min { throw broken(value.single ?? "", "be at least \(UserConfigValue.text(of: min))") }
      if let max, number > max { throw broken(value.single ?? "", "be at most \(UserConfigValue.text(of: max))") }
    }
    for text in value.texts {
      guard text.utf8.count <= UserConfigOption.maxValue else {
        throw ReleaseError(key, .tooLong(offered: text.utf8.count, limit: UserConfigOption.maxValue), blame: .user)
      }
      guard !text.utf8.contains(0) else { throw broken(text, "hold no NUL character") }
      if type == .directory || type == .file {
        guard text.hasPrefix("/") else { throw broken(text, "be an absolute path") }
        guard !text.split(separator: "/").contains("..") else { throw broken(text, "hold no part '..'") }
      }
    }
  }

  private func broken(_ text: String, _ rule: String) -> ReleaseError {
    ReleaseError(key, .invalid(offered: sensitive ? "(hidden)" : text, rule: rule), blame: .user)
  }

  func checkKind(of value: UserConfigValue, field: String) throws(ReleaseError) {
    let fits: Bool
    switch (type, value) {
    case (.string, .string), (.directory, .string), (.file, .string): fits = !multiple
    case (.string, .list(let texts)), (.directory, .list(let texts)), (.file, .list(let texts)):
      guard texts.count <= UserConfigOption.maxMembers else {
        throw ReleaseError(field, .tooMany(offered: texts.count, limit: UserConfigOption.maxMembers))
      }
      fits = multiple
    case (.number, .number), (.boolean, .boolean): fits = true
    default: fits = false
    }
    guard fits else {
      let needed =
        multiple ? "a list of texts" : type == .number ? "a number" : type == .boolean ? "true or false" : "a text"
      throw ReleaseError(field, .wrongKind(offered: value.json.kindName, needed: needed))
    }
  }

  /// Reads `KEY=VALUE` texts for the options of a plugin; a repeated key gives a list.
  ///
  /// Throws a `ReleaseError` that blames the user: for a text without `=`, an unknown key, or a value that breaks its
  /// option's rule.
  package static func values(
    from assignments: [String], options: [UserConfigOption]
  ) throws(ReleaseError) -> [String: UserConfigValue] {
    var texts: [String: [String]] = [:]
    for assignment in assignments {
      guard let equals = assignment.firstIndex(of: "=") else {
        throw ReleaseError("--set", .invalid(offered: assignment, rule: "be KEY=VALUE"), blame: .user)
      }
      let key = String(assignment[..<equals])
      guard options.contains(where: { $0.key == key }) else { throw ReleaseError(key, .unknown, blame: .user) }
      texts[key, default: []].append(String(assignment[assignment.index(after: equals)...]))
    }
    var values: [String: UserConfigValue] = [:]
    for option in options {
      if let given = texts[option.key] { values[option.key] = try option.value(from: given) }
    }
    return values
  }

  /// The values to start with: the given ones, and defaults where there are none.
  ///
  /// Variables such as `${HOME}` in defaults are replaced. Throws a `ReleaseError` that blames the user: for an unknown
  /// key, a value that breaks its option's rule, or a required option without a value.
  package static func resolved(
    _ given: [String: UserConfigValue], options: [UserConfigOption], directory: String, home: String
  ) throws(ReleaseError) -> [String: UserConfigValue] {
    for key in given.keys.sortedByBytes() where !options.contains(where: { $0.key == key }) {
      throw ReleaseError(key, .unknown, blame: .user)
    }
    let context = LaunchContext(directory: directory, home: home, userConfig: [:])
    var values: [String: UserConfigValue] = [:]
    for option in options {
      guard let value = given[option.key] ?? option.default.map({ $0.replacingVariables(context) }) else {
        if option.required { throw ReleaseError(option.key, .missing, blame: .user) }
        continue
      }
      try option.check(value)
      values[option.key] = value
    }
    return values
  }

  /// The required options that have neither a value nor a default: what has to be asked for.
  package static func missing(_ given: [String: UserConfigValue], options: [UserConfigOption]) -> [UserConfigOption] {
    options.filter { $0.required && $0.default == nil && given[$0.key] == nil }
  }

  /// Refuses two options with one key, and variables in commands and permissions that no option provides.
  static func check(
    _ options: [UserConfigOption], usedBy launch: LaunchCommand, _ permissions: Permissions
  ) throws(ReleaseError) {
    guard options.count <= maxOptions else {
      throw ReleaseError("userConfig", .tooMany(offered: options.count, limit: maxOptions))
    }
    var keys: Set<String> = []
    for option in options where !keys.insert(option.key).inserted {
      throw ReleaseError("userConfig", .duplicate(option.key))
    }
    let rule = "be declared in userConfig"
    for (field, text) in launch.texts {
      for name in Variables.names(in: text) {
        guard let key = Variables.userConfigKey(name), !keys.contains(key) else { continue }
        throw ReleaseError("launch.\(field)", .invalid(offered: name, rule: rule))
      }
    }
    for (field, grant) in permissions.pathGrants {
      guard case .userConfig(let key) = grant.target else { continue }
      guard let option = options.first(where: { $0.key == key }) else {
        throw ReleaseError("permissions.\(field)", .invalid(offered: "user_config.\(key)", rule: rule))
      }
      guard option.type == .directory || option.type == .file else {
        let rule = "be an option of type directory or file"
        throw ReleaseError("permissions.\(field)", .invalid(offered: "user_config.\(key)", rule: rule))
      }
    }
  }
}

extension UserConfigValue {
  func replacingVariables(_ context: LaunchContext) -> UserConfigValue {
    switch self {
    case .string(let text): .string(Variables.replaced(in: text, context))
    case .list(let texts): .list(texts.map { Variables.replaced(in: $0, context) })
    case .number, .boolean: self
    }
  }
}
