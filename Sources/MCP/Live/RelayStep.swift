/// One thing that the relay of `serin run` does next.
package enum RelayStep: Equatable, Sendable {
  /// Writes a line to the client; it comes without its line feed.
  case toClient([UInt8])
  /// Writes a line to the plugin; it comes without its line feed.
  case toPlugin([UInt8])
  /// Tells the user, on standard error, and the host's history.
  case note(RelayNote)
}

/// Something that the user of a live session should know, in one sentence.
package struct RelayNote: Hashable, Sendable {
  /// What it is about.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The release is pinned to nothing: its tools pass as they are.
    case unpinned
    /// A tool differs from what was observed and agreed to.
    case toolChanged = "tool-changed"
    /// A tool is there that was not there when the release was observed.
    case toolUnknown = "tool-unknown"
    /// A tool's text holds characters that nobody sees.
    case hidden
    /// A call was refused.
    case callRefused = "call-refused"
    /// A person agreed to a call.
    case callConfirmed = "call-confirmed"
    /// A person did not agree to a call, or did not answer.
    case callDeclined = "call-declined"
    /// A line could be read in more than one way, or not at all, where it matters.
    case unreadable
    /// More happened than is told.
    case more
  }

  /// What it is about.
  package let kind: Kind
  /// The tool that it is about; foreign text.
  package let tool: String?
  /// One plain sentence, fit for a terminal: what, why, and what next.
  package let sentence: String

  /// Makes a note; `sentence` must hold foreign text only as an excerpt.
  package init(_ kind: Kind, tool: String? = nil, _ sentence: String) {
    self.kind = kind
    self.tool = tool
    self.sentence = sentence
  }
}
