package import MCP
package import Releases

/// The values of all options.
package struct SettingValues: Hashable, Sendable {
  /// The channel of new installs.
  package var channel = ChannelName.stable
  /// How much of an update happens by itself.
  package var mode = UpdateMode.automatic
  /// How often the agent asks for updates.
  package var every = DurationText(seconds: 6 * 3600)
  /// By how much at most each check is put off.
  package var jitter = DurationText(seconds: 30 * 60)
  /// When the agent fetches and switches nothing.
  package var quietHours: [QuietHours] = []
  /// What the agent does on a network that costs money.
  package var metered = MeteredUse.wait
  /// Whether the network costs money.
  package var network = NetworkKind.automatic
  /// How long a release is observed.
  package var soak = SoakSetting.policy
  /// Who may shorten that.
  package var soakSkip = SoakSkip.anybody
  /// How old a release must be.
  package var minimumAge = DurationText(seconds: 0)
  /// How long a release that closes a security hole is observed.
  package var securitySoak = SecuritySetting.same
  /// How old such a release must be.
  package var securityAge = SecuritySetting.same
  /// What happens when the version that runs is withdrawn.
  package var onYank = YankAnswer.warn
  /// What happens when a destructive tool is called.
  package var destructive = DestructiveCalls.allow
  /// What happens to a tool that differs from its pin.
  package var tools = LiveToolGuard.ChangePolicy.refuse
  /// Whether the call log keeps arguments.
  package var logArguments = false
  /// How often installed files are checked.
  package var integrity = DurationText(seconds: 3600)
  /// Where secrets are kept.
  package var secretStore = SecretStoreChoice.automatic

  /// What holds where nobody says otherwise.
  package init() {}

  /// The most members of a list.
  static let maxMembers = 16
  private static let minute: Int64 = 60
  private static let day: Int64 = 86_400

  /// Sets one option from its text, or from several where it takes a list.
  ///
  /// - Returns: false where the text breaks the option's ``SettingKey/rule``; nothing is changed then.
  mutating func set(_ key: SettingKey, to texts: [String]) -> Bool {
    if key == .quietHours {
      let parts = texts.compactMap(QuietHours.init)
      guard parts.count == texts.count, parts.count <= Self.maxMembers else { return false }
      quietHours = parts
      return true
    }
    guard texts.count == 1, let text = texts.first else { return false }
    let (minute, day) = (Self.minute, Self.day)
    return switch key {
    case .channel: put(try? ChannelName(text), in: \.channel)
    case .mode: put(UpdateMode(rawValue: text), in: \.mode)
    case .every: put(Self.time(text, minute...30 * day), in: \.every)
    case .jitter: put(Self.time(text, 0...day), in: \.jitter)
    case .quietHours: false
    case .metered: put(MeteredUse(rawValue: text), in: \.metered)
    case .network: put(NetworkKind(rawValue: text), in: \.network)
    case .soak: put(text == "policy" ? .policy : Self.time(text, 1...90 * day).map { .time($0) }, in: \.soak)
    case .soakSkip: put(SoakSkip(rawValue: text), in: \.soakSkip)
    case .minimumAge: put(Self.time(text, 0...365 * day), in: \.minimumAge)
    case .securitySoak: put(Self.security(text, minute...90 * day), in: \.securitySoak)
    case .securityAge: put(Self.security(text, 0...365 * day), in: \.securityAge)
    case .onYank: put(YankAnswer(rawValue: text), in: \.onYank)
    case .destructive: put(DestructiveCalls(rawValue: text), in: \.destructive)
    case .tools: put(LiveToolGuard.ChangePolicy(rawValue: text), in: \.tools)
    case .logArguments: put(text == "true" ? true : text == "false" ? false : nil, in: \.logArguments)
    case .integrity: put(Self.time(text, 10 * minute...30 * day), in: \.integrity)
    case .secretStore: put(SecretStoreChoice(rawValue: text), in: \.secretStore)
    }
  }

  private mutating func put<Value>(_ value: Value?, in path: WritableKeyPath<SettingValues, Value>) -> Bool {
    guard let value else { return false }
    self[keyPath: path] = value
    return true
  }

  private static func time(_ text: String, _ seconds: ClosedRange<Int64>) -> DurationText? {
    guard let time = try? DurationText(text), time.seconds >= seconds.lowerBound,
      time <= DurationText(seconds: seconds.upperBound)
    else { return nil }
    return time
  }

  private static func security(_ text: String, _ seconds: ClosedRange<Int64>) -> SecuritySetting? {
    text == "same" ? .same : time(text, seconds).map { .time($0) }
  }

  /// An option as texts that ``set(_:to:)`` reads.
  package func texts(of key: SettingKey) -> [String] {
    switch key {
    case .channel: [channel.text]
    case .mode: [mode.rawValue]
    case .every: [every.text]
    case .jitter: [jitter.text]
    case .quietHours: quietHours.map(\.description)
    case .metered: [metered.rawValue]
    case .network: [network.rawValue]
    case .soak: [soak.text]
    case .soakSkip: [soakSkip.rawValue]
    case .minimumAge: [minimumAge.text]
    case .securitySoak: [securitySoak.text]
    case .securityAge: [securityAge.text]
    case .onYank: [onYank.rawValue]
    case .destructive: [destructive.rawValue]
    case .tools: [tools.rawValue]
    case .logArguments: [logArguments ? "true" : "false"]
    case .integrity: [integrity.text]
    case .secretStore: [secretStore.rawValue]
    }
  }
}

extension SoakSetting {
  /// As the file says it.
  package var text: String {
    switch self {
    case .policy: "policy"
    case .time(let time): time.text
    }
  }
}

extension SecuritySetting {
  /// As the file says it.
  package var text: String {
    switch self {
    case .same: "same"
    case .time(let time): time.text
    }
  }
}
