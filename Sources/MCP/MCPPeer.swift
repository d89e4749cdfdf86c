package import StrictJSON

/// The two generations of the protocol (MCP 2026-07-28, "Versioning").
package enum MCPEra: String, Sendable {
  /// Up to 2025-11-25: `initialize`, `ping`, a session.
  case legacy
  /// From 2026-07-28: `server/discover`, no session, every request carries its version.
  case modern
}

/// The protocol versions that Serin speaks, newest first.
package enum MCPVersions {
  /// Versions without a handshake.
  package static let modern = ["2026-07-28"]
  /// Versions that begin with `initialize`.
  package static let legacy = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
}

/// What a plugin said about itself in the handshake; nothing of it is proven.
package struct MCPPeer: Equatable, Sendable {
  /// Which generation of the protocol it speaks with us.
  package let era: MCPEra
  /// The protocol version agreed on.
  package let protocolVersion: String
  /// The name that the plugin gives itself, if any.
  package let name: String?
  /// The version that the plugin gives itself; often that of its library.
  package let version: String?
  /// What it says it can do.
  package let capabilities: JSON

  /// Creates a description of a peer.
  package init(era: MCPEra, protocolVersion: String, name: String?, version: String?, capabilities: JSON) {
    self.era = era
    self.protocolVersion = protocolVersion
    self.name = name
    self.version = version
    self.capabilities = capabilities
  }

  /// True when the plugin declared that it has tools.
  package var hasTools: Bool { capabilities["tools"] != nil }
}

/// How well a plugin kept to the protocol besides its answers.
package struct MCPConduct: Equatable, Sendable {
  /// How many excerpts of noise are kept.
  package static let keptExcerpts = 3

  /// Lines on standard output that were no messages.
  package internal(set) var noiseLines = 0
  /// The first few of them, cut and made printable.
  package internal(set) var noiseExcerpts: [String] = []
  /// Answers that belong to no request of ours.
  package internal(set) var strayAnswers = 0
  /// Answers that came after their deadline.
  package internal(set) var lateAnswers = 0
  /// Requests of a modern plugin, which may send none.
  package internal(set) var forbiddenRequests = 0
  /// Requests of a legacy plugin: pings are answered, others refused.
  package internal(set) var requests = 0
  /// Notifications that said that the tool list changed.
  package internal(set) var toolListChanges = 0

  /// Creates an unblemished record.
  package init() {}

  mutating func noteNoise(_ line: [UInt8]) {
    noiseLines += 1
    if noiseExcerpts.count < Self.keptExcerpts { noiseExcerpts.append(PlainText.excerpt(line, limit: 80)) }
  }
}
