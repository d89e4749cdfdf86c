/// Keeps a live session to the tools that were observed and agreed to, and asks the user before a destructive call.
///
/// It reads no clock and moves no byte: the relay hands it lines and does what it answers. A line that is not under
/// guard comes back as it was.
package struct LiveToolGuard: Sendable {
  /// What becomes of a tool that differs from its pin.
  package enum ChangePolicy: String, Hashable, Sendable, CaseIterable {
    /// It is taken out of the list, and calls to it are refused.
    case refuse
    /// It passes, and the user is told.
    case report
  }

  /// What becomes of a call to a tool that may destroy something.
  package enum DestructivePolicy: String, Hashable, Sendable, CaseIterable {
    /// It passes.
    case allow
    /// The user is asked before calls of tools that say of themselves that they are destructive.
    case ask
    /// The user is asked before every call of a tool that does not say of itself that it only reads.
    case askAll = "ask-all"
    /// It is refused.
    case refuse
  }

  /// The longest line that is looked at as a whole, in bytes; a longer one, where it matters, is not passed on.
  package static let longestLine = 16 << 20

  /// Whether an answer to `tools/list` may come next from the plugin: its lines must be held and handed over whole.
  ///
  /// While this is false the plugin's lines may be streamed without being looked at. It changes only in `fromClient`,
  /// `fromPlugin` and `overlongFromPlugin`.
  package internal(set) var awaitsToolList = false

  /// When `elapsed(at:)` wants to be called next; nil for not at all.
  package var nextDeadline: Duration? { nil }

  /// What a client wrote: one line without its line feed; each of them must be handed over.
  ///
  /// - Parameter now: a time that only grows, as `WallClock.uptime()`.
  package mutating func fromClient(_ line: [UInt8], at now: Duration) -> [RelayStep] { [.toPlugin(line)] }

  /// What the plugin wrote: one line without its line feed.
  package mutating func fromPlugin(_ line: [UInt8]) -> [RelayStep] { [.toClient(line)] }

  /// What becomes of a line of the client that is longer than ``longestLine`` and was not kept.
  package mutating func overlongFromClient(bytes: Int) -> [RelayStep] { [] }

  /// What becomes of a line of the plugin that is longer than ``longestLine`` and came while a tool list was awaited.
  package mutating func overlongFromPlugin(bytes: Int) -> [RelayStep] { [] }

  /// Lets time pass: questions that nobody answered in time are settled.
  package mutating func elapsed(at now: Duration) -> [RelayStep] { [] }
}
