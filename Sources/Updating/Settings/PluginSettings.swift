package import MCP
package import Releases

/// What holds for one plugin, whoever said it.
package struct PluginSettings: Hashable, Sendable {
  /// A shorter way for releases that close a security hole.
  package struct SecurityFastLane: Hashable, Sendable {
    /// How long such a release is observed; never no time at all.
    package let soak: SecuritySetting
    /// How old it must be.
    package let minimumAge: SecuritySetting
  }

  /// The channel that the plugin's own section names; nil where it stays on the one it was installed from.
  package let channel: ChannelName?
  /// How much of an update happens by itself.
  package let mode: UpdateMode
  /// How long a release is observed.
  package let soak: SoakSetting
  /// Who may shorten that.
  package let soakSkip: SoakSkip
  /// How old a release must be.
  package let minimumAge: DurationText
  /// What holds for releases that close a security hole instead.
  package let securityFastLane: SecurityFastLane
  /// What happens when the version that runs is withdrawn.
  package let onYank: YankAnswer
  /// What happens when a destructive tool is called.
  package let destructive: DestructiveCalls
  /// What happens to a tool that differs from what was observed and agreed to.
  package let tools: LiveToolGuard.ChangePolicy
  /// Whether the call log keeps the arguments of calls.
  package let logArguments: Bool

  init(_ values: SettingValues, channel: ChannelName?) {
    self.channel = channel
    mode = values.mode
    soak = values.soak
    soakSkip = values.soakSkip
    minimumAge = values.minimumAge
    securityFastLane = SecurityFastLane(soak: values.securitySoak, minimumAge: values.securityAge)
    onYank = values.onYank
    destructive = values.destructive
    tools = values.tools
    logArguments = values.logArguments
  }

  /// How old a release must be.
  package func age(security: Bool) -> DurationText {
    guard security, case .time(let time) = securityFastLane.minimumAge else { return minimumAge }
    return min(time, minimumAge)
  }

  /// How long a release is observed.
  package func soakTime(security: Bool) -> SoakTime {
    let usual: SoakTime =
      switch soak {
      case .policy: .standard
      case .time(let time): .standard.asking(for: time)
      }
    guard security, case .time(let time) = securityFastLane.soak else { return usual }
    return time < usual.required ? .standard.asking(for: time) : usual
  }
}
